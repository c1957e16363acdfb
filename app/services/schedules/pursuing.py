"""What is done about those whom a version has not reached.

Three steps, each less often than the last: a nudge (a letter, one a person and day at most), a phone
call that is written down, and a letter to the managers when a call is near and somebody is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.call_notices import ESCALATION_LEAD, GRACE, headline
from app.domain.errors import Refused
from app.domain.schedule_words import say_when, say_where
from app.models.call_notices import CallNotice
from app.models.people import Person
from app.models.schedules import ScheduleVersion
from app.services.messages import addressee, tell
from app.services.schedules.managers import managers_of
from app.services.schedules.reach import (
    PersonReach,
    day_of_nudge,
    mobiles_of,
    nudged_today,
    people_of,
)


@dataclass(frozen=True, slots=True)
class Nudged:
    """What came of a nudge."""

    told: int
    already: int
    without_address: int


def nudge(session: Session, version: ScheduleVersion, at: datetime) -> Nudged:
    """Write to everybody who has not taken note of a version: one letter a person and day at most."""
    late = [one for one in people_of(session, version.id) if _is_ahead(one, at)]
    _one_at_a_time(session, [one.person.id for one in late])
    already = nudged_today(session, version, [one.person.id for one in late], at)
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
    mobiles = mobiles_of(session, {notice.person_id for notice in notices})
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


def _key(session: Session, version: ScheduleVersion, person_id: int, at: datetime) -> str:
    return f"nudge-{person_id}-{day_of_nudge(session, version, at)}"


def _said(notice: CallNotice) -> dict[str, str]:
    facts = notice.after or notice.before
    return {
        "headline": headline(notice.kind, notice.before, notice.after),
        "when": say_when(facts),
        "where": say_where(facts),
    }
