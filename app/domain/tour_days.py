"""Which days somebody is away from home, by what was published: called, travelling, free on tour.

A day is one in the zone of the place: a call after midnight belongs to its show day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from itertools import pairwise
from typing import Final

from app.domain.names import fold
from app.domain.periods import Period
from app.domain.schedules import CallType

LONGEST_FREE: Final = 6
"""Days without a call in one place. After more of them nobody can tell that people stayed."""


class DayKind(StrEnum):
    """Why a day counts as one away."""

    called = auto()
    day_off = auto()
    free = auto()
    travel_out = auto()
    travel_on = auto()
    travel_home = auto()


PART_DAYS: Final = frozenset({DayKind.travel_out, DayKind.travel_home})
"""Days that begin or end at home."""

WHY: Final = {
    DayKind.called: "Call in {}",
    DayKind.day_off: "Day off in {}",
    DayKind.free: "Free day in {}",
    DayKind.travel_out: "Travel from home to {}",
    DayKind.travel_on: "Travel to {}",
    DayKind.travel_home: "Travel home from {}",
}


@dataclass(frozen=True, slots=True)
class DayCall:
    """A published call, as far as being away goes."""

    day: date
    type: CallType
    place: str
    """The city; empty where the call has no place."""
    zone: str = ""
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TourDay:
    """A day away, where and why."""

    day: date
    place: str
    zone: str
    kind: DayKind

    @property
    def why(self) -> str:
        """Return the reason in words: Call in Adelaide."""
        return WHY[self.kind].format(self.place)


@dataclass(slots=True)
class TourDays:
    """The days away, and the days of which what was published does not tell."""

    days: list[TourDay] = field(default_factory=list)
    unclear: list[tuple[Period, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stop:
    """A day that is known: where somebody wakes and sleeps; None is at home."""

    day: date
    wakes: str | None
    sleeps: str | None
    shown: TourDay | None


def days_away(calls: Iterable[DayCall], home: str = "") -> TourDays:
    """Return the days away from home; without a known home every place is away."""
    by_day: dict[date, list[DayCall]] = {}
    for call in sorted(calls, key=lambda one: (one.day, one.starts_at is not None, _clock(one))):
        by_day.setdefault(call.day, []).append(call)
    stops = {day: _stop(day, called, home) for day, called in by_day.items() if _stays(called)}
    _settle_days_off(stops)
    trips = [_trip(day, by_day[day], stops, home) for day in by_day if day not in stops]
    known = sorted([*(s for s in stops.values() if s), *trips], key=lambda stop: stop.day)
    found = TourDays([stop.shown for stop in known if stop.shown is not None])
    for before, after in pairwise(known):
        _fill(found, before, after, {one.day: one for one in found.days})
    found.days.sort(key=lambda one: one.day)
    return found


def is_home(place: str, home: str) -> bool:
    """Tell whether a city is somebody's home base; "Brisbane, Queensland" is Brisbane."""
    return bool(_town(home)) and _town(place) == _town(home)


def _town(place: str) -> str:
    return fold(place.split(",", maxsplit=1)[0]).strip()


def _clock(call: DayCall) -> float:
    return call.starts_at.timestamp() if call.starts_at is not None else 0.0


def _stays(called: list[DayCall]) -> bool:
    return any(call.type is not CallType.travel for call in called)


def _stop(day: date, called: list[DayCall], home: str) -> _Stop | None:
    """Return where somebody is who does not only travel; of several places away the last."""
    works = [c for c in called if c.type not in (CallType.travel, CallType.day_off)]
    kind = DayKind.called if works else DayKind.day_off
    placed = [c for c in works or called if c.place and c.type is not CallType.travel]
    away = [c for c in placed if not is_home(c.place, home)]
    if away:
        place, zone = away[-1].place, away[-1].zone
        return _Stop(day, place, place, TourDay(day, place, zone, kind))
    return _Stop(day, None, None, None) if placed or works else None


def _settle_days_off(stops: dict[date, _Stop | None]) -> None:
    """Put a day off that names no place where its people were the day before it."""
    last: _Stop | None = None
    for day in sorted(stops):
        stop = stops[day]
        if stop is None:
            shown = last.shown if last is not None else None
            off = TourDay(day, shown.place, shown.zone, DayKind.day_off) if shown else None
            place = off.place if off else None
            stop = _Stop(day, place, place, off)
            stops[day] = stop
        last = stop


def _trip(day: date, called: list[DayCall], stops: dict[date, _Stop | None], home: str) -> _Stop:
    """Return what a day of travel alone is: out, on to the next place, or home."""
    before = max((d for d in stops if d < day), default=None)
    after = min((d for d in stops if d > day), default=None)
    was = _shown(stops, before)
    will = _shown(stops, after)
    own = next((c for c in reversed(called) if c.place and not is_home(c.place, home)), None)
    if will is None and after is None and was is None and own is not None:
        will = TourDay(day, own.place, own.zone, DayKind.called)
    if will is not None:
        kind = DayKind.travel_out if was is None else DayKind.travel_on
        shown = TourDay(day, will.place, will.zone, kind)
        return _Stop(day, was.place if was else None, will.place, shown)
    if was is not None:
        shown = TourDay(day, was.place, was.zone, DayKind.travel_home)
        return _Stop(day, was.place, None, shown)
    return _Stop(day, None, None, None)


def _shown(stops: dict[date, _Stop | None], day: date | None) -> TourDay | None:
    stop = stops[day] if day is not None else None
    return stop.shown if stop is not None else None


def _fill(found: TourDays, before: _Stop, after: _Stop, shown: dict[date, TourDay]) -> None:
    """Count the days between two known ones, if their people can have been in one place only."""
    between = list(_between(before.day, after.day))
    if not between or before.sleeps is None or after.wakes is None:
        return
    period = Period(between[0], between[-1])
    if before.sleeps != after.wakes:
        words = f"Nothing is published between {before.sleeps} and {after.wakes}"
        found.unclear.append((period, f"{words}. Publish the travel, or it is not counted."))
    elif len(between) > LONGEST_FREE:
        words = f"{len(between)} days without a call in {before.sleeps}"
        found.unclear.append((period, f"{words}. Publish days off, or they are not counted."))
    else:
        place = shown[before.day]
        found.days.extend(TourDay(day, place.place, place.zone, DayKind.free) for day in between)


def _between(first: date, last: date) -> Iterator[date]:
    day = first + timedelta(days=1)
    while day < last:
        yield day
        day += timedelta(days=1)
