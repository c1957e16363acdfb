"""What is looked at when a line comes in: caps of the contract, per diems, the same expense twice.

A flag is words for whoever decides; it refuses nothing by itself.
"""

from typing import Final

from sqlalchemy import ColumnElement, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.orm import Session, joinedload

from app.domain.allowances import AllowanceKind
from app.domain.claim_lines import check_cap
from app.domain.contracts import EntitlementKind
from app.domain.expenses import ExpenseKind, LineStatus
from app.domain.money import Money
from app.domain.periods import format_day
from app.models.documents import StoredFile
from app.models.engagements import Engagement, Entitlement
from app.models.expenses import AllowanceLine, ExpenseClaim, ExpenseLine, Receipt

CAPS: Final = {
    ExpenseKind.taxi: EntitlementKind.taxi,
    ExpenseKind.hotel: EntitlementKind.hotel,
    ExpenseKind.meal: EntitlementKind.meal,
    ExpenseKind.baggage: EntitlementKind.baggage,
    ExpenseKind.mileage: EntitlementKind.km,
}
NEAR: Final = 4
"""Of 64 bits of a perceptual hash: as many may differ in two photos of one paper."""


def flags_of(session: Session, engagement: Engagement, line: ExpenseLine) -> list[str]:
    """Return what to tell of a new line, in sentences."""
    found = [_over_cap(engagement, line), _covered(session, engagement, line)]
    return [sentence for sentence in found if sentence]


def cap_of(engagement: Engagement, kind: ExpenseKind) -> Entitlement | None:
    """Return what the contract gives at most for a kind of expense."""
    wanted = CAPS.get(kind)
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
            ExpenseLine.status.not_in((LineStatus.refused, LineStatus.duplicate)),
            ExpenseClaim.recalled_at.is_(None),
        )
        .order_by(ExpenseLine.id)
        .limit(1)
    ).one_or_none()


def twins(session: Session, line: ExpenseLine) -> list[ExpenseLine]:
    """Return lines of anybody's that show the same paper, or a photo much like it (staff only)."""
    mine = [receipt.file for receipt in line.receipts]
    if not mine:
        return []
    hashes = [file.perceptual_hash for file in mine if file.perceptual_hash]
    alike = or_(
        StoredFile.sha256.in_([file.sha256 for file in mine]),
        *(
            and_(StoredFile.perceptual_hash.is_not(None), _distance(known) <= NEAR)
            for known in hashes
        ),
    )
    return list(
        session.scalars(
            select(ExpenseLine)
            .join(ExpenseLine.claim)
            .where(
                ExpenseLine.id != line.id,
                ExpenseClaim.submitted_at.is_not(None),
                ExpenseClaim.recalled_at.is_(None),
                ExpenseLine.id.in_(
                    select(Receipt.line_id)
                    .join(StoredFile, StoredFile.id == Receipt.file_id)
                    .where(alike)
                ),
            )
            .options(
                joinedload(ExpenseLine.claim)
                .joinedload(ExpenseClaim.engagement)
                .joinedload(Engagement.person)
            )
            .order_by(ExpenseLine.id)
            .limit(5)
        )
    )


def _distance(known: str) -> ColumnElement[int]:
    """Return in how many bits the hash of a stored file differs from a known one."""
    theirs = cast(func.concat("x", StoredFile.perceptual_hash), BIT(64))
    mine = cast(literal(f"x{known}"), BIT(64))
    return func.bit_count(theirs.bitwise_xor(mine))


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
