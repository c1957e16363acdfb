"""A decision is put right: what is posted is voided first, then the line is opened again, with a reason."""

from sqlalchemy.orm import Session

from app.domain.claim_decisions import DECIDED
from app.domain.errors import Refused
from app.domain.expenses import LineEvent, LineStatus
from app.domain.messages import ThreadSide
from app.models.expenses import ExpenseLine
from app.models.payables import Payable
from app.services.expenses.deciders import approver_of
from app.services.expenses.deciding import By, forget_first
from app.services.expenses.questions import note
from app.services.expenses.standing import locked, settle


def reopen(session: Session, line: ExpenseLine, by: By, *, reason: str) -> None:
    """Open a decided line again. What a document pays stays until that document is voided."""
    claim = locked(session, line.claim)
    approver_of(session, claim, by.user_id, by.name)
    if line.status not in DECIDED | {LineStatus.first_approved}:
        raise Refused("This line is not decided. Decide it as it is.")
    if line.payable_id is not None:
        number = session.get_one(Payable, line.payable_id).number
        raise Refused(
            f"Line {line.position} is posted on {number}. Void {number} first; what is right then "
            "goes on a new document."
        )
    if not reason.strip():
        raise Refused("Say why it is opened again. The artist reads this.", field="reason")
    line.advance(LineEvent.reopen)
    line.approved_amount = line.decided_by = line.decided_for = line.decided_by_person_id = None
    line.decided_at = line.duplicate_of_id = None
    line.decided_by_name = line.decided_for_name = line.decision_reason = ""
    forget_first(line)
    note(session, line, ThreadSide.staff, by.name, f"Opened again: {reason.strip()}")
    claim.decided_at = None
    settle(session, claim)
