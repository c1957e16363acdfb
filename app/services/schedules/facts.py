"""What a call says at this moment, as a snapshot keeps it, and what people were shown last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.call_times import CallHours, CallInstants, check_call
from app.domain.people import EngagementStatus
from app.domain.schedules import TimeKind
from app.models.engagements import Engagement
from app.models.people import Person
from app.models.schedules import Call, CallAssignment, CallSnapshot, ScheduleVersion

NOT_COMING = (EngagementStatus.released, EngagementStatus.cancelled)


def zone_of(call: Call) -> str | None:
    """Return the zone a call is in: its venue's; its own only where there is no venue."""
    return call.venue.zone if call.venue is not None else call.zone


def instants_of(call: Call) -> CallInstants:
    """Return when a call is in UTC, by the zone its place has now; or refuse its hours."""
    return check_call(
        CallHours(
            day_of=call.day_of,
            time_kind=call.time_kind,
            local_start=call.local_start,
            start_day_offset=call.start_day_offset or 0,
            local_end=call.local_end,
            end_day_offset=call.end_day_offset or 0,
            zone=zone_of(call),
            fold=call.starts_fold,
            end_fold=call.ends_fold,
        )
    )


def facts_of(call: Call, called: Iterable[int]) -> dict[str, Any]:
    """Return everything a snapshot says of a call; ``called`` are the engagements called to it.

    A time that is known but not announced stands in no snapshot: people may read all of it.
    """
    at = instants_of(call)
    is_told = call.time_kind is not TimeKind.hidden
    return {
        "day_of": call.day_of.isoformat(),
        "type": call.type.value,
        "title": call.title,
        "time_kind": call.time_kind.value,
        "local_start": _clock(call.local_start) if is_told else None,
        "start_day_offset": (call.start_day_offset or 0) if is_told else 0,
        "local_end": _clock(call.local_end) if is_told else None,
        "end_day_offset": (call.end_day_offset or 0) if is_told else 0,
        "zone": zone_of(call),
        "starts_at": _instant(at.starts_at) if is_told else None,
        "ends_at": _instant(at.ends_at) if is_told else None,
        "venue_id": call.venue_id,
        "venue": None if call.venue is None else str(call.venue),
        "space_id": call.space_id,
        "space": None if call.space is None else str(call.space),
        "note": call.note,
        "status": call.status.value,
        "cancelled_reason": call.cancelled_reason,
        "called": sorted(called),
    }


@dataclass(frozen=True, slots=True)
class Engaged:
    """One engagement with its person, for telling who is called on which day."""

    id: int
    person: Person
    starts_on: date
    ends_on: date
    is_coming: bool

    def is_on(self, day: date) -> bool:
        """Tell whether the engagement is running on a day."""
        return self.is_coming and self.starts_on <= day <= self.ends_on


def engaged_for(session: Session, production_ids: Sequence[int]) -> dict[int, list[Engaged]]:
    """Return everybody ever engaged for productions, by production, in the order of names."""
    found: dict[int, list[Engaged]] = {key: [] for key in production_ids}
    rows = session.scalars(
        select(Engagement)
        .join(Engagement.person)
        .where(Engagement.production_id.in_(production_ids))
        .options(joinedload(Engagement.person))
        .order_by(Person.folded, Engagement.id)
    )
    for each in rows:
        is_away = each.archived_at is not None or each.person.archived_at is not None
        is_coming = each.status not in NOT_COMING and not is_away
        one = Engaged(each.id, each.person, each.starts_on, each.ends_on, is_coming)
        found[each.production_id].append(one)
    return found


def called_to(call: Call, engaged: Iterable[Engaged]) -> list[int]:
    """Return the engagements called to a call: everybody's that runs that day, or the chosen."""
    if call.is_for_everyone:
        return [one.id for one in engaged if one.is_on(call.day_of)]
    coming = {one.id for one in engaged if one.is_coming}
    return [each.engagement_id for each in call.assignments if each.engagement_id in coming]


def calls_of(session: Session, *conditions: Any) -> list[Call]:
    """Return calls with their places and who is chosen, in the order of the days."""
    return list(
        session.scalars(
            select(Call)
            .where(*conditions)
            .options(
                joinedload(Call.venue),
                joinedload(Call.space),
                joinedload(Call.production),
                selectinload(Call.assignments).defer(CallAssignment.created_at),
            )
            .order_by(Call.day_of, Call.starts_at.nulls_first(), Call.id)
        )
    )


def shown_facts(
    session: Session, production_ids: Sequence[int], *, told: bool = False
) -> dict[int, dict[str, Any]]:
    """Return what the newest version says of each call, by id; ``told``: of those people heard of."""
    conditions = [ScheduleVersion.production_id.in_(production_ids)]
    if told:
        conditions.append(ScheduleVersion.is_silent.is_(False))
    rows = session.execute(
        select(CallSnapshot.call_id, CallSnapshot.facts)
        .join(CallSnapshot.schedule_version)
        .where(*conditions)
        .order_by(CallSnapshot.call_id, ScheduleVersion.number.desc())
        .ext(distinct_on(CallSnapshot.call_id))
    )
    return {row.call_id: row.facts for row in rows}


def _clock(value: time | None) -> str | None:
    return None if value is None else value.strftime("%H:%M")


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
