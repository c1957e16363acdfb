"""What somebody decided about withholding tax of a foreign resident, before anything is paid."""

from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.payables import PayableStatus
from app.models.payables import Payable


def decide(session: Session, payable: Payable, *, decision: str, by: int) -> None:
    """Write down what somebody decided about withholding tax of a foreign resident."""
    session.flush()
    session.refresh(payable, with_for_update={"of": Payable})
    if not payable.withholding_note:
        raise Refused(f"{payable.number} is not paid to a foreign resident.")
    if payable.status not in (PayableStatus.open, PayableStatus.held):
        raise Refused(f"{payable.number} is {payable.status.value}. It is too late to decide.")
    if not decision.strip():
        raise Refused("Write what is decided, and by which rule.", field="reason")
    payable.withholding_decision, payable.withholding_decided_by = decision.strip(), by
