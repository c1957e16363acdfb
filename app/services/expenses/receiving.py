"""A claim comes in from the phone: opened once, filled line by line, sent, or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.claim_decisions import check_recall
from app.domain.claim_lines import EnteredLine, check_line
from app.domain.errors import Refused
from app.domain.expenses import ExpenseKind, RateSource
from app.domain.money import Money, check_amount, implied_rate
from app.domain.periods import format_day
from app.domain.schedules import CallStatus
from app.models.base import uuid7
from app.models.documents import StoredFile
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt
from app.models.organisations import Organisation
from app.models.schedules import Call
from app.services.expenses import flags, telling
from app.services.expenses.standing import locked, settle
from app.services.numbers import next_claim_number


@dataclass(frozen=True, slots=True)
class NewLine:
    """An expense as it was entered."""

    kind: str
    spent_on: date
    amount: Decimal
    currency: str
    description: str = ""
    supplier: str = ""
    declaration: str = ""
    base_amount: Decimal | None = None
    """What the card statement says in the company's currency, where the expense is in another."""
    keep_both: bool = False
    """That it is another expense than the one it looks like."""


def new_key() -> UUID:
    """Return an id for a form, so that sending it twice is sending it once."""
    return uuid7()


def receive(
    session: Session, engagement: Engagement, *, client_uuid: UUID, claimed_by: str
) -> ExpenseClaim:
    """Open a claim, or return the one that was opened with this id before."""
    known = session.scalars(
        select(ExpenseClaim).where(
            ExpenseClaim.organisation_id == engagement.organisation_id,
            ExpenseClaim.client_uuid == client_uuid,
        )
    ).one_or_none()
    if known is not None:
        return known
    organisation = session.get_one(Organisation, engagement.organisation_id)
    claim = ExpenseClaim(
        organisation_id=engagement.organisation_id,
        number=next_claim_number(session, engagement.organisation_id),
        client_uuid=client_uuid,
        engagement_id=engagement.id,
        engagement=engagement,
        claimed_by=claimed_by,
        currency=organisation.base_currency,
    )
    session.add(claim)
    session.flush()
    return claim


def add_line(
    session: Session, claim: ExpenseClaim, new: NewLine, files: Sequence[StoredFile], *, zone: str
) -> ExpenseLine:
    """Put an expense on a claim that is not sent yet."""
    check_line(
        EnteredLine(
            new.kind, new.spent_on, new.amount, new.currency, len(files), new.declaration,
            description=new.description,
        ),
        zone,
        now(),
    )  # fmt: skip
    locked(session, claim)
    _check_unsent(claim)
    line = _line(claim, new)
    _check_twice(session, claim, line, files, keep_both=new.keep_both)
    line.flags = flags.flags_of(session, claim.engagement, line)
    claim.lines.append(line)
    session.flush()
    for file in files:
        attach(session, line, file)
    return line


def attach(session: Session, line: ExpenseLine, file: StoredFile) -> None:
    """Put a paper behind a line; the same paper twice is once."""
    if any(receipt.file_id == file.id for receipt in line.receipts):
        return
    line.receipts.append(
        Receipt(organisation_id=line.organisation_id, line_id=line.id, file_id=file.id, file=file)
    )
    session.flush()


def submit(session: Session, claim: ExpenseClaim) -> None:
    """Send a claim to finance. Sending it again changes nothing."""
    locked(session, claim)
    _check_not_recalled(claim)
    if claim.submitted_at is not None:
        return
    if not claim.lines:
        raise Refused("There is nothing on this claim yet. Add an expense first.")
    claim.submitted_at = now()
    settle(session, claim)
    telling.promise_to_tell(session, claim, "claim_received", "once")


def recall(session: Session, claim: ExpenseClaim) -> None:
    """Take a claim back before anything on it is decided. A paper of it can be sent again."""
    locked(session, claim)
    if claim.recalled_at is not None:
        return
    check_recall(claim.status, [line.status for line in claim.lines])
    claim.recalled_at = now()
    settle(session, claim)


