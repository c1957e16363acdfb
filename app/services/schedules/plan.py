"""What would be published: which calls, what differs from what people know, and who is told."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.schedule_versions import (
    CallChange,
    Facts,
    PlannedCall,
    check_publishable,
    diff_versions,
)
from app.domain.schedules import CallStatus
from app.models.people import Person
from app.models.productions import Production, Venue
from app.models.schedules import Call, ScheduleVersion
from app.services.schedules.facts import (
    Engaged,
    called_to,
    calls_of,
    engaged_for,
    facts_of,
    shown_facts,
    zone_of,
)

CallFacts = dict[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OwnChanges:
    """What one person is told: only their own changes."""

    person: Person
    engagement_id: int
    changes: list[CallChange]


@dataclass(slots=True)
class Plan:
    """A version as it would be published now."""

    production: Production
    first: date
    last: date
    number: int
    previous: ScheduleVersion | None
    calls: list[Call]
    new: CallFacts
    old: CallFacts
    heard: CallFacts
    changes: list[CallChange]
    people: list[OwnChanges]
    may_be_silent: bool
    zoneless: list[Venue] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        """Tell whether there is something to publish and nothing stands in the way."""
        return not self.refusals and bool(self.changes or self.people)

    @property
    def digest(self) -> str:
        """Name what is about to be published, so that nothing else is."""
        text = json.dumps([self.number, self.new], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


def plan(session: Session, production: Production, first: date, last: date) -> Plan:
    """Return what publishing the days from ``first`` to ``last`` would say, and to whom."""
    if last < first:
        raise Refused("The last day is before the first. Swap them or choose others.", field="last")
    shown = shown_facts(session, [production.id])
    heard = shown_facts(session, [production.id], told=True)
    in_days = {key for key, facts in shown.items() if _lies_in(facts, first, last)}
    calls = [
        call
        for call in calls_of(
            session,
            Call.production_id == production.id,
            or_(Call.day_of.between(first, last), Call.id.in_(in_days)),
        )
        if _is_told_of(call, shown)
    ]
    engaged = engaged_for(session, [production.id])[production.id]
    new, refusals = _say(calls, engaged)
    old, known = _only(shown, calls), _only(heard, calls)
    previous = newest(session, production.id)
    made = Plan(
        production=production,
        first=first,
        last=last,
        number=(previous.number if previous else 0) + 1,
        previous=previous,
        calls=calls,
        new=new,
        old=old,
        heard=known,
        changes=diff_versions(old, new),
        people=_own_changes(engaged, known, new),
        may_be_silent=not _has_told(session, production.id),
        zoneless=_zoneless(calls),
        refusals=refusals,
    )
    _check(made)
    return made


def newest(session: Session, production_id: int) -> ScheduleVersion | None:
    """Return the newest version of a production's schedule."""
    return session.scalar(
        select(ScheduleVersion)
        .where(ScheduleVersion.production_id == production_id)
        .order_by(ScheduleVersion.number.desc())
        .limit(1)
    )


def _has_told(session: Session, production_id: int) -> bool:
    told = select(ScheduleVersion.id).where(
        ScheduleVersion.production_id == production_id, ScheduleVersion.is_silent.is_(False)
    )
    return session.scalar(told.limit(1)) is not None


def _is_told_of(call: Call, shown: Mapping[int, Facts]) -> bool:
    """Tell whether a version speaks of a call: not where it was cancelled before anybody saw it."""
    if call.status is not CallStatus.cancelled:
        return True
    return call.id in shown and shown[call.id].get("status") != CallStatus.cancelled


def _lies_in(facts: Facts, first: date, last: date) -> bool:
    return first.isoformat() <= str(facts["day_of"]) <= last.isoformat()


def _only(facts: CallFacts, calls: Iterable[Call]) -> CallFacts:
    return {call.id: facts[call.id] for call in calls if call.id in facts}


def _say(calls: Sequence[Call], engaged: Sequence[Engaged]) -> tuple[CallFacts, list[str]]:
    said: CallFacts = {}
    refusals = []
    for call in calls:
        try:
            facts = facts_of(call, called_to(call, engaged))
        except Refused as refusal:
            refusals.append(f"{call}: {refusal}")
            continue
        on = CallStatus.published if call.status is CallStatus.draft else call.status
        said[call.id] = {**facts, "status": on.value}
    return said, refusals


def _own_changes(engaged: Sequence[Engaged], heard: CallFacts, new: CallFacts) -> list[OwnChanges]:
    """Return what each person is told: a call they are no longer called to is cancelled for them."""
    by_person: dict[int, list[Engaged]] = {}
    for one in engaged:
        by_person.setdefault(one.person.id, []).append(one)
    told = []
    for ones in by_person.values():
        own = {one.id for one in ones}
        changes = diff_versions(_mine(heard, own), _mine(new, own))
        if changes:
            told.append(OwnChanges(ones[0].person, ones[-1].id, changes))
    return told


def _mine(facts: CallFacts, own: set[int]) -> CallFacts:
    """Return the calls one person is called to, without who else is."""
    return {key: without_people(said) for key, said in facts.items() if own & set(said["called"])}


def without_people(said: Facts) -> dict[str, Any]:
    """Return what a call says, but not who else is called."""
    return {name: value for name, value in said.items() if name != "called"}


def _zoneless(calls: Iterable[Call]) -> list[Venue]:
    found = {
        call.venue.id: call.venue
        for call in calls
        if call.venue is not None
        and not call.venue.zone
        and call.status is not CallStatus.cancelled
    }
    return sorted(found.values(), key=str)


def _check(made: Plan) -> None:
    """Keep what stands in the way of publishing, in sentences."""
    on = [call for call in made.calls if call.status is not CallStatus.cancelled]
    try:
        if on or not made.changes:
            check_publishable(
                PlannedCall(
                    str(call), None if call.venue is None else str(call.venue), zone_of(call)
                )
                for call in on
            )
    except Refused as refusal:
        made.refusals.append(str(refusal))
