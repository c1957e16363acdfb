"""What was typed wrong about a bill or a payment is corrected by a person, with a reason that stays in the history."""

from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.payables import LedgerStatus, PayableStatus
from app.models.payables import LedgerDocument, Payable
from app.services import (
    attention,
    connections,
    ledger_attention,
    ledger_documents,
    ledger_standing,
    payables,
    payers,
)
from app.services.ledger_deeds import XERO, checked_number

NUMBERED: Final = (LedgerStatus.posted, LedgerStatus.paid)


def may_correct_number(document: LedgerDocument | None) -> bool:
    """Tell whether a bill bears a number that a person typed and may have mistyped."""
    return document is not None and bool(document.by_hand) and document.status in NUMBERED


def correct_number(session: Session, payable: Payable, *, number: str, reason: str) -> None:
    """Write the right number of a bill that a person entered, and look for it anew.

    Whatever was found under the wrong number is let go of: it is somebody else's bill.
    """
    document = ledger_documents.of_payable(session, payable.id)
    if not may_correct_number(document):
        raise Refused(f"{payable.number} bears no number that was typed by hand.")
    typed = checked_number(number)
    if typed == document.by_hand:
        raise Refused(f"{typed} is the number it has already.", field="reference")
    _because(session, reason)
    document.by_hand, document.external_id = typed, None
    document.stands, document.seen_at = "", None
    session.flush()
    attention.settle(
        session,
        provider=XERO,
        subject=ledger_attention.subject_of(payable),
        how=f"Its number was corrected to {typed}.",
    )
    if not connections.is_manual(session, XERO):
        ledger_standing.look(session, [payable], fact=f"corrected-{now().isoformat()}")


def correct_payment(
    session: Session, payable: Payable, *, on: date, reference: str, by_user_id: int, reason: str
) -> None:
    """Write the right day and reference of a payment, and tell the artist, who was told the wrong ones."""
    session.flush()
    session.refresh(payable, with_for_update={"of": Payable})
    if payable.status is not PayableStatus.paid:
        raise Refused(f"{payable.number} is not paid: there is no payment to correct.")
    payables.check_words_of_payment(session, payable, on, reference)
    payers.check_payer(session, payable, by_user_id)
    if (on, reference.strip()) == (payable.paid_on, payable.paid_reference):
        raise Refused("This is what stands there already.", field="reference")
    _because(session, reason)
    payable.paid_on, payable.paid_reference = on, reference.strip()
    session.flush()
    ledger_documents.look_again(session, payable)
    payables.tell_paid(session, payable, corrected=now().isoformat())


def _because(session: Session, reason: str) -> None:
    """Keep the reason with what is written now; the history shows old and new beside it."""
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="reason")
    session.execute(select(func.set_config("app.reason", reason.strip(), True)))
