"""Whom a version has reached: who has seen and confirmed it, and who has not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.call_notices import CallNoticeState, headline
from app.domain.people import ContactKind
from app.domain.schedule_words import say_when
from app.models.call_notices import CallNotice
from app.models.messages import Message
from app.models.organisations import Organisation
from app.models.people import ContactPoint, Person
from app.models.schedules import ScheduleVersion

ORDER = tuple(CallNoticeState)


@dataclass(slots=True)
class Tally:
    """How many were asked, and how far they are. Who confirmed has seen; who was phoned knows."""

    asked: int = 0
    seen: int = 0
    confirmed: int = 0
    phoned: int = 0

    def add(self, state: CallNoticeState) -> None:
        """Count one more."""
        self.asked += 1
        self.seen += state in {CallNoticeState.seen, CallNoticeState.confirmed}
        self.confirmed += state is CallNoticeState.confirmed
        self.phoned += state is CallNoticeState.phoned

    @property
    def missing(self) -> int:
        """Return how many have neither confirmed nor been told by phone."""
        return self.asked - self.confirmed - self.phoned


@dataclass(slots=True)
class PersonReach:
    """One person whom a version told something, and how far they have come with all of it."""

    person: Person
    notices: list[CallNotice]
    mobile: str = ""
    is_nudged: bool = False

    @property
    def state(self) -> CallNoticeState:
        """Return how far they are with the change they are least far with."""
        return min((notice.state for notice in self.notices), key=ORDER.index)

    @property
    def waiting(self) -> list[CallNotice]:
        """Return what they still have to take note of; what a later version overtook is its matter."""
        return [notice for notice in self.notices if notice.is_open and notice.is_newest]

    @property
    def last(self) -> CallNotice:
        """Return the notice of theirs that says the most about when they heard."""
        return max(self.notices, key=lambda notice: ORDER.index(notice.state))


@dataclass(slots=True)
class CallReach:
    """One call that a version changed, and how many of those it told are how far."""

    title: str
    when: str
    call_id: int
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Reach:
    """Everything a version's page of receipts shows."""

    tally: Tally
    missing: list[PersonReach]
    reached: list[PersonReach]
    calls: list[CallReach]
    overtaken: int
    """So many have not taken note, and a later version asks them again."""


def reach_of(session: Session, version: ScheduleVersion) -> Reach:
    """Return who has taken note of a version, by person and by call."""
    people = people_of(session, version.id)
    nudged = nudged_today(session, version, [one.person.id for one in people])
    tally, calls = Tally(), dict[int, CallReach]()
    for one in people:
        one.is_nudged = one.person.id in nudged
        tally.add(one.state)
        for notice in one.notices:
            known = calls.setdefault(notice.call_id, _call(notice))
            known.tally.add(notice.state)
    missing = [one for one in people if one.waiting]
    return Reach(
        tally=tally,
        missing=missing,
        reached=[one for one in people if not one.waiting],
        calls=sorted(calls.values(), key=lambda call: call.when),
        overtaken=tally.missing - len(missing),
    )


def tally_of(session: Session, version_id: int) -> Tally:
    """Return in figures whom a version has reached."""
    tally = Tally()
    for one in people_of(session, version_id):
        tally.add(one.state)
    return tally


def tally_of_call(session: Session, call_id: int) -> Tally:
    """Return in figures who has taken note of what a call is now."""
    tally = Tally()
    asked = select(CallNotice).where(CallNotice.call_id == call_id, CallNotice.is_newest)
    for notice in session.scalars(asked):
        tally.add(notice.state)
    return tally


def people_of(session: Session, version_id: int) -> list[PersonReach]:
    """Return everybody whom a version told something, in the order of names."""
    rows = session.scalars(
        select(CallNotice)
        .join(CallNotice.person)
        .where(CallNotice.schedule_version_id == version_id)
        .options(joinedload(CallNotice.person))
        .order_by(Person.folded, Person.id, CallNotice.known_by)
    ).unique()
    groups = ((key, list(group)) for key, group in groupby(rows, key=lambda one: one.person_id))
    people = [PersonReach(notices[0].person, notices) for _, notices in groups]
    mobiles = mobiles_of(session, [one.person.id for one in people])
    for one in people:
        one.mobile = mobiles.get(one.person.id, "")
    return people


def mobiles_of(session: Session, people: Collection[int]) -> dict[int, str]:
    """Return where people are rung up; the preferred number of each."""
    rows = session.execute(
        select(ContactPoint.person_id, ContactPoint.value)
        .where(ContactPoint.person_id.in_(people), ContactPoint.kind == ContactKind.mobile)
        .order_by(ContactPoint.is_preferred, ContactPoint.id.desc())
    )
    return {row.person_id: row.value for row in rows}


def nudged_today(
    session: Session, version: ScheduleVersion, people: Sequence[int], at: datetime | None = None
) -> set[int]:
    """Return who of these people had a nudge today, whatever it was about."""
    if not people:
        return set()
    day = day_of_nudge(session, version, at)
    rows = session.scalars(
        select(Message.person_id).where(
            Message.event == "calls_nudge",
            Message.person_id.in_(people),
            Message.key.like(f"nudge-%-{day}:%"),
        )
    )
    return {person_id for person_id in rows if person_id is not None}


def day_of_nudge(session: Session, version: ScheduleVersion, at: datetime | None) -> str:
    """Return the day it is at the company, as it stands in the key of a nudge."""
    zone = session.get_one(Organisation, version.organisation_id).zone
    return (at or now()).astimezone(ZoneInfo(zone)).date().isoformat()


def _call(notice: CallNotice) -> CallReach:
    facts = notice.after or notice.before
    title = headline(notice.kind, notice.before, notice.after)
    return CallReach(title, say_when(facts), notice.call_id)
