"""The checks of a plan of calls: everybody called is looked up with all they are called to elsewhere."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.conflict_checks import find_conflicts
from app.domain.conflicts import (
    Absence,
    Conflict,
    Diary,
    Distance,
    Presence,
    SharedConflict,
    Weight,
    gather,
)
from app.domain.errors import Refused
from app.domain.people import AvailabilityKind, AvailabilityStatus
from app.domain.periods import Period
from app.domain.schedules import CallStatus, TimeKind
from app.models.engagements import Engagement
from app.models.people import Availability
from app.models.schedules import Call, VenueDistance
from app.services.schedules.facts import (
    Engaged,
    called_to,
    calls_of,
    engaged_for,
    instants_of,
    zone_of,
)
from app.services.schedules.hours_rules import Rulebook, rulebook

AROUND: Final = timedelta(days=2)
"""Rest looks at the day before and after; a call after midnight belongs to the day before that."""


@dataclass(slots=True)
class Checked:
    """What the checks of some calls found, and what could not be checked."""

    conflicts: list[SharedConflict] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def weighing(self, weight: Weight) -> list[SharedConflict]:
        """Return the conflicts of one weight."""
        return [one for one in self.conflicts if one.weight is weight]

    def about(self, person_id: int, day: date) -> list[Conflict]:
        """Return the conflicts that meet one person on a day."""
        return [
            one.conflict
            for one in self.conflicts
            if person_id in one.people and one.conflict.day == day
        ]


def check(session: Session, calls: Sequence[Call]) -> Checked:
    """Check calls of the working copy against everything their people are called to."""
    on = [call for call in calls if call.status is not CallStatus.cancelled]
    if not on:
        return Checked()
    asked = {call.id for call in on}
    first, last = min(c.day_of for c in on) - AROUND, max(c.day_of for c in on) + AROUND
    around, engaged = _around(session, on, first, last)
    rules, distance = rulebook(session, on[0].organisation_id), _distances(session)
    diaries = _diaries(session, around, engaged, asked, first, last)
    found = [
        (diary, conflict)
        for diary in diaries
        for conflict in find_conflicts(diary, rules.on, distance)
        if asked & set(conflict.calls)
    ]
    return Checked(gather(found), _unchecked(rules, on))


def _around(
    session: Session, calls: Iterable[Call], first: date, last: date
) -> tuple[list[Call], dict[int, list[Engaged]]]:
    """Return the calls of everybody's productions around these, and who is engaged for them."""
    own = {call.production_id for call in calls}
    mine = engaged_for(session, sorted(own))
    people = {one.person.id for ones in mine.values() for one in ones if one.is_coming}
    others = session.scalars(
        select(Engagement.production_id)
        .where(
            Engagement.person_id.in_(people),
            Engagement.production_id.not_in(own),
            Engagement.starts_on <= last,
            Engagement.ends_on >= first,
        )
        .distinct()
    ).all()
    engaged = {**mine, **(engaged_for(session, sorted(others)) if others else {})}
    found = calls_of(
        session,
        Call.production_id.in_(sorted(engaged)),
        Call.day_of.between(first, last),
        Call.status != CallStatus.cancelled,
    )
    return found, engaged


def _diaries(
    session: Session,
    calls: Iterable[Call],
    engaged: Mapping[int, Sequence[Engaged]],
    asked: set[int],
    first: date,
    last: date,
) -> list[Diary]:
    """Return the diary of everybody who is called to one of the calls that are asked about."""
    ones = {one.id: one for each in engaged.values() for one in each}
    presences: dict[int, dict[int, Presence]] = defaultdict(dict)
    names: dict[int, str] = {}
    concerned: set[int] = set()
    for call in calls:
        for key in called_to(call, engaged[call.production_id]):
            one = ones[key]
            names[one.person.id] = one.person.name
            known = presences[one.person.id].get(call.id)
            is_on = one.is_on(call.day_of) or (known is not None and known.is_engaged)
            presences[one.person.id][call.id] = _presence(call, is_engaged=is_on)
            concerned |= {one.person.id} if call.id in asked else set()
    absences = _absences(session, concerned, first, last)
    return [
        Diary(person, names[person], tuple(presences[person].values()), tuple(absences[person]))
        for person in sorted(concerned, key=lambda key: (names[key], key))
    ]


def _presence(call: Call, *, is_engaged: bool) -> Presence:
    try:
        at = instants_of(call)
    except Refused:
        starts, ends = (
            None,
            None,
        )  # Hours its place does not know stop the publication by themselves.
    else:
        starts, ends = at.starts_at, at.ends_at
    title = str(call)
    return Presence(
        call_id=call.id,
        title=title[:1].upper() + title[1:],
        day_of=call.day_of,
        type=call.type,
        zone=zone_of(call) or "UTC",
        starts_at=starts,
        ends_at=ends,
        venue_id=call.venue_id,
        venue="" if call.venue is None else str(call.venue),
        is_sure=call.time_kind is TimeKind.exact,
        is_engaged=is_engaged,
    )


def _absences(
    session: Session, people: Iterable[int], first: date, last: date
) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = defaultdict(list)
    rows = session.scalars(
        select(Availability)
        .where(
            Availability.person_id.in_(sorted(people)),
            Availability.kind == AvailabilityKind.unavailable,
            Availability.status != AvailabilityStatus.refused,
            Availability.starts_on <= last,
            Availability.ends_on >= first,
        )
        .order_by(Availability.starts_on, Availability.id)
    )
    for each in rows:
        is_accepted = each.status is AvailabilityStatus.accepted
        days = Period(each.starts_on, each.ends_on)
        found[each.person_id].append(Absence(days, is_accepted))
    return found


def _distances(session: Session) -> Distance:
    """Return a way to ask for minutes between venues; one direction holds for both."""
    known = {
        (each.from_venue_id, each.to_venue_id): each.minutes
        for each in session.scalars(select(VenueDistance))
    }
    return lambda one, other: known.get((one, other), known.get((other, one)))


def _unchecked(rules: Rulebook, calls: Iterable[Call]) -> list[str]:
    """Say on which days nothing could be checked, because no rules are in force."""
    if all(rules.on(call.day_of) is not None for call in calls):
        return []
    where = f"There are no hours rules for {rules.jurisdiction} on some of these days"
    return [f"{where}, so rest and the length of the day are not checked there."]
