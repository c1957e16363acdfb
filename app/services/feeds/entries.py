"""What stands in a person's calendar: an entry for each call, or one for each day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.feeds import FeedKind, line_of_day, stands_at_its_hour, title_of, title_of_day
from app.domain.local_time import offset_label
from app.domain.periods import format_day
from app.domain.schedule_words import say_hours, say_where
from app.domain.schedules import CallStatus
from app.models.schedules import CallSnapshot, ScheduleVersion
from app.services.calls import OwnCall, ShownCall, newest_versions, own_calls
from app.services.schedules.notices import dropped

NAMES: Final = UUID("6f1b2c0e-9a55-5d0c-8f5e-3a7c2d9e4b10")
"""Under which the names of entries are made: the same call has the same name for good."""

BACK: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=400)
MOST: Final = 2000
EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""From where the minutes are counted that number the changes of a day."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: at its hours, in UTC, or on a whole day."""

    uid: str
    title: str
    place: str
    lines: tuple[str, ...]
    starts: datetime | date
    ends: datetime | date | None
    day_of: date
    zone: str
    sequence: int
    changed_at: datetime
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in a calendar, with the versions it was made from."""

    entries: tuple[Entry, ...]
    versions: tuple[tuple[str, int, datetime], ...]
    """Production, number, and when it was published."""


@dataclass(frozen=True, slots=True)
class Revision:
    """Which version changed a call last, and when that was published."""

    number: int
    published_at: datetime


def read(session: Session, kind: FeedKind, person_id: int, at: datetime, zone: str) -> Contents:
    """Return the calendar of the artist whose rows are seen, from a fortnight ago on."""
    first = (at - BACK).date()
    calls = own_calls(session, first, (at + AHEAD).date(), limit=MOST)
    productions = sorted({own.call.production_id for own in calls})
    newest = newest_versions(session, productions)
    revisions = _revisions(session, calls, first)
    made = (
        (_timed(own, revisions, zone) for own in calls)
        if kind is FeedKind.timed
        else _daily(calls, newest, person_id, zone)
    )
    versions = tuple((v.production.title, v.number, v.published_at) for v in newest)
    return Contents(tuple(made), versions)


def _revisions(session: Session, calls: Sequence[OwnCall], first: date) -> dict[int, Revision]:
    """Return by which version each call changed last: its sequence rises with that, and only then."""
    number, published = ScheduleVersion.number, ScheduleVersion.published_at
    changed = func.jsonb_typeof(CallSnapshot.change) == "object"
    rows = session.execute(
        select(
            CallSnapshot.call_id,
            func.coalesce(func.max(number).filter(changed), func.min(number)).label("number"),
            func.coalesce(func.max(published).filter(changed), func.min(published)).label("at"),
        )
        .join(CallSnapshot.schedule_version)
        .where(CallSnapshot.call_id.in_([own.call.id for own in calls]))
        .group_by(CallSnapshot.call_id)
    )
    found = {row.call_id: Revision(row.number, row.at) for row in rows}
    for notice in dropped(session, first):
        version = notice.schedule_version
        found.setdefault(notice.call_id, Revision(version.number, version.published_at))
    return found


def _timed(own: OwnCall, revisions: dict[int, Revision], home: str) -> Entry:
    call, facts = own.call, own.call.facts
    is_cancelled = call.status is CallStatus.cancelled
    revision = revisions.get(call.id, Revision(0, EPOCH))
    starts, ends = _hours(call)
    return Entry(
        uid=f"{uuid5(NAMES, f'call {call.id}')}",
        title=title_of(facts, f"{call.production}", is_cancelled=is_cancelled),
        place=say_where(facts),
        lines=tuple(_lines(call)),
        starts=starts,
        ends=ends,
        day_of=call.day_of,
        zone=call.zone or home,
        sequence=revision.number,
        changed_at=revision.published_at,
        is_cancelled=is_cancelled,
    )


def _hours(call: ShownCall) -> tuple[datetime | date, datetime | date | None]:
    if stands_at_its_hour(call.facts) and call.starts_at is not None:
        ends = call.ends_at.astimezone(UTC) if call.ends_at else None
        return call.starts_at.astimezone(UTC), ends
    return call.day_of, call.day_of + timedelta(days=1)


def _lines(call: ShownCall) -> Iterable[str]:
    yield say_hours(call.facts)
    if call.start_day_offset:
        yield f"After midnight, of the show day {format_day(call.day_of)}"
    if call.status is CallStatus.cancelled:
        yield f"Cancelled. You need not come. {call.cancelled_reason}".strip()
    if call.note:
        yield call.note


def _daily(
    calls: Sequence[OwnCall],
    newest: Sequence[ScheduleVersion],
    person_id: int,
    home: str,
) -> Iterable[Entry]:
    published = max((version.published_at for version in newest), default=EPOCH)
    for day, group in groupby(calls, key=lambda own: own.call.day_of):
        of_day = [own.call for own in group]
        going = [call for call in of_day if call.status is not CallStatus.cancelled]
        zone = next((call.zone for call in going or of_day if call.zone), home)
        first = next((call.starts_at for call in going if call.starts_at), None)
        label = offset_label(zone, first) if first else ""
        titles = dict.fromkeys(str(call.production) for call in of_day)
        yield Entry(
            uid=f"{uuid5(NAMES, f'day {person_id} {day}')}",
            title=f"{title_of_day([call.facts for call in going], label)} · {', '.join(titles)}",
            place="; ".join(dict.fromkeys(call.venue for call in going if call.venue)),
            lines=tuple(
                line_of_day(call.facts, is_cancelled=call.status is CallStatus.cancelled)
                for call in of_day
            ),
            starts=day,
            ends=day + timedelta(days=1),
            day_of=day,
            zone=zone,
            sequence=int((published - EPOCH).total_seconds() // 60),
            changed_at=published,
            is_cancelled=not going,
        )
