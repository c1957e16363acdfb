"""When a call is: what the form says, checked, and the instants it means at its place."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from app.domain.errors import Invalid, Refused
from app.domain.local_time import (
    AmbiguousTime,
    check_zone,
    day_on_the_clock,
    format_time,
    is_zone,
    resolve_local,
)
from app.domain.periods import check_day
from app.domain.schedules import TimeKind

LONGEST_CALL: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CallHours:
    """What somebody entered: a show day, clock times, and whether each comes after its midnight."""

    day_of: date
    time_kind: TimeKind = TimeKind.exact
    local_start: time | None = None
    start_day_offset: int = 0
    local_end: time | None = None
    end_day_offset: int = 0
    zone: str | None = None
    fold: int | None = None
    end_fold: int | None = None


@dataclass(frozen=True, slots=True)
class CallInstants:
    """When that is in UTC; unknown while the time is to come or the place has no zone."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    fold: int = 0
    end_fold: int = 0


def check_call(hours: CallHours) -> CallInstants:
    """Return the instants of a call, or refuse hours that cannot be kept, naming each field."""
    errors = _complaints(hours)
    if errors:
        raise Invalid(errors)
    if hours.zone is None or hours.local_start is None:
        return CallInstants()
    zone = check_zone(hours.zone)
    start_day = day_on_the_clock(hours.day_of, hours.start_day_offset)
    start = resolve_local(zone, start_day, hours.local_start, hours.fold)
    fold = _fold_of(zone, start_day, hours.local_start, start)
    if hours.local_end is None:
        return CallInstants(start, None, fold)
    end_day = day_on_the_clock(hours.day_of, hours.end_day_offset)
    end = _end_after(start, zone, end_day, hours)
    end_fold = _fold_of(zone, end_day, hours.local_end, end)
    return CallInstants(start, end, fold, end_fold)


def _complaints(hours: CallHours) -> dict[str, str]:
    try:
        check_day(hours.day_of)
    except Refused as refusal:
        return {"day_of": refusal.reason}
    if hours.time_kind is TimeKind.tbc:
        if hours.local_start or hours.local_end:
            return {"time_kind": "A time to be confirmed has no hour. Clear it, or choose about."}
        return {}
    if hours.local_start is None:
        if hours.local_end is not None or hours.time_kind is not TimeKind.hidden:
            return {"local_start": "Write when the call starts, or choose to be confirmed."}
        return {}
    if hours.local_end is None:
        return {}
    start = datetime.combine(
        day_on_the_clock(hours.day_of, hours.start_day_offset), hours.local_start
    )
    end = datetime.combine(day_on_the_clock(hours.day_of, hours.end_day_offset), hours.local_end)
    if end <= start and not _may_end_earlier(hours, start, end):
        return {"local_end": _before(hours.local_start, hours.local_end, hours.end_day_offset)}
    if end - start > LONGEST_CALL:
        return {"local_end": "A call lasts 24 hours at most. Make two calls of it."}
    return {}


def _may_end_earlier(hours: CallHours, start: datetime, end: datetime) -> bool:
    """Tell whether a call may end at an earlier clock time than it starts: the night clocks go back.

    Where it starts in the first of the two hours, or nobody has said yet in which.
    """
    if hours.fold == 1 or start - end >= timedelta(hours=1) or not is_zone(hours.zone or ""):
        return False
    if hours.fold == 0:
        return True
    try:
        resolve_local(hours.zone or "", start.date(), start.time())
    except AmbiguousTime:
        return True
    except Refused:
        return False
    return False


def _before(start: time, end: time, offset: int) -> str:
    way_out = "Change one of them." if offset else "If it ends after midnight, say so."
    return f"The end, {format_time(end)}, does not come after the start, {format_time(start)}. {way_out}"


def _fold_of(zone: str, day: date, clock: time, instant: datetime) -> int:
    """Tell which of two equal clock times an instant is; 1 only where the later one was chosen."""
    return int(resolve_local(zone, day, clock, 0) != instant)


def _end_after(start: datetime, zone: str, day: date, hours: CallHours) -> datetime:
    """Return the end: of two equal clock times the chosen one, or the only one after the start."""
    clock = hours.local_end or time()
    first, second = (resolve_local(zone, day, clock, fold, field="local_end") for fold in (0, 1))
    if first > start:
        return resolve_local(zone, day, clock, hours.end_fold, field="local_end")
    if second > start:
        return second
    raise Refused("The end does not come after the start.", field="local_end")
