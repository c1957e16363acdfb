"""What would be published: which calls, what differs from what people know, and who is told."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.call_notices import is_old_news
from app.domain.conflicts import SharedConflict, Weight
from app.domain.errors import Refused
from app.domain.quiet_hours import Asleep
from app.domain.schedule_versions import (
    CallChange,
    Facts,
    PlannedCall,
    check_publishable,
    diff_versions,
)
from app.domain.schedule_words import name_call, say_when
from app.domain.schedules import CallStatus
from app.models.people import Person
from app.models.productions import Production, Venue
from app.models.schedules import Call, ScheduleException, ScheduleVersion
from app.services.schedules.checks import Checked, check
from app.services.schedules.facts import (
    Engaged,
    called_to,
    calls_of,
    engaged_for,
    facts_of,
    shown_facts,
    zone_of,
)
from app.services.schedules.sleepers import find_asleep

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
    """Who is told what: nobody of a call that is new to them and over already."""
    may_be_silent: bool
    zoneless: list[Venue] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    checked: Checked = field(default_factory=Checked)
    accepted: dict[str, ScheduleException] = field(default_factory=dict)
    """The warnings that an earlier version was published in spite of, by their key."""
    asleep: list[Asleep] = field(default_factory=list)
    """For whom of those who are told it is night now, or who are in a performance."""

    @property
    def is_ready(self) -> bool:
        """Tell whether there is something to publish and nothing stands in the way."""
        return not self.refusals and not self.blocked and bool(self.changes or self.people)

    @property
    def blocked(self) -> list[SharedConflict]:
        """Return the conflicts that must be solved first."""
        return self.checked.weighing(Weight.blocks)

    @property
    def open_warnings(self) -> list[SharedConflict]:
        """Return the warnings that need a reason and have none yet."""
        return [one for one in self.checked.weighing(Weight.reason) if not self.earlier(one)]

    def earlier(self, one: SharedConflict) -> ScheduleException | None:
        """Return where a warning was accepted before, for the same people at least."""
        known = self.accepted.get(one.key)
        return known if known is not None and set(one.people) <= set(known.people) else None

    @property
    def digest(self) -> str:
        """Name what is about to be published, call by call, so that nothing else is."""
        marks = [f"{key}:{_mark(facts)}" for key, facts in sorted(self.new.items())]
        return ".".join([str(self.number), *marks])


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
        people=_own_changes(engaged, known, new, now()),
        may_be_silent=not _has_told(session, production.id),
        zoneless=_zoneless(calls),
        refusals=refusals,
    )
    _check(made)
    _look_around(session, made)
    return made


def meanwhile(made: Plan, digest: str) -> list[str]:
    """Say what has changed since somebody looked at a plan, which ``digest`` names."""
    number, _, rest = digest.partition(".")
    seen = dict(mark.partition(":")[::2] for mark in rest.split(".") if mark)
    said = []
    if made.previous is not None and number != str(made.number):
        said.append(f"Version {made.previous.number} was published.")
    called = {call.id: call for call in made.calls}
    for key, facts in made.new.items():
        if seen.get(str(key)) != _mark(facts):
            word = "Changed" if str(key) in seen else "New"
            said.append(f"{word}: {name_call(facts)}, {say_when(facts)}.")
    gone = [key for key in seen if not key.isdigit() or int(key) not in called]
    if gone:
        said.append(f"{len(gone)} {'call is' if len(gone) == 1 else 'calls are'} no longer there.")
    return said


def _mark(facts: Facts) -> str:
    text = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _look_around(session: Session, made: Plan) -> None:
    """Check what changes and what lies ahead, and see who sleeps; nothing is checked of the past."""
    today = now().date() - timedelta(days=1)
    changed = {change.call_id for change in made.changes}
    made.checked = check(
        session, [call for call in made.calls if call.id in changed or call.day_of >= today]
    )
    made.accepted = _accepted(session, made.production)
    made.asleep = find_asleep(
        session,
        made.production.organisation_id,
        {o.person.id: o.engagement_id for o in made.people},
    )


def _accepted(session: Session, production: Production) -> dict[str, ScheduleException]:
    rows = session.scalars(
        select(ScheduleException)
        .join(ScheduleException.schedule_version)
        .where(ScheduleVersion.production_id == production.id)
        .options(joinedload(ScheduleException.schedule_version))
        .order_by(ScheduleVersion.number)
    )
    return {each.key: each for each in rows}


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


def _own_changes(
    engaged: Sequence[Engaged], heard: CallFacts, new: CallFacts, at: datetime
) -> list[OwnChanges]:
    """Return what each person is told: a call they are no longer called to is cancelled for them.

    What they never heard of and is over, such as the first days of a silent version, is old news.
    """
    by_person: dict[int, list[Engaged]] = {}
    for one in engaged:
        by_person.setdefault(one.person.id, []).append(one)
    told = []
    for ones in by_person.values():
        own = {one.id for one in ones}
        changes = [
            change
            for change in diff_versions(_mine(heard, own), _mine(new, own))
            if not is_old_news(change, at)
        ]
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
