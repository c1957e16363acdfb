"""Copying calls to other days and places: the clock on the wall is kept, its instant is worked out anew."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum, auto
from typing import Final

from app.domain.call_times import CallHours, check_call
from app.domain.errors import Refused
from app.domain.local_time import AmbiguousTime

MOST_TARGETS: Final = 60
"""More days than this at once nobody looks through before pressing the button."""


class CopyOutcome(StrEnum):
    """What becomes of one call on one day."""

    ready = auto()
    known = auto()
    asked = auto()
    refused = auto()


class Again(StrEnum):
    """How often a day or a week is copied."""

    once = auto()
    daily = auto()
    weekly = auto()


@dataclass(frozen=True, slots=True)
class CopiedHours:
    """The hours of a copy, or why it has none."""

    outcome: CopyOutcome
    hours: CallHours
    said: str = ""
    about: str = ""
    """Which hour is asked about: its start or its end."""
    offsets: tuple[str, str] = ("", "")


def target_days(first: date, again: Again, until: date | None, *, is_week: bool) -> list[date]:
    """Return the first days of all copies, or refuse what makes no sense or too many."""
    if again is Again.once:
        return [first]
    if is_week and again is Again.daily:
        raise Refused("A week is copied weekly. Choose every week, or copy a day.", field="again")
    if until is None:
        raise Refused("Write until when it is copied again.", field="until")
    if until < first:
        raise Refused("Until lies before the first day. Change one of them.", field="until")
    step = timedelta(days=7 if again is Again.weekly else 1)
    count = (until - first) // step + 1
    if count > MOST_TARGETS:
        raise Refused(f"That makes {count} copies, {MOST_TARGETS} is the most.", field="until")
    return [first + step * place for place in range(count)]


def copy_hours(
    hours: CallHours, day: date, zone: str | None, folds: Mapping[str, int]
) -> CopiedHours:
    """Return the same clock times on another show day at another place, checked there.

    ``folds`` answers which of two equal hours is meant, by the hour it is about. What the source
    meant says nothing of another night, so it is asked anew.
    """
    copied = replace(
        hours,
        day_of=day,
        zone=zone,
        fold=folds.get("local_start"),
        end_fold=folds.get("local_end"),
    )
    try:
        check_call(copied)
    except AmbiguousTime as question:
        return CopiedHours(
            CopyOutcome.asked, copied, question.reason, question.field or "", question.offsets
        )
    except Refused as refusal:
        return CopiedHours(CopyOutcome.refused, copied, refusal.reason)
    return CopiedHours(CopyOutcome.ready, copied)
