"""How a record goes from one status to the next: by its table of moves, or not at all."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.domain.errors import MoveRefused

Status = TypeVar("Status", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


def follow(
    moves: Mapping[tuple[Status, Event], Status], status: Status, event: Event, noun: str
) -> Status:
    """Return the status that follows ``event`` in ``moves``, or refuse."""
    try:
        return moves[status, event]
    except KeyError:
        raise MoveRefused(status, event, noun=noun) from None
