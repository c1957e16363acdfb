"""The calls of whoever is looking: the person's own, as they were last published.

No filter by artist stands here: the policies of the database show each artist their own rows only
(architecture.md decision 5). What staff have changed since the last version is not shown: a phone
says what the version it names says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Date, Integer, Select, Subquery, and_, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.call_notices import UNTIMED, announced
from app.domain.people import EngagementStatus
from app.domain.schedules import CallStatus, CallType, TimeKind
from app.models.engagements import Engagement
from app.models.productions import Production
from app.models.schedules import Call, CallAssignment, CallSnapshot, ScheduleVersion
from app.services.schedules.notices import dropped

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
    start_day_offset: int = 0
    end_day_offset: int = 0
    is_for_everyone: bool = False

    @property
    def production_id(self) -> int:
        """Return which production it is for."""
        return self.production.id

    @property
    def facts(self) -> dict[str, Any]:
        """Return what ``schedule_words`` says of it: its kind, name and hours."""
        return {
            "type": self.type.value,
            "title": self.title,
            "venue": self.venue,
            "space": self.space,
            "day_of": self.day_of.isoformat(),
            "time_kind": self.time_kind.value,
            "local_start": self.local_start and self.local_start.isoformat(),
            "start_day_offset": self.start_day_offset,
            "local_end": self.local_end and self.local_end.isoformat(),
            "end_day_offset": self.end_day_offset,
            "zone": self.zone,
            "starts_at": self.starts_at and self.starts_at.isoformat(),
        }

    def __str__(self) -> str:
        return self.title or self.type.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class OwnCall:
    """One call together with the engagement under which somebody is called to it.

    Without an engagement they were called to it, and are not any more.
    """

    call: ShownCall
    engagement: Engagement | None


def own_calls(
    session: Session, first: date, last: date | None = None, *, limit: int = 200
) -> list[OwnCall]:
    """Return the calls from ``first`` to ``last`` (show days), in the order of the day."""
    days = {"first": first, "last": last or date.max, "most": limit}
    found = session.execute(_OWN_CALLS, days)
    own = [
        OwnCall(_shown(call, facts or {}), engagement)
        for call, engagement, facts in found
        if _was_called(call, engagement, facts)
    ]
    gone = _no_longer(session, first, last, {each.call.id for each in own})
    return sorted(_once_each([*own, *gone]), key=_order)


def _no_longer(
    session: Session, first: date, last: date | None, known: Set[int]
) -> Iterator[OwnCall]:
    """Return the calls that the artist was taken off: struck through until their day ends."""
    for notice in dropped(session, first, last):
        if notice.call_id not in known and notice.before:
            reason = "You are no longer called to it."
            facts = {**notice.before, "status": CallStatus.cancelled, "cancelled_reason": reason}
            yield OwnCall(_said(notice.call_id, notice.schedule_version.production, facts), None)


def _newest_facts() -> Subquery:
    """Return what the newest version that names a call says of it."""
    return (
        select(CallSnapshot.call_id, CallSnapshot.facts)
        .join(CallSnapshot.schedule_version)
        .order_by(CallSnapshot.call_id, ScheduleVersion.number.desc())
        .ext(distinct_on(CallSnapshot.call_id))
        .subquery("shown")
    )


def _asked() -> Select[tuple[Call, Engagement, Any]]:
    """Return the question for the calls of ``first`` to ``last``, each with the engagement it calls."""
    shown = _newest_facts()
    day = func.coalesce(cast(shown.c.facts["day_of"].astext, Date), Call.day_of)
    return (
        select(Call, Engagement, shown.c.facts)
        .join(Engagement, Engagement.production_id == Call.production_id)
        .outerjoin(shown, shown.c.call_id == Call.id)
        .outerjoin(
            CallAssignment,
            and_(CallAssignment.call_id == Call.id, CallAssignment.engagement_id == Engagement.id),
        )
        .where(
            day.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
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
        .limit(bindparam("most", type_=Integer))
    )


_OWN_CALLS = _asked()
"""Built once: to put it together takes longer than to draw a day."""


def _was_called(call: Call, engagement: Engagement, facts: Mapping[str, Any] | None) -> bool:
    """Tell whether the version called this engagement too, where it called people by name."""
    return facts is None or call.is_for_everyone or engagement.id in facts.get("called", ())


def _shown(call: Call, facts: Mapping[str, Any]) -> ShownCall:
    """Return a call as the version says; one that no version ever named, as it stands."""
    known: dict[str, Any] = {"is_for_everyone": call.is_for_everyone}
    if facts:
        return replace(_said(call.id, call.production, facts), **known)
    return ShownCall(
        **{name: getattr(call, name) for name in _PLAIN},
        **(dict.fromkeys(_HOURS) if call.time_kind in UNTIMED else _hours(call)),
        venue=None if call.venue is None else str(call.venue),
        space=None if call.space is None else str(call.space),
        **known,
    )


def _said(key: int, production: Production, facts: Mapping[str, Any]) -> ShownCall:
    """Return a call as a version says it, without an hour that is not announced."""
    told = announced(facts)
    return ShownCall(
        id=key,
        production=production,
        type=CallType(told["type"]),
        title=told["title"],
        venue=told["venue"],
        space=told["space"],
        day_of=date.fromisoformat(told["day_of"]),
        time_kind=TimeKind(told["time_kind"]),
        local_start=_clock(told["local_start"]),
        local_end=_clock(told["local_end"]),
        zone=told["zone"],
        starts_at=_instant(told["starts_at"]),
        ends_at=_instant(told["ends_at"]),
        status=CallStatus(told["status"]),
        cancelled_reason=told["cancelled_reason"],
        note=told["note"],
        start_day_offset=told.get("start_day_offset") or 0,
        end_day_offset=told.get("end_day_offset") or 0,
    )


def _hours(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in _HOURS}


_PLAIN = (
    "id", "production", "type", "title", "day_of", "time_kind", "zone", "status",
    "cancelled_reason", "note", "start_day_offset", "end_day_offset",
)  # fmt: skip
_HOURS = ("local_start", "local_end", "starts_at", "ends_at")


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
    return list(session.scalars(_NEWEST_VERSIONS, {"productions": list(production_ids)}))


_NEWEST_VERSIONS = (
    select(ScheduleVersion)
    .options(joinedload(ScheduleVersion.production))
    .where(ScheduleVersion.production_id.in_(bindparam("productions", expanding=True)))
    .order_by(ScheduleVersion.production_id, ScheduleVersion.number.desc())
    .ext(distinct_on(ScheduleVersion.production_id))
)
