"""The calls of whoever is looking: the person's own, as far as they are published.

No filter by artist stands here: the policies of the database show each artist their own rows only
(architecture.md decision 5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.people import EngagementStatus
from app.domain.schedules import CallStatus
from app.models.engagements import Engagement
from app.models.schedules import Call, CallAssignment, ScheduleVersion

NOT_COMING = (EngagementStatus.released, EngagementStatus.cancelled)


@dataclass(frozen=True, slots=True)
class OwnCall:
    """One call together with the engagement under which somebody is called to it."""

    call: Call
    engagement: Engagement


def own_calls(
    session: Session, first: date, last: date | None = None, *, limit: int = 200
) -> list[OwnCall]:
    """Return the calls from ``first`` to ``last`` (show days), in the order of the day."""
    days = [Call.day_of >= first] + ([Call.day_of <= last] if last else [])
    found = session.execute(
        select(Call, Engagement)
        .join(Engagement, Engagement.production_id == Call.production_id)
        .outerjoin(
            CallAssignment,
            and_(CallAssignment.call_id == Call.id, CallAssignment.engagement_id == Engagement.id),
        )
        .where(
            *days,
            Call.status != CallStatus.draft,
            Engagement.status.not_in(NOT_COMING),
            or_(
                CallAssignment.id.is_not(None),
                and_(
                    Call.is_for_everyone,
                    Call.day_of.between(Engagement.starts_on, Engagement.ends_on),
                ),
            ),
        )
        .options(
            joinedload(Call.production),
            joinedload(Call.venue),
            joinedload(Call.space),
            selectinload(Engagement.roles),
        )
        .order_by(Call.day_of, Call.starts_at.nulls_last(), Call.id, Engagement.id)
        .limit(limit)
    )
    return _once_each(OwnCall(call, engagement) for call, engagement in found)


def _once_each(found: Iterable[OwnCall]) -> list[OwnCall]:
    return list({own.call.id: own for own in found}.values())


def newest_versions(session: Session, production_ids: Sequence[int]) -> list[ScheduleVersion]:
    """Return the newest published version of each production's schedule."""
    return list(
        session.scalars(
            select(ScheduleVersion)
            .options(joinedload(ScheduleVersion.production))
            .where(ScheduleVersion.production_id.in_(production_ids))
            .order_by(ScheduleVersion.production_id, ScheduleVersion.number.desc())
            .ext(distinct_on(ScheduleVersion.production_id))
        )
    )
