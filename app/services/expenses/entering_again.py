"""What a claim that was taken back had on it is entered again in one go, with its receipts as they are."""

from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.expenses import Proof, RateSource
from app.models.documents import StoredFile
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services.expenses.pricing import NewLine
from app.services.expenses.receiving import add_line, receive, zone_of
from app.services.expenses.standing import locked

NAMES: Final = UUID("3d1c7f52-2a0e-5b61-9c44-8f0d1e6b7a92")
"""Under which the claim that follows one has its name: pressing twice opens it once."""


def enter_again(session: Session, claim: ExpenseClaim, *, by: str) -> ExpenseClaim:
    """Open the claim that follows one taken back, with its expenses and papers; not sent yet."""
    locked(session, claim)
    if claim.recalled_at is None:
        raise Refused(f"{claim.number} is not taken back. What is on it is on its way.")
    made = receive(session, claim.engagement, client_uuid=_key(claim), claimed_by=by)
    if made.lines or made.submitted_at is not None or made.recalled_at is not None:
        return made
    zone = zone_of(session, claim.engagement)
    for line in claim.lines:
        receipts, statements = (_papers(line, proves) for proves in Proof)
        add_line(session, made, _as_entered(line), receipts, zone=zone, statements=statements)
    return made


def following(session: Session, claim: ExpenseClaim) -> ExpenseClaim | None:
    """Return the claim on which the expenses of one taken back were entered again."""
    if claim.recalled_at is None:
        return None
    return session.scalars(
        select(ExpenseClaim).where(ExpenseClaim.client_uuid == _key(claim))
    ).one_or_none()


def _key(claim: ExpenseClaim) -> UUID:
    return uuid5(NAMES, f"{claim.public_id}")


def _papers(line: ExpenseLine, proves: Proof) -> list[StoredFile]:
    return [receipt.file for receipt in line.receipts if receipt.proves is proves]


def _as_entered(line: ExpenseLine) -> NewLine:
    """Return an expense as it was entered; that it is its own was settled then."""
    return NewLine(
        kind=line.kind.name,
        spent_on=line.spent_on,
        amount=line.amount,
        currency=line.currency,
        description=line.description,
        supplier=line.supplier,
        declaration=line.declaration,
        base_amount=line.base_amount if line.rate_source is RateSource.card_statement else None,
        keep_both=True,
        paid_by=line.paid_by,
        kilometres=line.kilometres,
        vehicle=line.vehicle,
    )