def zone_of(session: Session, engagement: Engagement) -> str:
    """Return the zone a day of this engagement is counted in: of the newest call's place, else the house's."""
    zone = session.scalar(
        select(Call.zone)
        .where(
            Call.production_id == engagement.production_id,
            Call.status == CallStatus.published,
            Call.day_of <= now().date(),
            Call.zone != "",
        )
        .order_by(Call.day_of.desc(), Call.id.desc())
        .limit(1)
    )
    return zone or session.get_one(Organisation, engagement.organisation_id).zone


def guess_engagement(engagements: Sequence[Engagement], day: date) -> Engagement | None:
    """Return the engagement that a day falls in, else the one nearest to it."""

    def distance(engagement: Engagement) -> int:
        before = (engagement.starts_on - day).days
        after = (day - engagement.ends_on).days
        return max(before, after, 0)

    return min(engagements, key=distance, default=None)


def _line(claim: ExpenseClaim, new: NewLine) -> ExpenseLine:
    base, rate, source = _converted(new, claim.currency)
    return ExpenseLine(
        organisation_id=claim.organisation_id,
        position=len(claim.lines) + 1,
        kind=ExpenseKind[new.kind],
        description=new.description.strip(),
        supplier=new.supplier.strip(),
        spent_on=new.spent_on,
        amount=new.amount,
        currency=new.currency,
        rate=rate,
        rate_source=source,
        rate_date=None if base is None else new.spent_on,
        base_amount=base,
        base_currency=claim.currency,
        declaration=new.declaration.strip(),
        claimant_id=claim.engagement.person_id,
        flags=[],
    )


def _converted(new: NewLine, currency: str) -> tuple[Decimal | None, Decimal, RateSource]:
    if new.currency == currency:
        return new.amount, Decimal(1), RateSource.same_currency
    if new.base_amount is None:
        return None, Decimal(1), RateSource.entered
    base = check_amount(new.base_amount, currency, "base_amount")
    rate = implied_rate(Money(new.amount, new.currency), Money(base, currency))
    return base, rate, RateSource.card_statement


def _check_not_recalled(claim: ExpenseClaim) -> None:
    if claim.recalled_at is not None:
        raise Refused(f"{claim.number} was taken back. Start a new claim for its expenses.")


def _check_unsent(claim: ExpenseClaim) -> None:
    _check_not_recalled(claim)
    if claim.submitted_at is not None:
        raise Refused(f"{claim.number} is sent. Start a new claim for this expense.")


def _check_twice(
    session: Session,
    claim: ExpenseClaim,
    line: ExpenseLine,
    files: Sequence[StoredFile],
    *,
    keep_both: bool,
) -> None:
    """Refuse, once, what the same person seems to have claimed already."""
    if keep_both:
        return
    with session.no_autoflush:
        like = flags.looks_like(session, claim.engagement.person_id, line) or _same_paper(
            session, claim, files
        )
    if like is not None:
        what = like.kind.value.replace("_", " ")
        raise Refused(
            f"This looks like the {what} of {format_day(like.spent_on)}, "
            f"{Money(like.amount, like.currency)}, on {like.claim.number}. "
            "Keep both, or leave this one out?",
            field="keep_both",
        )


def _same_paper(
    session: Session, claim: ExpenseClaim, files: Sequence[StoredFile]
) -> ExpenseLine | None:
    return session.scalars(
        select(ExpenseLine)
        .join(Receipt, Receipt.line_id == ExpenseLine.id)
        .join(ExpenseLine.claim)
        .where(
            Receipt.file_id.in_([file.id for file in files]),
            ExpenseLine.claimant_id == claim.engagement.person_id,
            ExpenseClaim.recalled_at.is_(None),
        )
        .order_by(ExpenseLine.id)
        .limit(1)
    ).first()
