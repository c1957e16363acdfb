"""Rest between two days' work and the span of one, in hours that really pass, also as clocks change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.local_time import elapsed


@dataclass(frozen=True, slots=True)
class WorkDay:
    """From the first start to the last end of one person's show day, and the calls at both ends."""

    starts_at: datetime
    ends_at: datetime
    opens_with: int = 0
    closes_with: int = 0


@dataclass(frozen=True, slots=True)
class ShortRest:
    """A break that is shorter than the rule."""

    earlier: WorkDay
    later: WorkDay
    rest: timedelta
    missing: timedelta


@dataclass(frozen=True, slots=True)
class LongDay:
    """A day that lasts longer from its first start to its last end than the rule allows."""

    day: WorkDay
    span: timedelta
    over: timedelta


Measure = Callable[[WorkDay], timedelta | None]
"""How long a rule says for a day; None where there is no rule. The rules of two days may differ."""


def find_short_rests(days: Iterable[WorkDay], least: timedelta | Measure) -> list[ShortRest]:
    """Return every break before a day of one person's that is shorter than its rule."""
    found: list[ShortRest] = []
    latest: WorkDay | None = None
    for day in sorted(days, key=lambda one: one.starts_at):
        rule = _of(least, day)
        if latest is not None and rule is not None:
            rest = elapsed(latest.ends_at, day.starts_at)
            if rest < rule:
                rest = max(rest, timedelta(0))
                found.append(ShortRest(latest, day, rest, rule - rest))
        latest = day if latest is None or day.ends_at >= latest.ends_at else latest
    return found


def find_long_days(days: Iterable[WorkDay], most: timedelta | Measure) -> list[LongDay]:
    """Return every day of one person's that spans more than its rule."""
    found = []
    for day in sorted(days, key=lambda one: one.starts_at):
        rule, span = _of(most, day), elapsed(day.starts_at, day.ends_at)
        if rule is not None and span > rule:
            found.append(LongDay(day, span, span - rule))
    return found


def say_duration(length: timedelta) -> str:
    """Write how long something takes: 10 h 45 min."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    said = [f"{hours} h"] if hours else []
    return " ".join(said + ([f"{minutes} min"] if minutes or not hours else []))


def _of(rule: timedelta | Measure, day: WorkDay) -> timedelta | None:
    return rule if isinstance(rule, timedelta) else rule(day)
