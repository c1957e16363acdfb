"""One person's calls, checked: places, days off, dates, rest, span and travel; all in real hours."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from itertools import islice, pairwise, takewhile
from typing import Final

from app.domain.conflict_words import (
    call_and_place,
    clock_at,
    clocks_change,
    stretch_of,
)
from app.domain.conflicts import (
    Conflict,
    ConflictKind,
    Diary,
    Distance,
    Fix,
    Presence,
    RulesOn,
)
from app.domain.local_time import elapsed
from app.domain.periods import format_day
from app.domain.rest import WorkDay, find_long_days, find_short_rests, say_duration
from app.domain.schedules import CallType

DISTANCE_MATTERS_WITHIN: Final = timedelta(hours=2)
"""With more time than this between two venues nobody is asked how far they are apart."""


def find_conflicts(diary: Diary, rules_on: RulesOn, distance: Distance) -> list[Conflict]:
    """Return everything that stands against one person's calls."""
    timed = sorted(
        (one for one in diary.presences if one.starts_at is not None and one.is_work),
        key=lambda one: (one.starts_at, one.call_id),
    )
    return [
        *_at_once(timed),
        *_between_venues(timed, distance),
        *_dates(diary),
        *_days_off(diary),
        *_hours(timed, rules_on),
    ]


def _at_once(timed: list[Presence]) -> Iterator[Conflict]:
    for place, one in enumerate(timed):
        # They are in the order of their starts: after the first that does not meet it, none does.
        for other in takewhile(partial(_meet, one), islice(timed, place + 1, None)):
            yield _called_twice(one, other)


def _meet(one: Presence, other: Presence) -> bool:
    """Tell whether two calls, the earlier first, take up the same time."""
    if one.starts_at is None or other.starts_at is None or one.until is None:
        return False
    return other.starts_at < one.until or other.starts_at == one.starts_at


def _called_twice(one: Presence, other: Presence) -> Conflict:
    apart = None not in (one.venue_id, other.venue_id) and one.venue_id != other.venue_id
    is_sure = one.is_sure and other.is_sure
    kind = ConflictKind.two_places if apart and is_sure else ConflictKind.overlap
    way_out = (
        "Move one of the two, or call somebody else."
        if kind is ConflictKind.two_places
        else "Move one of the two, or give a reason."
    )
    starts = other.starts_at
    ends = min(filter(None, (one.until, other.until)))
    return Conflict(
        kind,
        (one.call_id, other.call_id),
        other.day_of,
        stretch_of(starts, max(starts, ends), other.zone) if starts else "",
        f"{call_and_place(one)}; and {call_and_place(other)}.",
        way_out,
        fix=Fix(other.call_id, other.title),
    )


def _between_venues(timed: list[Presence], distance: Distance) -> Iterator[Conflict]:
    for one, other in pairwise(timed):
        if one.until is None or other.starts_at is None or _meet(one, other):
            continue
        if one.venue_id is None or other.venue_id is None or one.venue_id == other.venue_id:
            continue
        if CallType.travel in (one.type, other.type):
            continue
        minutes = distance(one.venue_id, other.venue_id)
        gap = elapsed(one.until, other.starts_at)
        if minutes is None and gap < DISTANCE_MATTERS_WITHIN:
            yield _unknown(one, other, gap)
        elif minutes is not None and gap < timedelta(minutes=minutes):
            yield _too_far(one, other, gap, timedelta(minutes=minutes))


def _unknown(one: Presence, other: Presence, gap: timedelta) -> Conflict:
    return Conflict(
        ConflictKind.no_distance,
        (one.call_id, other.call_id),
        other.day_of,
        _gap(one, other),
        f"From {one.venue} to {other.venue}: nobody has said how long that takes.",
        "Say how far the two are apart, and it is checked.",
        amount=say_duration(gap),
    )


def _too_far(one: Presence, other: Presence, gap: timedelta, needed: timedelta) -> Conflict:
    earliest = clock_at(one.until + needed, other.zone) if one.until else ""
    return Conflict(
        ConflictKind.travel_time,
        (one.call_id, other.call_id),
        other.day_of,
        _gap(one, other),
        f"From {one.title}, {one.venue}, to {other.title}, {other.venue}: {say_duration(needed)}.",
        f"{other.title} at {earliest} or later would do.",
        amount=say_duration(gap),
        fix=Fix(other.call_id, other.title, "local_start", earliest),
    )


