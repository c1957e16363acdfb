"""Local time at a place: what the clock on the wall says is the truth, UTC is worked out from it.

The zones are IANA's, through ``zoneinfo`` (PEP 615) and the ``tzdata`` wheel; which of two equal
clock times is meant is ``fold`` (PEP 495).
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.domain.errors import Refused
from app.domain.periods import format_day, spell_day


class AmbiguousTime(Refused):
    """A clock time that comes twice. ``offsets`` are the two, earlier first; ``fold`` 0 or 1 chooses."""

    def __init__(self, reason: str, offsets: tuple[str, str], *, field: str) -> None:
        super().__init__(reason, field=field)
        self.offsets = offsets


def check_zone(name: str | None, field: str = "zone") -> str:
    """Return the name of a zone that exists, or refuse."""
    typed = (name or "").strip()
    if not typed:
        raise Refused("Choose the time zone of the place, such as Australia/Adelaide.", field=field)
    if typed not in _known_zones():
        raise Refused(
            f"{typed} is not a time zone. Write it as area and city, such as Australia/Adelaide.",
            field=field,
        )
    return typed


def is_zone(name: str) -> bool:
    """Tell whether a zone of that name exists."""
    return name in _known_zones()


def zone_place(zone: str) -> str:
    """Return the place a zone is named after: Australia/Lord_Howe is Lord Howe."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def resolve_local(
    zone: str, day: date, clock: time, fold: int | None = None, *, field: str = "local_start"
) -> datetime:
    """Return the UTC instant of a clock time at a place, or refuse one that does not or twice exist."""
    where = ZoneInfo(zone)
    naive = datetime.combine(day, clock.replace(fold=0, tzinfo=None))
    earlier, later = (naive.replace(tzinfo=where, fold=n).astimezone(UTC) for n in (0, 1))
    if earlier == later:
        return earlier
    # PEP 495: in a gap fold 0 takes the offset before it and lands later than fold 1.
    if earlier > later:
        raise Refused(_missing(zone, naive, earlier, later), field=field)
    if fold is None:
        offsets = (offset_label(zone, earlier), offset_label(zone, later))
        raise AmbiguousTime(
            f"{format_time(clock)} comes twice in {zone_place(zone)} on {spell_day(day)}: "
            f"clocks go back. Choose {offsets[0]} or {offsets[1]}.",
            offsets,
            field=field,
        )
    return later if fold else earlier


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Return the time that really passes, also on a night when clocks change."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def offset_label(zone: str, instant: datetime) -> str:
    """Name a zone for people: its place and offset at that instant, Adelaide +10:30."""
    shift = instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = int(shift.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{zone_place(zone)} {sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def format_time(clock: time) -> str:
    """Write a clock time: 13:30."""
    return f"{clock:%H:%M}"


def format_instant(instant: datetime, zone: str) -> str:
    """Write an instant as the place sees it: Thu 19 Nov 13:30, Adelaide +10:30."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{format_day(local.date())} {local:%H:%M}, {offset_label(zone, instant)}"


def today_in(zone: str, now: datetime) -> date:
    """Return what day it is at a place."""
    return now.astimezone(ZoneInfo(zone)).date()


def day_on_the_clock(day_of: date, after_midnight: int) -> date:
    """Return the calendar day of a time that belongs to a show day but may come after its midnight."""
    return day_of + timedelta(days=after_midnight)


def _missing(zone: str, naive: datetime, after: datetime, before: datetime) -> str:
    """Say that clocks jump over this time, from when to when, and the two times on either side.

    ``after`` reads the time with the offset before the jump, so it falls after; ``before`` is the other.
    """
    where = ZoneInfo(zone)
    gap = after.astimezone(where).replace(tzinfo=None) - naive
    edge = _jump(zone, before, after)
    begins = (edge.astimezone(where).replace(tzinfo=None)) - gap
    ends = begins + gap
    if gap >= timedelta(days=1):
        return _missing_day(zone, naive.date())
    choices = (after.astimezone(where), before.astimezone(where))
    return (
        f"{naive:%H:%M} does not exist in {zone_place(zone)} on {spell_day(naive.date())}: "
        f"clocks go from {begins:%H:%M} to {ends:%H:%M}. "
        f"Choose {choices[0]:%H:%M} or {choices[1]:%H:%M}."
    )


def _missing_day(zone: str, day: date) -> str:
    """Say that a place skipped a day, as Samoa did when it crossed the date line."""
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    return (
        f"{spell_day(day)} does not exist in {zone_place(zone)}: the calendar goes from "
        f"{spell_day(before)} to {spell_day(after)}. Choose another day."
    )


def _jump(zone: str, before: datetime, after: datetime) -> datetime:
    """Return the instant between the two at which the offset changes, to the second."""
    where = ZoneInfo(zone)
    old = before.astimezone(where).utcoffset()
    low, high = before, after
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(where).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(
        name
        for name in available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    ) | {"UTC"}
