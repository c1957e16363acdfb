"""The bills behind payables: what the ledger says of them, and the claims that follow."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.payables import LedgerEvent, next_ledger_status
from app.models.expenses import ExpenseClaim
from app.models.payables import LedgerDocument
from app.services.expenses.standing import settle


def record_posted(session: Session, payable_id: int, external_id: str) -> None:
    """Write down that the ledger has the bill."""
    move(session, payable_id, LedgerEvent.post, external_id=external_id)


def record_failed(session: Session, payable_id: int, error: str) -> None:
    """Write down that the ledger did not take the bill, and why."""
    move(session, payable_id, LedgerEvent.fail, error=error)


def move(
    session: Session,
    payable_id: int,
    event: LedgerEvent,
    *,
    external_id: str = "",
    error: str = "",
) -> None:
    """Move the bill behind a payable, and let its claim follow."""
    document = session.scalars(
        select(LedgerDocument).where(LedgerDocument.payable_id == payable_id).with_for_update()
    ).one()
    document.status = next_ledger_status(document.status, event)
    document.error = error
    if external_id:
        document.external_id, document.posted_at = external_id, now()
    session.flush()
    claim_id = document.payable.claim_id
    if claim_id is not None:
        settle(session, session.get_one(ExpenseClaim, claim_id))
