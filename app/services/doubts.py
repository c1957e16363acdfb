"""Promises of which nobody knew whether they were kept: settled by what the provider tells later."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.outbox import AttemptOutcome, MessageState
from app.domain.outbox_moves import MessageEvent
from app.models.outbox import OutboxAttempt, OutboxMessage
from app.services.inbox import TooEarly
from app.services.outbox import resolve_doubt

PROVED = "proved by the provider's own notice"
"""Why a promise in doubt moves, for whoever reads the history."""


def settle(
    session: Session, promise_id: UUID, *, was_carried: bool, external_id: str, reason: str
) -> None:
    """Move a promise in doubt to done or dead by what its provider says; others stay as they are.

    Carried and come back ends the same whichever is told first. While a courier may still be about it
    the news waits.
    """
    message = session.scalars(
        select(OutboxMessage).where(OutboxMessage.id == promise_id).with_for_update()
    ).one()
    if message.state in {MessageState.ready, MessageState.leased}:
        if _has_open_attempt(session, promise_id):
            raise TooEarly("A courier is still about it.")
        return
    if message.state is MessageState.in_doubt:
        session.execute(select(func.set_config("app.reason", PROVED, True)))
        message.advance(MessageEvent.finish if was_carried else MessageEvent.give_up)
        resolve_doubt(session, promise_id, AttemptOutcome.found)
    elif (
        message.state is MessageState.done and not was_carried and _was_doubted(session, promise_id)
    ):
        message.advance(MessageEvent.give_up)
    else:
        return
    message.external_id = message.external_id or external_id or None
    message.done_at = now() if message.state is MessageState.done else None
    message.last_error = reason or None


def _has_open_attempt(session: Session, promise_id: UUID) -> bool:
    asked = select(OutboxAttempt.fence).where(
        OutboxAttempt.message_id == promise_id,
        OutboxAttempt.sent_at.is_not(None),
        OutboxAttempt.outcome.is_(None) | (OutboxAttempt.outcome == AttemptOutcome.unknown),
    )
    return session.scalars(asked.limit(1)).first() is not None


def _was_doubted(session: Session, promise_id: UUID) -> bool:
    """Tell whether a promise counts as kept only because a notice said so."""
    outcomes = set(
        session.scalars(select(OutboxAttempt.outcome).where(OutboxAttempt.message_id == promise_id))
    )
    return AttemptOutcome.found in outcomes and AttemptOutcome.done not in outcomes
