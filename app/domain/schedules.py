"""Calls, their kinds of time, and the versions in which they are published (domain.md 3.5)."""

from enum import StrEnum, auto
from typing import Final

from app.domain.errors import Refused
from app.domain.moves import follow

LONGEST_TITLE: Final = 120


class CallType(StrEnum):
    """What somebody is called to."""

    company_class = auto()
    rehearsal = auto()
    stage_call = auto()
    placing_call = auto()
    tech = auto()
    dress = auto()
    performance = auto()
    fitting = auto()
    physio = auto()
    media = auto()
    travel = auto()
    bump_in = auto()
    bump_out = auto()
    meeting = auto()
    day_off = auto()


class TimeKind(StrEnum):
    """How sure the time of a call is."""

    exact = auto()
    about = auto()
    tbc = auto()
    hidden = auto()


class CallStatus(StrEnum):
    """A call is never deleted; it is cancelled."""

    draft = auto()
    published = auto()
    cancelled = auto()


class CallEvent(StrEnum):
    """What moves a call."""

    publish = auto()
    cancel = auto()
    reinstate = auto()


class ChangeKind(StrEnum):
    """What a new version of the schedule did to a call."""

    added = auto()
    moved = auto()
    place = auto()
    cancelled = auto()
    other = auto()


class TravelMode(StrEnum):
    """How somebody travels."""

    flight = auto()
    train = auto()
    coach = auto()
    car = auto()
    other = auto()


MOVES: Final = {
    (CallStatus.draft, CallEvent.publish): CallStatus.published,
    (CallStatus.draft, CallEvent.cancel): CallStatus.cancelled,
    (CallStatus.published, CallEvent.publish): CallStatus.published,
    (CallStatus.published, CallEvent.cancel): CallStatus.cancelled,
    (CallStatus.cancelled, CallEvent.reinstate): CallStatus.draft,
}
"""A reinstated call is a draft: people are told when it is published again."""


def check_title(title: str) -> str:
    """Return what a call is called in one line, or refuse what no phone or call sheet can show."""
    tidy = " ".join(title.split())
    if len(tidy) > LONGEST_TITLE:
        raise Refused(
            f"Keep it under {LONGEST_TITLE} characters; this has {len(tidy):,}. "
            "Put the rest into the note.",
            field="title",
        )
    return tidy


def next_call_status(status: CallStatus, event: CallEvent) -> CallStatus:
    """Return the status of a call that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "call")
