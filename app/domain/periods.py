"""Periods of days, both ends included, and what the people call them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.errors import Refused

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
"""Outside of these somebody mistyped the year; and no zone can be counted at the ends of the calendar."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from one to another, both included; without an end it goes on."""

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise Refused(
                f"The end, {format_date(self.ends_on)}, lies before the beginning, "
                f"{format_date(self.starts_on)}. Change one of them.",
                field="ends_on",
            )

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def holds(self, other: "Period") -> bool:
        """Tell whether the other period lies within this one."""
        if other.starts_on < self.starts_on:
            return False
        return self.ends_on is None or (other.ends_on is not None and other.ends_on <= self.ends_on)

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two have a day in common."""
        return other.starts_on in self or self.starts_on in other

    def days(self) -> Iterator[date]:
        """Give each day in turn; of a period without end, its first alone."""
        last = self.ends_on or self.starts_on
        for place in range((last - self.starts_on).days + 1):
            yield self.starts_on + timedelta(days=place)


def check_day(day: date, field: str | None = None) -> date:
    """Return a day whose year can be meant, or refuse."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Refused(f"{day.isoformat()} cannot be right. Check the year.", field=field)
    return day


def parse_day(text: str, field: str, otherwise: str) -> date:
    """Return the day that stands in a text, or refuse; ``otherwise`` is said of what is no day."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(otherwise, field=field) from None
    return check_day(day, field)


def format_day(day: date) -> str:
    """Write a day as the call board does: Thu 19 Nov."""
    return f"{day:%a} {day.day} {day:%b}"


def format_date(day: date) -> str:
    """Write a day with its year: 19 Nov 2026."""
    return f"{day.day} {day:%b} {day.year}"


def spell_day(day: date) -> str:
    """Write a day as a sentence does: 18 November."""
    return f"{day.day} {day:%B}"
