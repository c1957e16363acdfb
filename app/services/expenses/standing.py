"""Where a claim stands: worked out of its lines and ledger documents, and written here alone."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.claim_decisions import DECIDED, claim_status
from app.domain.expenses import REIMBURSED, LineStatus
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.payables import LedgerDocument, Payable


def locked(session: Session, claim: ExpenseClaim) -> ExpenseClaim:
    """Return the claim with its row held and everything about it read anew, until the transaction ends."""
    session.flush()
    session.refresh(claim, with_for_update={"of": ExpenseClaim})
    lines = (
        select(ExpenseLine)
        .where(ExpenseLine.claim_id == claim.id)
        .order_by(ExpenseLine.position)
        .execution_options(populate_existing=True)
    )
    session.scalars(lines).all()
    session.expire(claim, ["lines"])
    return claim


def is_to_post(line: ExpenseLine) -> bool:
    """Tell whether a line is approved and waits to be posted."""
    return (
        line.status is LineStatus.approved
        and line.payable_id is None
        and line.paid_by in REIMBURSED
    )


def settle(session: Session, claim: ExpenseClaim) -> None:
    """Write where the claim stands now."""
    session.flush()
    documents = session.scalars(
        select(LedgerDocument.status)
        .join(Payable, Payable.id == LedgerDocument.payable_id)
        .where(Payable.claim_id == claim.id)
    ).all()
    statuses = [line.status for line in claim.lines]
    claim.status = claim_status(
        statuses,
        documents,
        is_recalled=claim.recalled_at is not None,
        is_submitted=claim.submitted_at is not None,
        to_post=any(is_to_post(line) for line in claim.lines),
    )
    if claim.submitted_at is not None and all(status in DECIDED for status in statuses):
        claim.decided_at = claim.decided_at or now()
    session.flush()
