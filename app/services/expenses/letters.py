"""What the letter about a decided claim says: each line with its outcome, and when the money comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.expenses import LineStatus
from app.domain.money import Money
from app.domain.payables import PayableStatus
from app.domain.payment_stages import expected_words
from app.domain.periods import format_day
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.payables import Payable

COMING = (PayableStatus.open, PayableStatus.exported)
"""What is held has no day."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line as the letter writes it."""

    what: str
    result: str
    reason: str


def outcomes(lines: Sequence[ExpenseLine]) -> list[Outcome]:
    """Return what became of each line."""
    return [Outcome(_what(line), _result(line), line.decision_reason) for line in lines]


def approved_total(claim: ExpenseClaim) -> Money:
    """Return what was approved of a claim."""
    sums = [line.approved_amount or Decimal(0) for line in claim.lines]
    return Money(sum(sums, Decimal(0)), claim.currency)


def payables_of(session: Session, claim: ExpenseClaim) -> list[Payable]:
    """Return the payables that a claim became, the first posting first."""
    made = select(Payable).where(Payable.claim_id == claim.id).order_by(Payable.id)
    return list(session.scalars(made))


def expected_day(session: Session, claim: ExpenseClaim) -> date | None:
    """Return the day the next payment of a claim is expected; None where none comes."""
    return min((p.due_on for p in payables_of(session, claim) if p.status in COMING), default=None)


def expected_payment(session: Session, claim: ExpenseClaim, today: date) -> str:
    """Say when the next payment of a claim is expected, or that it is late; empty where none comes."""
    day = expected_day(session, claim)
    return "" if day is None else expected_words(day, today)


def _what(line: ExpenseLine) -> str:
    name = line.kind.value.replace("_", " ").capitalize()
    return f"{name}, {format_day(line.spent_on)}, {Money(line.amount, line.currency)}"


def _result(line: ExpenseLine) -> str:
    if line.status is not LineStatus.approved or line.approved_amount is None:
        return line.status.value
    approved = Money(line.approved_amount, line.base_currency)
    is_less = line.base_amount is not None and line.approved_amount < line.base_amount
    return f"reduced to {approved}" if is_less else f"approved, {approved}"
