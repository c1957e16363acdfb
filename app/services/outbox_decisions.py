"""Decide by hand about promises that stopped; about money, one proposes and another agrees."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.outbox_decisions import (
    DecisionEvent,
    DecisionStatus,
    Deed,
    check_deed,
)
from app.domain.providers import needs_second_person
from app.models.outbox import OutboxMessage
from app.models.outbox_decisions import OutboxDecision
from app.services import outbox
from app.services.maker_checker import check_other


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done with a promise, and why."""

    deed: Deed
    reason: str
    external_id: str = ""
    is_attested: bool = False


def decide(
    session: Session, message: OutboxMessage, wish: Wish, *, user_id: int
) -> OutboxDecision | None:
    """Do what somebody decided, or write the proposal down where a second person must agree."""
    session.refresh(message, with_for_update=True)
    check_deed(
        wish.deed,
        message.state,
        reason=wish.reason,
        external_id=wish.external_id,
        is_attested=wish.is_attested,
    )
    if not needs_second_person(message.kind):
        _carry_out(session, message, wish.deed, wish.external_id, wish.reason)
        return None
    if open_decision(session, message) is not None:
        raise Refused("Somebody has proposed something already. Agree to it, or refuse it.")
    proposed = OutboxDecision(
        organisation_id=message.organisation_id,
        message_id=message.id,
        deed=wish.deed,
        external_id=wish.external_id.strip(),
        reason=wish.reason.strip(),
        proposed_by_id=user_id,
    )
    session.add(proposed)
    session.flush()
    return proposed


def open_decision(session: Session, message: OutboxMessage) -> OutboxDecision | None:
    """Return the proposal about a promise that waits for a second person."""
    return session.scalars(
        select(OutboxDecision).where(
            OutboxDecision.message_id == message.id,
            OutboxDecision.status == DecisionStatus.proposed,
        )
    ).one_or_none()


def agree(session: Session, message: OutboxMessage, *, user_id: int) -> None:
    """Agree to what somebody else proposed, and do it."""
    proposed = _proposed(session, message)
    check_other(proposed.proposed_by_id, user_id)
    proposed.advance(DecisionEvent.agree)
    proposed.decided_by_id, proposed.decided_at = user_id, now()
    _carry_out(session, message, proposed.deed, proposed.external_id, proposed.reason)


def refuse(session: Session, message: OutboxMessage, *, reason: str, user_id: int) -> None:
    """Refuse what somebody proposed, or take one's own proposal back."""
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="answer")
    proposed = _proposed(session, message)
    proposed.advance(DecisionEvent.refuse)
    proposed.answer = reason.strip()
    proposed.decided_at = now()
    if proposed.proposed_by_id != user_id:
        proposed.decided_by_id = user_id


def _proposed(session: Session, message: OutboxMessage) -> OutboxDecision:
    found = session.scalars(
        select(OutboxDecision)
        .where(
            OutboxDecision.message_id == message.id,
            OutboxDecision.status == DecisionStatus.proposed,
        )
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise Refused("Nothing is proposed any more. Look at what was decided.")
    return found


def _carry_out(
    session: Session, message: OutboxMessage, deed: Deed, external_id: str, reason: str
) -> None:
    if deed is Deed.retry:
        outbox.redrive(session, message.id, reason=reason)
    elif deed is Deed.cancel:
        outbox.cancel(session, message.id, reason=reason)
    else:
        outbox.done_by_hand(session, message.id, external_id=external_id, reason=reason)
