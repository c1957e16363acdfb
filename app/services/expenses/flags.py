"""What is looked at when a line comes in: caps of the contract, per diems, the same expense twice.

A flag is words for whoever decides; it refuses nothing by itself.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.allowances import AllowanceKind
from app.domain.claim_caps import CAPPED
from app.domain.claim_lines import check_cap
from app.domain.expenses import ExpenseKind, LineStatus
from app.domain.money import Money
from app.domain.periods import format_day
from app.models.engagements import Engagement, Entitlement
from app.models.expenses import AllowanceLine, ExpenseClaim, ExpenseLine


def flags_of(session: Session, engagement: Engagement, line: ExpenseLine) -> list[str]:
    """Return what to tell of a new line, in sentences."""
    found = [_over_cap(engagement, line), _covered(session, engagement, line)]
    return [sentence for sentence in found if sentence]


def cap_of(engagement: Engagement, kind: ExpenseKind) -> Entitlement | None:
    """Return what the contract gives at most for a kind of expense."""
    wanted = CAPPED.get(kind)
    capped = (e for e in engagement.entitlements if e.kind is wanted and _limit(e) is not None)
    return next(capped, None)


def cap_words(entitlement: Entitlement) -> str:
    """Say what the contract gives: Contract pays up to 45.00 AUD a ride."""
    limit = _limit(entitlement)
    return f"Contract pays up to {limit} {entitlement.rule}".strip()


def looks_like(session: Session, claimant_id: int, line: ExpenseLine) -> ExpenseLine | None:
    """Return an earlier line of the same person that has the same day, amount and currency."""
    return session.scalars(
        select(ExpenseLine)
        .join(ExpenseLine.claim)
        .where(
            ExpenseLine.claimant_id == claimant_id,
            ExpenseLine.spent_on == line.spent_on,
            ExpenseLine.amount == line.amount,
            ExpenseLine.currency == line.currency,
            ExpenseLine.id != (line.id or 0),
            ExpenseLine.status.not_in((LineStatus.refused, LineStatus.duplicate)),
            ExpenseClaim.recalled_at.is_(None),
        )
        .order_by(ExpenseLine.id)
        .limit(1)
    ).one_or_none()


def _over_cap(engagement: Engagement, line: ExpenseLine) -> str:
    entitlement = cap_of(engagement, line.kind)
    limit = None if entitlement is None else _limit(entitlement)
    if entitlement is None:
        return ""
    rule = f"Above what the contract pays {entitlement.rule}".strip()
    return check_cap(Money(line.amount, line.currency), limit, rule)


def _covered(session: Session, engagement: Engagement, line: ExpenseLine) -> str:
    if line.kind is not ExpenseKind.meal:
        return ""
    allowance = session.scalar(
        select(AllowanceLine.id).where(
            AllowanceLine.engagement_id == engagement.id,
            AllowanceLine.day == line.spent_on,
            AllowanceLine.kind == AllowanceKind.per_diem,
        )
    )
    if allowance is None:
        return ""
    return f"The per diem of {format_day(line.spent_on)} covers meals."


def _limit(entitlement: Entitlement) -> Money | None:
    limit = entitlement.cap if entitlement.cap is not None else entitlement.amount
    return None if limit is None else Money(limit, entitlement.currency)
