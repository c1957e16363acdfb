"""Personal calendars: the kinds there are, and how a call stands in one (domain.md 80 to 82)."""

from collections.abc import Sequence
from enum import StrEnum, auto
from typing import Final

from app.domain.schedule_versions import Facts
from app.domain.schedule_words import name_call, say_hours, say_where
from app.domain.schedules import TimeKind


class FeedKind(StrEnum):
    """What a calendar shows: each call at its hour, or each day as one entry."""

    timed = auto()
    daily = auto()


LATENESS: Final = "Phones may show this calendar up to a day late. The portal is the truth."


def stands_at_its_hour(facts: Facts) -> bool:
    """Tell whether a call may stand at an hour: one that is about, open or hidden never does."""
    return facts["time_kind"] == TimeKind.exact and bool(facts["starts_at"])


def title_of(facts: Facts, production: str, *, is_cancelled: bool) -> str:
    """Write a call as the title of an entry: what is not sure is said there.

    A performance is mostly called what its production is called; that is said once.
    """
    name = name_call(facts)
    of = "" if name.casefold() == production.casefold() else f" · {production}"
    if is_cancelled:
        return f"Cancelled: {name}{of}"
    return f"{name}{of}" if stands_at_its_hour(facts) else f"{name} ({_unsure(facts)}){of}"


def title_of_day(going: Sequence[Facts], zone: str) -> str:
    """Write a day as the title of one entry: 3 calls from 10:00, Adelaide +10:30."""
    if not going:
        return "All calls cancelled"
    count = f"{len(going)} {'call' if len(going) == 1 else 'calls'}"
    first = going[0]
    if not first["local_start"]:
        return f"{count}, {_unsure(first)}"
    about = "about " if first["time_kind"] == TimeKind.about else ""
    return f"{count} from {about}{first['local_start'][:5]}{zone and f', {zone}'}"


def line_of_day(facts: Facts, *, is_cancelled: bool) -> str:
    """Write a call as one line of a day's entry."""
    where = say_where(facts)
    said = f"{say_hours(facts)}: {name_call(facts)}{where and f', {where}'}"
    return f"CANCELLED {said}" if is_cancelled else said


def _unsure(facts: Facts) -> str:
    return say_hours(facts).partition(",")[0]
