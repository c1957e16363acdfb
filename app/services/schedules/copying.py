"""Copying a day or a week of calls; looked at first, and never done twice."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.call_copies import CopiedHours, CopyOutcome, copy_hours
from app.domain.call_times import CallHours
from app.domain.errors import Refused
from app.domain.schedules import CallStatus
from app.models.engagements import Engagement
from app.models.productions import Production, Space, Venue
from app.models.schedules import Call
from app.services.schedules.entering import enter
from app.services.schedules.facts import Engaged, calls_of, engaged_for, zone_of

MOST_ROWS: Final = 400

Folds = Mapping[str, Mapping[str, int]]
"""Which of two equal hours is meant, by the copy and the hour it is about."""


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What is copied, to which days, and to which venue; None keeps each call's own."""

    production: Production
    first: date
    days: int
    targets: tuple[date, ...]
    venue: Venue | None = None


@dataclass(slots=True)
class CopyRow:
    """One call on one day, as it would be copied."""

    call: Call
    day: date
    venue: Venue | None
    copied: CopiedHours
    outcome: CopyOutcome
    said: str = ""
    called: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Name the copy: which call, to which day and place."""
        return _key(self.call, self.day, self.venue)

    @property
    def is_open(self) -> bool:
        """Tell whether it can be copied, now or once a question is answered."""
        return self.outcome in (CopyOutcome.ready, CopyOutcome.asked)


def preview(session: Session, order: CopyOrder, folds: Folds | None = None) -> list[CopyRow]:
    """Return every copy that would be made, and why one would not."""
    calls = calls_of(
        session,
        Call.production_id == order.production.id,
        Call.day_of.between(order.first, order.first + timedelta(days=order.days - 1)),
        Call.status != CallStatus.cancelled,
    )
    if not calls:
        raise Refused("There is no call on these days. Choose others.", field="first")
    if len(calls) * len(order.targets) > MOST_ROWS:
        raise Refused(f"More than {MOST_ROWS} copies at once. Choose fewer days.", field="until")
    engaged = engaged_for(session, [order.production.id])[order.production.id]
    rows = [
        _row(call, target + (call.day_of - order.first), order.venue, engaged, folds or {})
        for target in order.targets
        for call in calls
    ]
    _mark_known(session, order.production, rows)
    return rows


def copy(
    session: Session, order: CopyOrder, chosen: Iterable[str], folds: Folds | None = None
) -> list[Call]:
    """Make the chosen copies that can be made, and return the new calls of the working copy."""
    # One at a time for a production: the second waits here and then finds what the first made.
    session.scalar(
        select(Production.id).where(Production.id == order.production.id).with_for_update()
    )
    wanted = set(chosen)
    rows = [row for row in preview(session, order, folds) if row.key in wanted]
    made = [_make(session, row) for row in rows if row.outcome is CopyOutcome.ready]
    if not made:
        raise Refused("Nothing was left to copy. See below why.")
    return made


def look_of(rows: Sequence[CopyRow]) -> str:
    """Name what somebody looked at, so that nothing else is copied."""
    text = "|".join(f"{row.key}:{row.outcome}:{row.call.version}" for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _key(call: Call, day: date, venue: Venue | None) -> str:
    return f"{call.id}-{day.isoformat()}-{venue.id if venue else 0}"


def _row(
    call: Call, day: date, venue: Venue | None, engaged: Sequence[Engaged], folds: Folds
) -> CopyRow:
    place = venue or call.venue
    zone = place.zone if place is not None else zone_of(call)
    copied = copy_hours(_hours(call), day, zone, folds.get(_key(call, day, place), {}))
    row = CopyRow(call, day, place, copied, copied.outcome, copied.said)
    _people(row, engaged)
    return row


def _hours(call: Call) -> CallHours:
    return CallHours(
        day_of=call.day_of,
        time_kind=call.time_kind,
        local_start=call.local_start,
        start_day_offset=call.start_day_offset or 0,
        local_end=call.local_end,
        end_day_offset=call.end_day_offset or 0,
    )


def _people(row: CopyRow, engaged: Sequence[Engaged]) -> None:
    """Take along who is engaged on the other day; say who is not."""
    if row.call.is_for_everyone:
        row.called = [one.id for one in engaged if one.is_on(row.day)]
        return
    known = {one.id: one for one in engaged}
    ones = [known[each.engagement_id] for each in row.call.assignments]
    row.called = [one.id for one in ones if one.is_on(row.day)]
    away = [one.person.name for one in ones if not one.is_on(row.day)]
    if not row.called and row.is_open:
        row.outcome, row.said = (
            CopyOutcome.refused,
            "Nobody of those called is engaged on that day.",
        )
    elif away:
        row.said = " ".join(
            filter(None, (row.said, f"Without {', '.join(away)}: not engaged then."))
        )


def _mark_known(session: Session, production: Production, rows: Sequence[CopyRow]) -> None:
    """Say which copies are there already: made before, or the same call entered by hand."""
    days = [row.day for row in rows]
    there = calls_of(
        session, Call.production_id == production.id, Call.day_of.between(min(days), max(days))
    )
    keys = [row.key for row in rows]
    copies = {
        call.copy_key: call for call in session.scalars(select(Call).where(Call.copy_key.in_(keys)))
    }
    alike = {
        _likeness(c, c.day_of, c.venue): c for c in there if c.status is not CallStatus.cancelled
    }
    for row in rows:
        made = copies.get(row.key)
        same = alike.get(_likeness(row.call, row.day, row.venue))
        if made is not None and made.status is CallStatus.cancelled:
            row.outcome, row.said = (
                CopyOutcome.known,
                "Copied before and cancelled since. Bring it back there.",
            )
        elif made is not None or same is not None:
            row.outcome, row.said = CopyOutcome.known, "It is there already."


def _likeness(call: Call, day: date, venue: Venue | None) -> tuple[object, ...]:
    place = venue.id if venue is not None else None
    called = (
        () if call.is_for_everyone else tuple(sorted(a.engagement_id for a in call.assignments))
    )
    return (day, call.type, call.title, call.local_start, call.start_day_offset or 0, place, called)


def _make(session: Session, row: CopyRow) -> Call:
    source, hours = row.call, row.copied.hours
    made = Call(
        organisation_id=source.organisation_id,
        production=source.production,
        type=source.type,
        title=source.title,
        venue=row.venue,
        space=_space(source, row.venue),
        day_of=row.day,
        time_kind=source.time_kind,
        local_start=hours.local_start,
        start_day_offset=hours.start_day_offset,
        local_end=hours.local_end,
        end_day_offset=hours.end_day_offset,
        starts_fold=hours.fold or 0,
        ends_fold=hours.end_fold or 0,
        zone=None if row.venue is not None else source.zone,
        note=source.note,
        is_for_everyone=source.is_for_everyone,
        copy_key=row.key,
    )
    session.add(made)
    if not source.is_for_everyone:
        made.called = list(
            session.scalars(select(Engagement).where(Engagement.id.in_(sorted(row.called))))
        )
    enter(session, made)
    session.flush()
    return made


def _space(source: Call, venue: Venue | None) -> Space | None:
    """Return the same room at its own venue, the room of that name at another."""
    if source.space is None or venue is None:
        return None
    if source.venue_id == venue.id:
        return source.space
    return next(
        (room for room in venue.spaces if room.name == source.space.name and not room.archived_at),
        None,
    )
