"""How much one person may approve alone: read for a decision, and set by an Administrator."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.approval_limits import needs_second
from app.domain.currencies import parse_currency
from app.domain.expenses import LineStatus
from app.domain.money import Money, check_amount
from app.models.approvals import ApprovalLimit
from app.models.expenses import ExpenseLine


def limits_of(session: Session, organisation_id: int) -> Mapping[str, Decimal]:
    """Return the limits of a company, currency by currency."""
    rows = session.execute(
        select(ApprovalLimit.currency, ApprovalLimit.amount).where(
            ApprovalLimit.organisation_id == organisation_id
        )
    )
    return {row.currency: row.amount for row in rows}


def why_second(session: Session, line: ExpenseLine, amount: Decimal) -> str:
    """Return why approving ``amount`` of a line takes a second person; nothing where one is enough."""
    alone = [
        Money(other.approved_amount or Decimal(0), other.base_currency)
        for other in line.claim.lines
        if other.id != line.id and other.status is LineStatus.approved and other.first_by is None
    ]
    return needs_second(
        Money(amount, line.base_currency),
        Money(line.amount, line.currency),
        alone,
        limits_of(session, line.organisation_id),
    )


def settle_limit(_session: Session, limit: ApprovalLimit) -> None:
    """Put a limit in order before it is kept, or refuse it."""
    limit.currency = parse_currency(limit.currency or "")
    limit.amount = check_amount(limit.amount, limit.currency, "amount", zero=True)
