"""How a conflict is said: who it meets, the hours, the rule, and a way out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.conflicts import Conflict, ConflictKind, Presence
from app.domain.local_time import elapsed, offset_label
from app.domain.periods import format_day
from app.domain.rest import say_duration

VERBS: Final[dict[ConflictKind, tuple[str, str]]] = {
    ConflictKind.two_places: ("is called in two places", "are called in two places"),
    ConflictKind.overlap: ("is called twice at once", "are called twice at once"),
    ConflictKind.day_off: ("has a day off and is called", "have a day off and are called"),
    ConflictKind.unavailable: ("is not available", "are not available"),
    ConflictKind.asked_off: ("has asked not to work", "have asked not to work"),
    ConflictKind.not_engaged: ("is called outside the contract", "are called outside the contract"),
    ConflictKind.short_rest: ("rests {}", "rest {}"),
    ConflictKind.long_day: ("works a day of {}", "work a day of {}"),
    ConflictKind.travel_time: ("has {} to get there", "have {} to get there"),
    ConflictKind.no_distance: ("changes the venue in {}", "change the venue in {}"),
}
SHORT: Final[dict[ConflictKind, str]] = {
    ConflictKind.two_places: "Two places at once",
    ConflictKind.overlap: "Two calls at once",
    ConflictKind.day_off: "Day off",
    ConflictKind.unavailable: "Not available",
    ConflictKind.asked_off: "Asked not to work",
    ConflictKind.not_engaged: "Outside the contract",
    ConflictKind.short_rest: "Rest {}",
    ConflictKind.long_day: "Day of {}",
    ConflictKind.travel_time: "{} to travel",
    ConflictKind.no_distance: "Distance not known",
}


def say_who(names: Sequence[str]) -> str:
    """Name one or two people, of more the first and how many others."""
    if len(names) > 2:
        return f"{names[0]} and {len(names) - 1} others"
    return " and ".join(names)


def say_conflict(conflict: Conflict, names: Sequence[str]) -> str:
    """Say whom a conflict meets and when, as its headline."""
    verb = VERBS[conflict.kind][len(names) > 1].format(conflict.amount)
    return f"{say_who(names)} {verb}, {conflict.when}"


def say_short(conflict: Conflict) -> str:
    """Say a conflict in the cell of a week."""
    return SHORT[conflict.kind].format(conflict.amount)


def clock_at(instant: datetime, zone: str) -> str:
    """Write what the clock of a place shows: 22:15."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def moment_at(instant: datetime, zone: str) -> str:
    """Write day and clock at a place: Fri 20 Nov 22:15."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{format_day(local.date())} {local:%H:%M}"


def stretch_of(starts: datetime, ends: datetime, zone: str) -> str:
    """Write from when to when, with days where they differ and the zone once."""
    first, last = (moment.astimezone(ZoneInfo(zone)) for moment in (starts, ends))
    until = clock_at(ends, zone) if first.date() == last.date() else moment_at(ends, zone)
    to = "" if starts == ends else f" to {until}"
    return f"{moment_at(starts, zone)}{to}, {offset_label(zone, starts)}"


def call_and_place(one: Presence) -> str:
    """Name a call with its hours and venue."""
    hours = ""
    if one.starts_at is not None:
        until = f" to {clock_at(one.ends_at, one.zone)}" if one.ends_at else ""
        hours = f" {clock_at(one.starts_at, one.zone)}{until}"
    return f"{one.title}{hours}" + (f", {one.venue}" if one.venue else "")


def clocks_change(earlier: Presence, later: Presence) -> str:
    """Explain where the clock shows another time than really passes; nothing where it does not."""
    starts, ends = earlier.until, later.starts_at
    if starts is None or ends is None or earlier.zone != later.zone:
        return ""
    where = ZoneInfo(later.zone)
    shown = ends.astimezone(where).replace(tzinfo=None) - starts.astimezone(where).replace(
        tzinfo=None
    )
    gained = elapsed(starts, ends) - shown
    if not gained:
        return ""
    way = "back" if gained > timedelta(0) else "forward"
    return f" The clock shows {say_duration(shown)}, but clocks go {way} in between."
