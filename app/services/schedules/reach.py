"""Whom a version has reached: who has seen and confirmed it, who has not, and what staff do about it.

Three steps, each less often than the last: a nudge (a letter, one a person and day at most), a phone
call that is written down, and a letter to the managers when a call is near and somebody is missing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.call_notices import ESCALATION_LEAD, GRACE, CallNoticeState, headline
from app.domain.errors import Refused
from app.domain.people import ContactKind
from app.domain.schedule_words import say_when, say_where
from app.models.call_notices import CallNotice
from app.models.messages import Message
from app.models.organisations import Organisation
from app.models.people import ContactPoint, Person
from app.models.schedules import ScheduleVersion
from app.services.messages import addressee, tell
from app.services.schedules.managers import managers_of

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


@dataclass(frozen=True, slots=True)
class Nudged:
    """What came of a nudge."""

    told: int
    already: int
    without_address: int


def reach_of(session: Session, version: ScheduleVersion) -> Reach:
    """Return who has taken note of a version, by person and by call."""
    people = _people(session, version.id)
    nudged = _nudged_today(session, version, [one.person.id for one in people])
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
    for one in _people(session, version_id):
        tally.add(one.state)
    return tally


def tally_of_call(session: Session, call_id: int) -> Tally:
    """Return in figures who has taken note of what a call is now."""
    tally = Tally()
    asked = select(CallNotice).where(CallNotice.call_id == call_id, CallNotice.is_newest)
    for notice in session.scalars(asked):
        tally.add(notice.state)
    return tally


def nudge(session: Session, version: ScheduleVersion, at: datetime) -> Nudged:
    """Write to everybody who has not taken note of a version: one letter a person and day at most."""
    late = [one for one in _people(session, version.id) if _is_ahead(one, at)]
    _one_at_a_time(session, [one.person.id for one in late])
    already = _nudged_today(session, version, [one.person.id for one in late], at)
    told = without = 0
    for one in late:
        if one.person.id in already:
            continue
        to = addressee(session, one.person)
        if not to.address:
            without += 1
            continue
        tell(
            session,
            organisation_id=version.organisation_id,
            event="calls_nudge",
            key=_key(session, version, one.person.id, at),
            to=to,
            production=version.production,
            version=version,
            changes=[_said(notice) for notice in one.waiting],
        )
        told += 1
    return Nudged(told, len(already), without)


def told_by_phone(
    session: Session,
    version: ScheduleVersion,
    person_id: int,
    *,
    by: str,
    at: datetime,
    note: str = "",
) -> Person:
    """Write down who told somebody by phone, and when; what they confirmed themselves stays so."""
    open_notices = session.scalars(
        select(CallNotice)
        .where(
            CallNotice.schedule_version_id == version.id,
            CallNotice.person_id == person_id,
            CallNotice.is_newest,
            CallNotice.confirmed_at.is_(None),
            CallNotice.phoned_at.is_(None),
        )
        .options(joinedload(CallNotice.person))
        .with_for_update(of=CallNotice)
    ).all()
    if not open_notices:
        raise Refused(
            "Nothing of this version waits for them any more. They have confirmed, or were told."
        )
    for notice in open_notices:
        notice.phoned_at, notice.phoned_by, notice.phone_note = at, by, note.strip()
    return open_notices[0].person


def escalate(session: Session, at: datetime) -> int:
    """Tell the managers of calls that begin soon and of whom nobody knows whether they know; once."""
    late = session.scalars(
        select(CallNotice)
        .where(
            CallNotice.is_newest,
            CallNotice.confirmed_at.is_(None),
            CallNotice.phoned_at.is_(None),
            CallNotice.escalated_at.is_(None),
            CallNotice.known_by > at,
            CallNotice.known_by <= at + ESCALATION_LEAD,
            CallNotice.created_at <= at - GRACE,
        )
        .options(
            joinedload(CallNotice.person),
            joinedload(CallNotice.schedule_version).joinedload(ScheduleVersion.production),
        )
        .order_by(CallNotice.schedule_version_id, CallNotice.person_id, CallNotice.known_by)
        .with_for_update(of=CallNotice, skip_locked=True)
    ).all()
    for _, group in groupby(late, key=lambda notice: notice.schedule_version_id):
        _tell_managers(session, list(group), at)
    return len(late)


def _tell_managers(session: Session, notices: Sequence[CallNotice], at: datetime) -> None:
    version = notices[0].schedule_version
    mobiles = _mobiles(session, {notice.person_id for notice in notices})
    missing = [
        {
            "name": notice.person.name,
            "mobile": mobiles.get(notice.person_id, ""),
            "said": _said(notice),
            "has_seen": notice.seen_at is not None,
        }
        for notice in notices
    ]
    for to in managers_of(session, version):
        tell(
            session,
            organisation_id=version.organisation_id,
            event="calls_unseen",
            key=f"unseen-{notices[0].id}",
            to=to,
            production=version.production,
            version=version,
            missing=missing,
        )
    for notice in notices:
        notice.escalated_at = at


def _people(session: Session, version_id: int) -> list[PersonReach]:
    rows = session.scalars(
        select(CallNotice)
        .join(CallNotice.person)
        .where(CallNotice.schedule_version_id == version_id)
        .options(joinedload(CallNotice.person))
        .order_by(Person.folded, Person.id, CallNotice.known_by)
    ).unique()
    groups = ((key, list(group)) for key, group in groupby(rows, key=lambda one: one.person_id))
    people = [PersonReach(notices[0].person, notices) for _, notices in groups]
    mobiles = _mobiles(session, [one.person.id for one in people])
    for one in people:
        one.mobile = mobiles.get(one.person.id, "")
    return people


def _mobiles(session: Session, people: Collection[int]) -> dict[int, str]:
    rows = session.execute(
        select(ContactPoint.person_id, ContactPoint.value)
        .where(ContactPoint.person_id.in_(people), ContactPoint.kind == ContactKind.mobile)
        .order_by(ContactPoint.is_preferred, ContactPoint.id.desc())
    )
    return {row.person_id: row.value for row in rows}


def _is_ahead(one: PersonReach, at: datetime) -> bool:
    return any(notice.known_by > at for notice in one.waiting)


def _one_at_a_time(session: Session, people: Iterable[int]) -> None:
    """Let a second nudge of the same people wait for the first, and then see its letters."""
    session.execute(
        select(Person.id)
        .where(Person.id.in_(list(people)))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    )


def _nudged_today(
    session: Session, version: ScheduleVersion, people: Sequence[int], at: datetime | None = None
) -> set[int]:
    if not people:
        return set()
    day = _today(session, version, at)
    rows = session.scalars(
        select(Message.person_id).where(
            Message.event == "calls_nudge",
            Message.person_id.in_(people),
            Message.key.like(f"nudge-%-{day}:%"),
        )
    )
    return {person_id for person_id in rows if person_id is not None}


def _key(session: Session, version: ScheduleVersion, person_id: int, at: datetime) -> str:
    return f"nudge-{person_id}-{_today(session, version, at)}"


def _today(session: Session, version: ScheduleVersion, at: datetime | None) -> str:
    zone = session.get_one(Organisation, version.organisation_id).zone
    return (at or now()).astimezone(ZoneInfo(zone)).date().isoformat()


def _call(notice: CallNotice) -> CallReach:
    facts = notice.after or notice.before
    title = headline(notice.kind, notice.before, notice.after)
    return CallReach(title, say_when(facts), notice.call_id)


def _said(notice: CallNotice) -> dict[str, str]:
    facts = notice.after or notice.before
    return {
        "headline": headline(notice.kind, notice.before, notice.after),
        "when": say_when(facts),
        "where": say_where(facts),
    }