def _gap(one: Presence, other: Presence) -> str:
    if one.until is None or other.starts_at is None:
        return format_day(other.day_of)
    return stretch_of(one.until, other.starts_at, other.zone)


def _dates(diary: Diary) -> Iterator[Conflict]:
    for one in diary.presences:
        if not one.is_work:
            continue
        if not one.is_engaged:
            yield _on_day(ConflictKind.not_engaged, one, "The engagement does not run on that day.")
        for absence in diary.absences:
            if one.day_of in absence.days:
                last = absence.days.ends_on or absence.days.starts_on
                days = f"{format_day(absence.days.starts_on)} to {format_day(last)}"
                kind, word = (
                    (ConflictKind.unavailable, "Accepted")
                    if absence.is_accepted
                    else (ConflictKind.asked_off, "Asked for and not decided yet")
                )
                yield _on_day(kind, one, f"{word}: {days}.")


def _on_day(kind: ConflictKind, one: Presence, fact: str) -> Conflict:
    return Conflict(
        kind,
        (one.call_id,),
        one.day_of,
        format_day(one.day_of),
        f"{fact} Called to {call_and_place(one)}.",
        "Call somebody else, or give a reason.",
        fix=Fix(one.call_id, one.title),
    )


def _days_off(diary: Diary) -> Iterator[Conflict]:
    off = {one.day_of: one for one in diary.presences if not one.is_work}
    for one in diary.presences:
        if one.is_work and one.day_of in off:
            free = off[one.day_of]
            yield Conflict(
                ConflictKind.day_off,
                (free.call_id, one.call_id),
                one.day_of,
                format_day(one.day_of),
                f"{free.title}; and {call_and_place(one)}.",
                "Cancel one of the two, or give a reason.",
                fix=Fix(one.call_id, one.title),
            )


def _hours(timed: list[Presence], rules_on: RulesOn) -> Iterator[Conflict]:
    known = {one.call_id: one for one in timed}
    days = work_days(timed)

    def rules(day: WorkDay) -> tuple[timedelta | None, timedelta | None, str]:
        found = rules_on(known[day.opens_with].day_of)
        return (found.rest, found.span, found.name) if found else (None, None, "")

    for short in find_short_rests(days, lambda day: rules(day)[0]):
        one, other = known[short.earlier.closes_with], known[short.later.opens_with]
        least = short.rest + short.missing
        earliest = clock_at(short.earlier.ends_at + least, other.zone)
        unsure = "" if one.ends_at else f" {one.title} has no end: counted from its start."
        yield Conflict(
            ConflictKind.short_rest,
            (one.call_id, other.call_id),
            other.day_of,
            stretch_of(short.earlier.ends_at, max(short.earlier.ends_at, short.later.starts_at), other.zone),
            f"Rule: {say_duration(least)} between two days ({rules(short.later)[2]})."
            f"{clocks_change(one, other)}{unsure}",
            f"{other.title} at {earliest} or later would satisfy it.",
            amount=say_duration(short.rest),
            fix=Fix(other.call_id, other.title, "local_start", earliest),
        )  # fmt: skip
    for long in find_long_days(days, lambda day: rules(day)[1]):
        one, last = known[long.day.opens_with], known[long.day.closes_with]
        most = long.span - long.over
        yield Conflict(
            ConflictKind.long_day,
            (one.call_id, last.call_id),
            one.day_of,
            stretch_of(long.day.starts_at, long.day.ends_at, one.zone),
            f"Rule: {say_duration(most)} from the first call to the last ({rules(long.day)[2]})."
            f"{clocks_change(one, last) if one is not last else ''}",
            f"An end at {clock_at(long.day.starts_at + most, last.zone)} or a start at "
            f"{clock_at(long.day.ends_at - most, one.zone)} would satisfy it.",
            amount=say_duration(long.span),
            fix=Fix(last.call_id, last.title),
        )


def work_days(timed: list[Presence]) -> list[WorkDay]:
    """Return one person's show days, each from its first start to its last end."""
    days: dict[date, list[Presence]] = {}
    for one in timed:
        days.setdefault(one.day_of, []).append(one)
    found = []
    for ones in days.values():
        first = min(ones, key=lambda one: (one.starts_at, one.call_id))
        last = max(ones, key=lambda one: (one.until, one.call_id))
        if first.starts_at is not None and last.until is not None:
            found.append(WorkDay(first.starts_at, last.until, first.call_id, last.call_id))
    return found
