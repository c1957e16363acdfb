"""How a promise moves, what to do in doubt, and how long a provider asks us to wait (reliability.md A5)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum, auto
from typing import Final

from app.domain.moves import follow
from app.domain.outbox import EffectClass, MessageState
from app.domain.outbox_waits import LONGEST_WISH


class MessageEvent(StrEnum):
    """What moves a promise."""

    claim = auto()
    release = auto()
    finish = auto()
    give_up = auto()
    doubt = auto()
    cancel = auto()
    redrive = auto()


class InDoubt(StrEnum):
    """What to do when an earlier attempt may have reached the provider."""

    ask_again = auto()
    look_up = auto()
    park = auto()


MOVES: Final = {
    (MessageState.ready, MessageEvent.claim): MessageState.leased,
    (MessageState.leased, MessageEvent.claim): MessageState.leased,
    (MessageState.leased, MessageEvent.release): MessageState.ready,
    (MessageState.leased, MessageEvent.finish): MessageState.done,
    (MessageState.leased, MessageEvent.give_up): MessageState.dead,
    (MessageState.leased, MessageEvent.doubt): MessageState.in_doubt,
    (MessageState.in_doubt, MessageEvent.finish): MessageState.done,
    (MessageState.in_doubt, MessageEvent.redrive): MessageState.ready,
    (MessageState.in_doubt, MessageEvent.give_up): MessageState.dead,
    (MessageState.done, MessageEvent.give_up): MessageState.dead,
    (MessageState.dead, MessageEvent.redrive): MessageState.ready,
    (MessageState.dead, MessageEvent.finish): MessageState.done,
    (MessageState.ready, MessageEvent.cancel): MessageState.cancelled,
    (MessageState.dead, MessageEvent.cancel): MessageState.cancelled,
    (MessageState.in_doubt, MessageEvent.cancel): MessageState.cancelled,
}
"""A lease that ran out is claimed again; a dead or doubtful promise moves by a person or a webhook.

What counted as done because a webhook said so is given up when a later one says that it came back.
"""

DOUBT: Final = {
    EffectClass.K: InDoubt.ask_again,
    EffectClass.N: InDoubt.ask_again,
    EffectClass.R: InDoubt.look_up,
    EffectClass.U: InDoubt.park,
}
"""The same key or name is safe to repeat; our number can be looked up; the rest is never repeated blindly."""


def next_message_state(state: MessageState, event: MessageEvent) -> MessageState:
    """Return the state of a promise that follows ``event``, or refuse."""
    return follow(MOVES, state, event, "message")


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds a provider asks us to wait (RFC 9110, 10.2.3), at most a day; None if unsaid."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_WISH)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WISH)
