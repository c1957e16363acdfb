"""What one person is told of one call, until they have taken note of it (domain.md 3.5, journey A3)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum, auto
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.domain.periods import format_day
from app.domain.schedule_versions import CallChange, Facts, diff_versions
from app.domain.schedule_words import name_call
from app.domain.schedules import ChangeKind, TimeKind

HOURS: Final = (
    "local_start", "start_day_offset", "local_end", "end_day_offset", "starts_at", "ends_at",
)  # fmt: skip
"""What is taken out of a notice while the time of a call is hidden or to be confirmed."""

UNTIMED: Final = frozenset({TimeKind.hidden, TimeKind.tbc})

ESCALATION_LEAD: Final = timedelta(hours=3)
"""So long before a call its production's manager hears who has not taken note of it."""

GRACE: Final = timedelta(minutes=15)
"""So long people have to take note before anybody is asked to ring them up."""


class CallNoticeState(StrEnum):
    """How far a notice has come; in the order in which each says more."""

    asked = auto()
    seen = auto()
    phoned = auto()
    confirmed = auto()


def state_of(
    seen_at: datetime | None, phoned_at: datetime | None, confirmed_at: datetime | None
) -> CallNoticeState:
    """Return how far a notice has come: what the person said themselves counts most."""
    if confirmed_at is not None:
        return CallNoticeState.confirmed
    if phoned_at is not None:
        return CallNoticeState.phoned
    return CallNoticeState.asked if seen_at is None else CallNoticeState.seen


def announced(facts: Facts) -> dict[str, Any]:
    """Return what a person may know of a call: not who else is called, and no hour that is hidden."""
    told = {name: value for name, value in facts.items() if name != "called"}
    if facts.get("time_kind") in UNTIMED:
        told |= {name: 0 if name.endswith("offset") else None for name in HOURS if name in told}
    return told


def differs(before: Facts, after: Facts) -> CallChange | None:
    """Return what changed between what a person knew and what holds now; either may be nothing."""
    old = {0: before} if before else {}
    new = {0: after} if after else {}
    return next(iter(diff_versions(old, new)), None)


def days_of(before: Facts, after: Facts) -> date:
    """Return the show day under which a notice stands: until it ends, the change is shown."""
    known = [date.fromisoformat(facts["day_of"]) for facts in (before, after) if facts]
    return max(known)


def known_by(before: Facts, after: Facts) -> datetime:
    """Return by when a person must know: the earlier of the old and the new beginning.

    Where no hour is announced, it is the beginning of the show day at the place.
    """
    return min(_begins(facts) for facts in (before, after) if facts)


def is_over(facts: Facts, at: datetime) -> bool:
    """Tell whether a call is past: its show day has ended at its place, and so has the call itself."""
    zone = ZoneInfo(facts.get("zone") or "UTC")
    next_day = date.fromisoformat(facts["day_of"]) + timedelta(days=1)
    ends = [datetime.combine(next_day, time(), zone)]
    ends += [
        datetime.fromisoformat(str(facts[name]))
        for name in ("starts_at", "ends_at")
        if facts.get(name)
    ]
    return max(end.astimezone(UTC) for end in ends) <= at


def is_old_news(change: CallChange, at: datetime) -> bool:
    """Tell whether a change is a call that somebody never heard of and that is over: nobody is told."""
    return change.kind is ChangeKind.added and is_over(change.new, at)


def is_late(known_by: datetime, asked_at: datetime, at: datetime) -> bool:
    """Tell whether somebody has to ring up now: the call is near, and there was time to take note."""
    return known_by - ESCALATION_LEAD <= at < known_by and at - asked_at >= GRACE


def headline(kind: ChangeKind, before: Facts, after: Facts) -> str:
    """Write a change in a few words: Spacing call is earlier."""
    name = name_call(after or before)
    if kind is ChangeKind.added:
        return f"New: {name}"
    if kind is ChangeKind.cancelled:
        return f"{name} is cancelled" if after else f"You are no longer called: {name}"
    if kind is ChangeKind.place:
        return f"{name} is at another place"
    return f"{name} {_moved(before, after)}" if kind is ChangeKind.moved else f"{name} has changed"


def _moved(before: Facts, after: Facts) -> str:
    if before["day_of"] != after["day_of"]:
        return f"is on {format_day(date.fromisoformat(after['day_of']))}"
    starts = [facts.get("starts_at") for facts in (before, after)]
    if not all(starts):
        return "has its time" if starts[1] else "has no fixed time now"
    old, new = (datetime.fromisoformat(str(text)) for text in starts)
    if new == old:
        return "ends at another time"
    return "is earlier" if new < old else "is later"


def _begins(facts: Mapping[str, Any]) -> datetime:
    if facts.get("starts_at"):
        return datetime.fromisoformat(facts["starts_at"]).astimezone(UTC)
    zone = ZoneInfo(facts.get("zone") or "UTC")
    return datetime.combine(date.fromisoformat(facts["day_of"]), time(), zone).astimezone(UTC)
