"""When a signer is reminded: steps of so many days after sending, at nine by the clock of the artist."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.errors import Refused

CLOCK: Final = time(9)
"""By when a reminder comes: early in the working day of whoever gets it."""
MOST_STEPS: Final = 6
LONGEST: Final = 90


def parse_ladder(typed: str, field: str = "reminder_days") -> list[int]:
    """Return the steps somebody typed, such as ``3, 7, 12``; nothing typed is no reminder."""
    words = [word for word in re.split(r"[\s,;]+", typed.strip()) if word]
    if any(not (word.isascii() and word.isdigit() and len(word) <= 3) for word in words):
        raise Refused(
            "Write the days after sending, such as 3, 7, 12. Leave it empty for no reminder.",
            field=field,
        )
    steps = sorted({int(word) for word in words})
    if steps and (steps[0] < 1 or steps[-1] > LONGEST):
        raise Refused(f"A reminder comes 1 to {LONGEST} days after sending.", field=field)
    if len(steps) > MOST_STEPS:
        raise Refused(f"{MOST_STEPS} reminders are the most.", field=field)
    return steps


def write_ladder(steps: Sequence[int]) -> str:
    """Write the steps as they are typed."""
    return ", ".join(str(step) for step in steps)


def instant_of(sent_at: datetime, days: int, zone: str) -> datetime:
    """Return when a step is due: so many days after sending, at nine where the artist is."""
    there = ZoneInfo(zone)
    day = sent_at.astimezone(there).date() + timedelta(days=days)
    return datetime.combine(day, CLOCK, tzinfo=there).astimezone(UTC)


def steps_due(sent_at: datetime, ladder: Sequence[int], zone: str, at: datetime) -> int:
    """Return how many steps of a ladder lie behind: after a pause one letter stands for several."""
    return sum(instant_of(sent_at, days, zone) <= at for days in ladder)
