"""Taking a message from the outbox: one statement leases it and says what happened to it before."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Sequence,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from app.domain.outbox import AttemptOutcome, MessageState
from app.models.outbox import OutboxAttempt, OutboxMessage
from tasks.claims import NOW, Claim, Doubt, is_due, seconds

FENCE = Sequence("outbox_fence")


def take(
    db: Session,
    message_id: UUID,
    *,
    lease: float,
    leases: Mapping[str, float],
    owner: str,
    started: float,
) -> Claim | None:
    """Claim a message for ``lease`` seconds, or return None when it is not to be had.

    ``leases`` names the kinds whose lease is another one.
    """
    statement = _taking(lease, tuple(sorted(leases.items())))
    row = db.execute(statement, {"message": message_id, "owner": owner}).one_or_none()
    if row is None:
        return None
    message, first, last, looked = row
    return Claim(message, message.fence, started, _doubt(first, last, looked), message.leased_at)


def _doubt(first: datetime | None, last: datetime | None, looked: int) -> Doubt | None:
    return None if first is None or last is None else Doubt(first, last, looked)


@cache
def _taking(lease: float, leases: tuple[tuple[str, float], ...]) -> Select[Any]:
    """Return the statement of ``take``. Building it costs more than running it, so it is kept."""
    taken = _leasing(_lease_end(lease, dict(leases))).cte("taken")
    attempt = insert(OutboxAttempt).from_select(
        ["message_id", "fence"], select(taken.c.id, taken.c.fence)
    )
    ours = aliased(OutboxMessage, taken)
    unclear = _unclear(ours).lateral("unclear")
    looked = _looked(ours, unclear.c.fence).scalar_subquery()
    return (
        select(ours, unclear.c.first, unclear.c.last, looked)
        .join(unclear, true())
        .add_cte(attempt.cte("attempt"))
    )


def _leasing(until: ColumnElement[Any]) -> ReturningUpdate[Any]:
    """Lease a message, if it is due and nobody is at it."""
    mine = (
        select(OutboxMessage.id)
        .where(OutboxMessage.id == bindparam("message"), is_due())
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(OutboxMessage)
        .where(OutboxMessage.id == mine)
        .values(
            state=MessageState.leased,
            fence=FENCE.next_value(),
            leased_at=NOW,
            lease_until=until,
            lease_owner=bindparam("owner"),
            attempts=OutboxMessage.attempts + 1,
        )
        .returning(*OutboxMessage.__table__.columns)
    )


def _lease_end(lease: float, leases: dict[str, float]) -> ColumnElement[Any]:
    usual = NOW + seconds(lease)
    others = {kind: NOW + seconds(span) for kind, span in leases.items()}
    return case(others, value=OutboxMessage.kind, else_=usual) if others else usual


def _unclear(ours: type[OutboxMessage]) -> Select[Any, Any, Any]:
    """Ask when earlier attempts were sent that nobody answered, and for the latest of them."""
    return select(
        func.min(OutboxAttempt.sent_at).label("first"),
        func.max(OutboxAttempt.sent_at).label("last"),
        func.max(OutboxAttempt.fence).label("fence"),
    ).where(
        OutboxAttempt.message_id == ours.id,
        OutboxAttempt.fence < ours.fence,
        OutboxAttempt.sent_at.is_not(None),
        or_(OutboxAttempt.outcome.is_(None), OutboxAttempt.outcome == AttemptOutcome.unknown),
    )


def _looked(ours: type[OutboxMessage], unclear: ColumnElement[Any]) -> Select[Any]:
    """Ask how often the provider knew nothing since the latest unclear attempt."""
    return select(func.count()).where(
        OutboxAttempt.message_id == ours.id,
        OutboxAttempt.fence > unclear,
        OutboxAttempt.outcome == AttemptOutcome.not_found,
    )
