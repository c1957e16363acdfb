"""Personal calendars: the kinds there are, and how a call stands in one (domain.md 80 to 82)."""

from enum import StrEnum, auto


class FeedKind(StrEnum):
    """What a calendar shows: each call at its hour, or each day as one entry."""

    timed = auto()
    daily = auto()
