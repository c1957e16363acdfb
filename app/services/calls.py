"""The calls of whoever is looking: the person's own, as they were last published.

No filter by artist stands here: the policies of the database show each artist their own rows only
(architecture.md decision 5). What staff have changed since the last version is not shown: a phone
says what the version it names says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Subquery, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.people import EngagementStatus
from app.domain.schedules import CallStatus, CallType, TimeKind
from app.models.engagements import Engagement
from app.models.productions import Production
from app.models.schedules import Call, CallAssignment, CallSnapshot, ScheduleVersion

NOT_COMING = (EngagementStatus.released, EngagementStatus.cancelled)


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One call as people were shown it."""

    id: int
    production: Production
    type: CallType
    title: str
    venue: str | None
    space: str | None
    day_of: date
    time_kind: TimeKind
    local_start: time | None
    local_end: time | None
    zone: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    status: CallStatus
    cancelled_reason: str
    note: str

    @property
    def production_id(self) -> int:
        """Return which production it is for."""
        return self.production.id

    def __str__(self) -> str:
        return self.title or self.type.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class OwnCall:
    """One call together with the engagement under which somebody is called to it."""

    call: ShownCall
    engagement: Engagement


def own_calls(
    session: Session, first: date, last: date | None = None, *, limit: int = 200
) -> list[OwnCall]:
    """Return the calls from ``first`` to ``last`` (show days), in the order of the day."""
    shown = _newest_facts()
    day = func.coalesce(cast(shown.c.facts["day_of"].astext, Date), Call.day_of)
    days = [day >= first] + ([day <= last] if last else [])
    found = session.execute(_asked(days, day, shown).limit(limit))
    own = [
        OwnCall(_shown(call, facts or {}), engagement)
        for call, engagement, facts in found
        if _was_called(call, engagement, facts)
    ]
    return sorted(_once_each(own), key=_order)


def _asked(
    days: Sequence[ColumnElement[bool]], day: ColumnElement[date], shown: Subquery
) -> Select[tuple[Call, Engagement, Any]]:
    """Return the question for calls on days, each with the engagement it calls."""
    return (
        select(Call, Engagement, shown.c.facts)
        .join(Engagement, Engagement.production_id == Call.production_id)
        .outerjoin(shown, shown.c.call_id == Call.id)
        .outerjoin(
            CallAssignment,
            and_(CallAssignment.call_id == Call.id, CallAssignment.engagement_id == Engagement.id),
        )
        .where(
            *days,
            Call.status != CallStatus.draft,
            # What was cancelled before anybody saw it is nothing to strike through.
            or_(Call.status != CallStatus.cancelled, shown.c.call_id.is_not(None)),
            Engagement.status.not_in(NOT_COMING),
            Engagement.archived_at.is_(None),
            or_(
                CallAssignment.id.is_not(None),
                and_(Call.is_for_everyone, day.between(Engagement.starts_on, Engagement.ends_on)),
            ),
        )
        .options(
            joinedload(Call.production),
            joinedload(Call.venue),
            joinedload(Call.space),
            selectinload(Engagement.roles),
        )
        .order_by(day, Call.id, Engagement.id)
    )


def _newest_facts() -> Subquery:
    """Return what the newest version that names a call says of it."""
    return (
        select(CallSnapshot.call_id, CallSnapshot.facts)
        .join(CallSnapshot.schedule_version)
        .order_by(CallSnapshot.call_id, ScheduleVersion.number.desc())
        .ext(distinct_on(CallSnapshot.call_id))
        .subquery("shown")
    )


def _was_called(call: Call, engagement: Engagement, facts: Mapping[str, Any] | None) -> bool:
    """Tell whether the version called this engagement too, where it called people by name."""
    return facts is None or call.is_for_everyone or engagement.id in facts.get("called", ())


def _shown(call: Call, facts: Mapping[str, Any]) -> ShownCall:
    """Return a call as the version says; one that no version ever named, as it stands."""
    if not facts:
        return ShownCall(
            **{name: getattr(call, name) for name in _PLAIN},
            venue=None if call.venue is None else str(call.venue),
            space=None if call.space is None else str(call.space),
        )
    return ShownCall(
        id=call.id,
        production=call.production,
        type=CallType(facts["type"]),
        title=facts["title"],
        venue=facts["venue"],
        space=facts["space"],
        day_of=date.fromisoformat(facts["day_of"]),
        time_kind=TimeKind(facts["time_kind"]),
        local_start=_clock(facts["local_start"]),
        local_end=_clock(facts["local_end"]),
        zone=facts["zone"],
        starts_at=_instant(facts["starts_at"]),
        ends_at=_instant(facts["ends_at"]),
        status=CallStatus(facts["status"]),
        cancelled_reason=facts["cancelled_reason"],
        note=facts["note"],
    )


_PLAIN = (
    "id", "production", "type", "title", "day_of", "time_kind", "local_start", "local_end", "zone",
    "starts_at", "ends_at", "status", "cancelled_reason", "note",
)  # fmt: skip


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _order(own: OwnCall) -> tuple[Any, ...]:
    starts = own.call.starts_at
    return (own.call.day_of, starts is None, starts.timestamp() if starts else 0.0, own.call.id)


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
