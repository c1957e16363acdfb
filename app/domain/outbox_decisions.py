"""What a person may decide about a promise that stopped, and when a second person must agree."""

from enum import StrEnum, auto
from typing import Final

from app.domain.errors import Refused
from app.domain.moves import follow
from app.domain.outbox import MessageState

STOPPED: Final = frozenset({MessageState.dead, MessageState.in_doubt})
"""Where a promise waits for a person."""


class Deed(StrEnum):
    """What is done with a promise by hand."""

    retry = auto()
    done = auto()
    cancel = auto()


class DecisionStatus(StrEnum):
    """Where a decision about money stands between the two who make it."""

    proposed = auto()
    agreed = auto()
    refused = auto()


class DecisionEvent(StrEnum):
    """What moves a decision."""

    agree = auto()
    refuse = auto()


MOVES: Final = {
    (DecisionStatus.proposed, DecisionEvent.agree): DecisionStatus.agreed,
    (DecisionStatus.proposed, DecisionEvent.refuse): DecisionStatus.refused,
}

ALLOWED: Final = {
    MessageState.dead: frozenset(Deed),
    MessageState.in_doubt: frozenset(Deed),
    MessageState.ready: frozenset({Deed.cancel}),
}
"""State -> what may be done by hand. What is done, cancelled or being sent is left alone."""


def next_decision_status(status: DecisionStatus, event: DecisionEvent) -> DecisionStatus:
    """Return the status of a decision that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "decision")


def deeds_for(state: MessageState) -> frozenset[Deed]:
    """Return what may be done by hand with a promise in this state."""
    return ALLOWED.get(state, frozenset())


def check_deed(
    deed: Deed, state: MessageState, *, reason: str, external_id: str, is_attested: bool
) -> None:
    """Refuse a decision that does not fit, or that does not say enough for whoever reads it later."""
    if state is MessageState.leased:
        raise Refused("It is being sent at this moment. Look again in a minute.")
    if deed not in deeds_for(state):
        raise Refused(f"This is {state.replace('_', ' ')}: there is nothing to decide.")
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="reason")
    if deed is not Deed.done:
        return
    if not external_id.strip():
        raise Refused("Give the provider's own number for it.", field="external_id")
    if not is_attested:
        raise Refused("Tick that you have seen it there yourself.", field="attested")
