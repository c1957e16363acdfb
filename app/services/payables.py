"""What the company owes: made once from a fact, held, exported, paid by somebody else, or voided."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.numbers import claim_number
from app.domain.pay_runs import (
    PayDays,
    PayRunLineStatus,
    PayRunStatus,
    expected_payment_day,
)
from app.domain.payables import (
    LedgerEvent,
    LedgerStatus,
    PayableEvent,
    PayableSource,
    PayableStatus,
)
from app.domain.people import EngagementBasis
from app.domain.periods import format_day
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.organisations import Organisation
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import LedgerDocument, Payable
from app.services import facts, ledger_documents, messages
from app.services.expenses.standing import is_to_post, locked, settle
from app.services.payers import check_payer

WITHHOLD = "Foreign resident: decide on withholding before it is paid."
"""Fees, reimbursements and allowances of foreign residents may all be subject to it (ATO, "Foreign
resident withholding: entertainment and sports")."""


def post_claim(session: Session, claim: ExpenseClaim, *, approved_by: int) -> Payable | None:
    """Make one payable of what is approved and not posted yet; None where there is nothing."""
    locked(session, claim)
    lines = [line for line in claim.lines if is_to_post(line)]
    if not lines:
        return None
    posting = _postings(session, claim) + 1
    number = claim_number(int(claim.number.rpartition("-")[2]), posting)
    total = sum((line.approved_amount or Decimal(0) for line in lines), Decimal(0))
    owed = Owed(
        number=number,
        source=PayableSource.claim,
        source_key=f"claim-{claim.id}-{posting}",
        amount=total,
        currency=claim.currency,
        approved_by=approved_by,
        claim_id=claim.id,
    )
    payable = make(session, claim.engagement, owed)
    for line in lines:
        line.payable_id = payable.id
    settle(session, claim)
    return payable


@dataclass(frozen=True, slots=True)
class Owed:
    """A sum that is owed, and the fact it is owed for."""

    number: str
    source: PayableSource
    source_key: str
    amount: Decimal
    currency: str
    approved_by: int | None
    due_on: date | None = None
    claim_id: int | None = None
    fee_line_id: int | None = None


def make(session: Session, engagement: Engagement, owed: Owed) -> Payable:
    """Write down what is owed, with its bill, and promise to enter the bill in the ledger."""
    own = {"organisation_id": engagement.organisation_id}
    due_on = expected_on(session, engagement.organisation_id, owed.due_on)
    payable = Payable(
        **own,
        **{**asdict(owed), "due_on": due_on},
        engagement_id=engagement.id,
        payee_id=engagement.payee_id,
        payee_name=engagement.payee.name if engagement.payee else engagement.person.name,
        withholding_note=WITHHOLD if engagement.basis is EngagementBasis.foreign_resident else "",
    )
    payable.ledger_document = LedgerDocument(**own, number=owed.number)
    session.add(payable)
    session.flush()
    ledger_documents.promise(session, payable.ledger_document)
    facts.of_payable(session, "payable.created", payable)
    return payable


def expected_on(session: Session, organisation_id: int, due_on: date | None = None) -> date:
    """Return the pay run that would take along what is approved now."""
    house = session.get_one(Organisation, organisation_id)
    today = now().astimezone(ZoneInfo(house.zone)).date()
    run = PayDays(weekday=house.pay_run_weekday, closes_days_before=house.pay_run_lead_days)
    return expected_payment_day(today, due_on, run)


def hold(session: Session, payable: Payable, *, reason: str) -> None:
    """Keep a payable out of the pay runs until somebody releases it."""
    _take(session, payable)
    if not reason.strip():
        raise Refused("Say why. The artist reads this.", field="reason")
    _check_not_going(session, payable)
    payable.advance(PayableEvent.hold)
    payable.held_reason = reason.strip()
    facts.of_payable(session, "payable.held", payable)


def release(session: Session, payable: Payable) -> None:
    """Let a held payable go on, with the next pay run that is open."""
    _take(session, payable)
    payable.advance(PayableEvent.release)
    payable.held_reason = ""
    payable.due_on = expected_on(session, payable.organisation_id, payable.due_on)


def export(session: Session, chosen: Sequence[Payable]) -> None:
    """Mark payables as handed over to the bank; those handed over before stay so."""
    for payable in chosen:
        _take(session, payable)
        if payable.status is not PayableStatus.exported:
            payable.advance(PayableEvent.export)
            payable.exported_at = now()


def withdraw(session: Session, payable: Payable) -> None:
    """Take a payable back that the bank was handed and has not paid."""
    _take(session, payable)
    payable.advance(PayableEvent.withdraw)
    payable.exported_at = None
    payable.due_on = expected_on(session, payable.organisation_id, payable.due_on)


def bounce(session: Session, payable: Payable, *, reason: str) -> None:
    """Hold a payable whose payment the bank returned, until somebody has looked at the account."""
    _take(session, payable)
    was_paid = payable.status is PayableStatus.paid
    payable.advance(PayableEvent.bounce)
    payable.held_reason = f"The bank returned the payment: {reason}"
    payable.paid_on = payable.paid_by = payable.exported_at = None
    payable.paid_reference = ""
    if was_paid:
        ledger_documents.move(session, payable.id, LedgerEvent.bounce)
    ledger_documents.look_again(session, payable)
    facts.of_payable(session, "payable.returned", payable)


def pay(
    session: Session,
    payable: Payable,
    *,
    on: date,
    reference: str,
    by_user_id: int,
    is_told: bool = True,
) -> None:
    """Mark as paid what the bank has paid, by somebody who approved nothing of it.

    The artist is told, unless ``is_told`` says that whoever calls does so for many at once.
    """
    _take(session, payable)
    _check_payment(session, payable, on, reference)
    check_payer(session, payable, by_user_id)
    payable.advance(PayableEvent.pay)
    payable.paid_on, payable.paid_by, payable.paid_reference = on, by_user_id, reference.strip()
    ledger_documents.move(session, payable.id, LedgerEvent.pay)
    ledger_documents.look_again(session, payable)
    facts.of_payable(session, "payable.paid", payable)
    if is_told:
        tell_paid(session, payable)


def void(session: Session, payable: Payable, *, reason: str) -> None:
    """Take a payable back before it is paid. Its lines stay decided, and wait for a new document."""
    _take(session, payable)
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="reason")
    document = payable.ledger_document
    if document is not None and document.status is LedgerStatus.posting:
        raise Refused(f"{payable.number} is on its way to the ledger. Look again in a minute.")
    _check_not_going(session, payable)
    payable.advance(PayableEvent.void)
    payable.held_reason = reason.strip()
    session.flush()
    for line in lines_of(session, payable):
        line.payable_id = None
    ledger_documents.move(session, payable.id, LedgerEvent.void)
    facts.of_payable(session, "payable.voided", payable)


