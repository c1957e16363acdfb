"""Rest between the end of one day's work and the start of the next, in hours that really pass."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.local_time import elapsed


@dataclass(frozen=True, slots=True)
class WorkDay:
    """From the first start to the last end of one person's show day."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ShortRest:
    """A break that is shorter than the rule."""

    after: datetime
    before: datetime
    rest: timedelta
    missing: timedelta


def find_short_rests(days: Iterable[WorkDay], least: timedelta) -> list[ShortRest]:
    """Return every break between two days of one person's that is shorter than ``least``."""
    found: list[ShortRest] = []
    latest: datetime | None = None
    for day in sorted(days, key=lambda one: one.starts_at):
        if latest is not None and (rest := elapsed(latest, day.starts_at)) < least:
            rest = max(rest, timedelta(0))
            found.append(ShortRest(latest, day.starts_at, rest, least - rest))
        latest = day.ends_at if latest is None else max(latest, day.ends_at)
    return found
