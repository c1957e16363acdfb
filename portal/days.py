"""How a day of calls is laid out on a phone: its title, its zone, what is past and what is next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.db.clock import now
from app.domain.local_time import format_time, offset_label
from app.domain.periods import format_day
from app.domain.schedules import CallStatus, CallType, TimeKind
from app.models.schedules import ScheduleVersion
from app.services.calls import OwnCall

ON_STAGE = frozenset({CallType.performance, CallType.dress})


@dataclass(slots=True)
class CallLine:
    """One call as its page writes it."""

    title: str
    production: str
    production_id: int
    production_key: str
    place: str
    roles: list[str]
    note: str
    zone: str
    time_kind: str
    local_start: time | None
    local_end: time | None
    starts_at: datetime | None
    ends_at: datetime | None
    is_cancelled: bool
    cancelled_reason: str
    is_past: bool
    is_next: bool = False
    wait: str = ""
    is_after_midnight: bool = False

    @property
    def is_timed(self) -> bool:
        """Tell whether an hour may be written: not while it is open or not announced."""
        return self.time_kind in {"exact", "about"} and self.local_start is not None

    @property
    def hours_said(self) -> str:
        """Return the hours in words, or that they are still to come."""
        if not self.is_timed or self.local_start is None:
            return "Time not announced yet" if self.time_kind == "hidden" else "Time TBC"
        about = "about " if self.time_kind == "about" else ""
        until = f" to {format_time(self.local_end)}" if self.local_end else ""
        late = " (after midnight)" if self.is_after_midnight else ""
        return f"{about}{format_time(self.local_start)}{until}{late}"

    @property
    def starts_iso(self) -> str:
        """Return the start for machines, with the venue's offset."""
        return _iso(self.starts_at, self.zone)

    @property
    def ends_iso(self) -> str:
        """Return the end for machines, with the venue's offset."""
        return _iso(self.ends_at, self.zone)

    @property
    def zone_label(self) -> str:
        """Return place and offset of the venue at the hour of the call."""
        return offset_label(self.zone, self.starts_at) if self.starts_at else self.zone