def drop(session: Session, payable: Payable, *, reason: str) -> None:
    """Take a payable out of the pay runs: voided, or held while its bill is on the way to the ledger."""
    document = payable.ledger_document
    if document is not None and document.status is LedgerStatus.posting:
        if payable.status is PayableStatus.open:
            hold(session, payable, reason=reason)
        return
    void(session, payable, reason=reason)


def lines_of(session: Session, payable: Payable) -> Sequence[ExpenseLine]:
    """Return the lines of a claim that a payable pays."""
    paid = select(ExpenseLine).where(ExpenseLine.payable_id == payable.id)
    return session.scalars(paid.order_by(ExpenseLine.position)).all()


def _check_not_going(session: Session, payable: Payable) -> None:
    """Refuse to stop what an approved pay run takes to the bank: the run is cancelled first."""
    going = session.scalar(
        select(PayRun.number)
        .join(PayRun.lines)
        .where(
            PayRunLine.payable_id == payable.id,
            PayRunLine.status == PayRunLineStatus.chosen,
            PayRun.status.in_((PayRunStatus.approved, PayRunStatus.exported)),
        )
    )
    if going is not None:
        raise Refused(
            f"{going} takes {payable.number} to the bank. Cancel the run, or say that it came back."
        )


def _take(session: Session, payable: Payable) -> None:
    session.flush()
    session.refresh(payable, with_for_update={"of": Payable})


def check_words_of_payment(session: Session, payable: Payable, on: date, reference: str) -> None:
    """Refuse a payment without the bank's reference, or on a day that has not come."""
    if not reference.strip():
        raise Refused("Write the bank's reference. The artist sees it.", field="reference")
    house = session.get_one(Organisation, payable.organisation_id)
    today = now().astimezone(ZoneInfo(house.zone)).date()
    if on > today:
        raise Refused(
            f"{format_day(on)} has not come yet. Choose {format_day(today)} or earlier.",
            field="paid_on",
        )


def _check_payment(session: Session, payable: Payable, on: date, reference: str) -> None:
    check_words_of_payment(session, payable, on, reference)
    document = payable.ledger_document
    if document is None or document.status is not LedgerStatus.posted:
        raise Refused(f"{payable.number} is not in the ledger yet. Look again in a minute.")


def _postings(session: Session, claim: ExpenseClaim) -> int:
    made = select(func.count()).select_from(Payable).where(Payable.claim_id == claim.id)
    return session.scalar(made) or 0


def tell_paid(session: Session, payable: Payable, *, corrected: str = "") -> None:
    """Tell the artist that it was paid, once for each day, and anew once what she was told is ``corrected``."""
    fact = f"corrected-{corrected}" if corrected else f"paid-{payable.paid_on}"
    tell(session, payable, "payable_paid", fact)


def tell(session: Session, payable: Payable, event: str, fact: str, **words: Any) -> None:
    """Tell the artist what became of a payable, once for each fact."""
    engagement = payable.engagement
    messages.tell(
        session,
        organisation_id=payable.organisation_id,
        event=event,
        key=f"payable-{payable.id}-{fact}",
        to=messages.addressee(session, engagement.person),
        engagement_id=engagement.id,
        payable=payable,
        production=engagement.production,
        **words,
    )
