"""Rows about calls: to what, when and where."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.errors import Refused
from app.domain.import_book import Cell, shown
from app.domain.import_places import production_key, read_zone, venue_key
from app.domain.import_rows import RowCells
from app.domain.import_values import read_clock, read_date
from app.domain.local_time import AmbiguousTime, resolve_local
from app.domain.names import fold
from app.domain.schedules import CallType, TimeKind

TYPES: Final = {
    **{kind.value.replace("_", " "): kind for kind in CallType},
    "class": CallType.company_class,
    "warm-up": CallType.company_class,
    "show": CallType.performance,
    "concert": CallType.performance,
    "matinee": CallType.performance,
    "opening": CallType.performance,
    "working rehearsal": CallType.rehearsal,
    "studio call": CallType.rehearsal,
    "sitzprobe": CallType.rehearsal,
    "repetition": CallType.rehearsal,
    "placing": CallType.placing_call,
    "spacing call": CallType.placing_call,
    "technical rehearsal": CallType.tech,
    "dress rehearsal": CallType.dress,
    "general": CallType.dress,
    "costume fitting": CallType.fitting,
    "press": CallType.media,
    "interview": CallType.media,
    "get-in": CallType.bump_in,
    "load-in": CallType.bump_in,
    "get-out": CallType.bump_out,
    "load-out": CallType.bump_out,
    "day off": CallType.day_off,
    "free day": CallType.day_off,
}


@dataclass(frozen=True, slots=True)
class CallDraft:
    """A call as a row describes it. Local time is the truth; the zone may still be missing."""

    row: int
    production: str
    type: CallType
    day: date
    starts: time | None
    ends: time | None
    venue: str
    city: str
    zone: str | None
    note: str
    cells: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return what makes it this call: production, kind, day, time and place."""
        clock = f"{self.starts:%H:%M}" if self.starts else "tbc"
        return f"{self.key_without_time}|{clock}|{self.venue_key}"

    @property
    def key_without_time(self) -> str:
        """Return the key that a call keeps when its time becomes known."""
        return "|".join((production_key(self.production), self.type.value, self.day.isoformat()))

    @property
    def venue_key(self) -> str:
        """Return the key of its venue; empty where the row names none."""
        return venue_key(self.venue, self.city) if self.venue else ""

    @property
    def time_kind(self) -> TimeKind:
        """Return how sure its time is: a call without time is to be confirmed."""
        return TimeKind.tbc if self.starts is None else TimeKind.exact

    @property
    def end_day_offset(self) -> int:
        """Return 1 where it ends after midnight."""
        return int(bool(self.starts and self.ends and self.ends <= self.starts))

    def at(self, zone: str | None) -> "CallDraft":
        """Return the same call with the zone of its place."""
        return replace(self, zone=zone)

    def instants(self) -> tuple[datetime | None, datetime | None]:
        """Return its beginning and end in UTC, as far as time and zone are known."""
        if self.starts is None or self.zone is None:
            return None, None
        begins = instant(self.zone, self.day, self.starts)
        if self.ends is None:
            return begins, None
        return begins, instant(self.zone, self.day + timedelta(days=self.end_day_offset), self.ends)


def instant(zone: str, day: date, clock: time) -> datetime:
    """Return the instant of a local time, the first of two where clocks go back."""
    try:
        return resolve_local(zone, day, clock)
    except AmbiguousTime:
        return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def check_clock(zone: str, day: date, clock: time) -> str:
    """Refuse a time that clocks jump over; return what to say of one that comes twice."""
    try:
        resolve_local(zone, day, clock)
    except AmbiguousTime as twice:
        return f"{twice.reason} The first of the two is taken; change it on the call if it is the other."
    return ""


def read_call(cells: RowCells) -> CallDraft | None:
    """Read a row about a call; None where it is refused."""
    production = cells.need("production", shown)
    kind = cells.need("type", read_type)
    day = cells.need("day", read_date)
    starts = cells.read("starts", read_clock)
    ends = cells.read("ends", read_clock)
    zone = cells.read("zone", read_zone)
    if starts is None and ends is not None:
        cells.refuse("ends", "It has an end without a beginning. Write the beginning, or no end.")
    if cells.is_refused or production is None or kind is None or day is None:
        return None
    venue, city = cells.text("venue"), cells.text("city")
    return CallDraft(
        cells.number, production, kind, day, starts, ends, venue, city, zone, cells.text("note"), cells.same_as()
    )  # fmt: skip


def read_type(cell: Cell) -> CallType:
    """Return what somebody is called to."""
    written = shown(cell)
    try:
        return TYPES[fold(written).replace("_", " ")]
    except KeyError:
        known = ", ".join(kind.value.replace("_", " ") for kind in CallType)
        raise Refused(f"{written} is not a kind of call we know. Write one of: {known}.") from None