@dataclass(slots=True)
class Day:
    """One show day of one person."""

    on: date
    calls: list[CallLine] = field(default_factory=list)
    begins: str = ""

    @property
    def title(self) -> str:
        """Return the day as a heading: Thursday 19 November."""
        return f"{self.on:%A} {self.on.day} {self.on:%B}"

    @property
    def productions(self) -> list[str]:
        """Return what the calls are for, each once."""
        return list(dict.fromkeys(call.production for call in self.calls))

    @property
    def sheets(self) -> dict[str, str]:
        """Return the productions of the day by the name that leads to their call sheets."""
        return {call.production_key: call.production for call in self.calls}

    @property
    def headline(self) -> str:
        """Return productions and houses of the day."""
        places = dict.fromkeys(call.place.rpartition(", ")[2] for call in self.calls if call.place)
        return " · ".join([*self.productions, *places])

    @property
    def zones(self) -> list[str]:
        """Return the zones that the day's calls are in."""
        return list(dict.fromkeys(call.zone for call in self.calls))

    @property
    def place_of_zone(self) -> str:
        """Return the place that names the day's zone: Adelaide."""
        return self.zones[0].rpartition("/")[2].replace("_", " ")

    @property
    def offset(self) -> str:
        """Return the offset of the day's zone, as of its first call."""
        known = [call.starts_at for call in self.calls if call.starts_at]
        at = known[0] if known else datetime.combine(self.on, time(12), ZoneInfo(self.zones[0]))
        return offset_label(self.zones[0], at).rpartition(" ")[2]

    @property
    def first_timed(self) -> CallLine | None:
        """Return the first call that has an hour and takes place."""
        return next((c for c in self.calls if c.is_timed and not c.is_cancelled), None)

    @property
    def summary(self) -> str:
        """Return the day in a sentence: Company class, Studio 2. Then a fitting and a rehearsal."""
        going = [call for call in self.calls if not call.is_cancelled]
        if not going:
            return "All calls of that day are cancelled."
        first = ", ".join(part for part in (going[0].title, going[0].place) if part)
        rest = [call.title for call in going[1:]]
        if not rest:
            return f"{first}."
        listed = " and ".join(part for part in (", ".join(rest[:-1]), rest[-1]) if part)
        return f"{first}. Then {listed}."

    def is_over(self, at: datetime) -> bool:
        """Tell whether the day is past at its own places, its last call included."""
        ends = [call.ends_at for call in self.calls if call.ends_at]
        zones = self.zones or ["UTC"]
        midnights = [
            datetime.combine(self.on + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
            for zone in zones
        ]
        return max([*ends, *midnights]) <= at


def days_of(calls: Sequence[OwnCall], at: datetime, *, home_zone: str) -> list[Day]:
    """Lay calls out by show day. ``home_zone`` stands in where a place has no zone yet."""
    days = [
        Day(on, [_line(own, at, home_zone) for own in group])
        for on, group in groupby(calls, key=lambda own: own.call.day_of)
    ]
    _mark_next(days, at)
    return days


def day_as_text(day: Day, versions: Sequence[str]) -> str:
    """Write a day as plain text, zone first: what somebody pastes into a message."""
    head = f"{day.title} {day.on.year}"
    zones = f"Times are {day.place_of_zone} {day.offset}." if len(day.zones) == 1 else ""
    calls = [_call_as_text(call, names_zone=len(day.zones) > 1) for call in day.calls]
    body = calls or ["No calls."]
    stamp = [f"{version}." for version in versions]
    return "\n".join([line for line in (head, day.headline, zones) if line] + body + stamp) + "\n"


def _call_as_text(call: CallLine, *, names_zone: bool) -> str:
    hours = call.hours_said + (f" ({call.zone_label})" if names_zone and call.is_timed else "")
    what = ", ".join(part for part in (call.title, call.place) if part)
    return f"{hours}  {what}: CANCELLED" if call.is_cancelled else f"{hours}  {what}"


def version_line(version: ScheduleVersion, zone: str, *, named: bool) -> str:
    """Write which version of a schedule is shown: Version 14, published Wed 18:05."""
    local = version.published_at.astimezone(ZoneInfo(zone))
    head = f"{version.production.title} version" if named else "Version"
    return f"{head} {version.number}, published {_published(local)}"


def _published(local: datetime) -> str:
    recent = now() - local < timedelta(days=6)
    day = f"{local:%a}" if recent else format_day(local.date())
    return f"{day} {format_time(local.time())}"


def _mark_next(days: Iterable[Day], at: datetime) -> None:
    waiting = (c for day in days for c in day.calls if not c.is_cancelled and not c.is_past)
    upcoming = next((call for call in waiting if call.starts_at and call.is_timed), None)
    if upcoming is not None and upcoming.starts_at is not None:
        upcoming.is_next = True
        upcoming.wait = _span(upcoming.starts_at - at)


def _span(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    if minutes < 0 or minutes >= 24 * 60:
        return ""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min") if part)


def _line(own: OwnCall, at: datetime, home_zone: str) -> CallLine:
    call = own.call
    places = [str(place) for place in (call.space, call.venue) if place is not None]
    return CallLine(
        title=str(call)[:1].upper() + str(call)[1:],
        production=str(call.production),
        production_id=call.production_id,
        production_key=str(call.production.public_id),
        place=", ".join(places),
        roles=_roles(own) if call.type in ON_STAGE else [],
        note=call.note,
        zone=call.zone or home_zone,
        time_kind=call.time_kind.value,
        local_start=call.local_start if call.time_kind is not TimeKind.hidden else None,
        local_end=call.local_end if call.time_kind is not TimeKind.hidden else None,
        starts_at=call.starts_at if call.time_kind is not TimeKind.hidden else None,
        ends_at=call.ends_at,
        is_cancelled=call.status is CallStatus.cancelled,
        cancelled_reason=call.cancelled_reason,
        is_past=_is_past(own, at),
        is_after_midnight=bool(call.start_day_offset),
    )


def _roles(own: OwnCall) -> list[str]:
    engagement = own.engagement
    return [] if engagement is None else [_role(role.role, role.cast) for role in engagement.roles]


def _role(role: str, cast: str) -> str:
    return f"{role} (cast {cast})" if cast else role


def _is_past(own: OwnCall, at: datetime) -> bool:
    end = own.call.ends_at or own.call.starts_at
    return end is not None and end <= at


def _iso(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") if at else ""
