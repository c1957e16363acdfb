"""A claim comes in from the phone: opened once, filled line by line, sent, or taken back."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.claim_decisions import check_recall
from app.domain.claim_lines import EnteredLine, check_line
from app.domain.errors import Refused
from app.domain.expenses import ExpenseKind, Proof
from app.domain.local_time import today_in
from app.domain.money import Money
from app.domain.periods import format_day
from app.domain.schedules import CallStatus
from app.models.base import uuid7
from app.models.documents import StoredFile
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt
from app.models.organisations import Organisation
from app.models.schedules import Call
from app.services import events
from app.services.events import name_of
from app.services.expenses import flags, pricing, telling
from app.services.expenses.pricing import NewLine
from app.services.expenses.standing import locked, settle
from app.services.numbers import next_claim_number


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
    session: Session,
    claim: ExpenseClaim,
    new: NewLine,
    files: Sequence[StoredFile],
    *,
    zone: str,
    statements: Sequence[StoredFile] = (),
) -> ExpenseLine:
    """Put an expense on a claim that is not sent yet; ``statements`` prove what a card took."""
    line = ExpenseLine(organisation_id=claim.organisation_id, flags=[])
    locked(session, claim)
    _check_unsent(claim)
    line.position = max((each.position for each in claim.lines), default=0) + 1
    _enter(session, claim, line, new, Papers(files, statements), zone)
    claim.lines.append(line)
    session.flush()
    _attach_all(session, line, Papers(files, statements))
    return line


def revise_line(
    session: Session,
    line: ExpenseLine,
    new: NewLine,
    files: Sequence[StoredFile],
    *,
    zone: str,
    statements: Sequence[StoredFile] = (),
) -> None:
    """Change an expense on a claim that is not sent yet, with its papers."""
    claim, papers = line.claim, Papers(files, statements)
    locked(session, claim)
    _check_unsent(claim)
    with session.no_autoflush:
        _enter(session, claim, line, new, papers, zone)
    kept = {file.id for file in (*files, *statements)}
    for receipt in [each for each in line.receipts if each.file_id not in kept]:
        line.receipts.remove(receipt)
        session.delete(receipt)
    session.flush()
    _attach_all(session, line, papers)


def drop_line(session: Session, line: ExpenseLine) -> None:
    """Take an expense off a claim that is not sent yet. Its photo stays in the files."""
    locked(session, line.claim)
    _check_unsent(line.claim)
    for receipt in list(line.receipts):
        session.delete(receipt)
    session.flush()
    session.delete(line)
    session.flush()
    session.expire(line.claim, ["lines"])


def attach(
    session: Session, line: ExpenseLine, file: StoredFile, proves: Proof = Proof.receipt
) -> None:
    """Put a paper behind a line; the same paper twice is once."""
    if any(receipt.file_id == file.id for receipt in line.receipts):
        return
    line.receipts.append(
        Receipt(
            organisation_id=line.organisation_id,
            line_id=line.id,
            file_id=file.id,
            file=file,
            proves=proves,
        )
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
    for line in claim.lines:
        pricing.freeze(session, line)
    claim.submitted_at = now()
    settle(session, claim)
    telling.promise_to_tell(session, claim, "claim_received", "once")
    said = {"number": claim.number, "lines": len(claim.lines)}
    events.tell(session, "claim.submitted", claim, **said, engagement=name_of(claim.engagement))


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
    house = session.get_one(Organisation, engagement.organisation_id)
    zone = session.scalar(
        select(Call.zone)
        .where(
            Call.production_id == engagement.production_id,
            Call.status == CallStatus.published,
            Call.day_of <= today_in(house.zone, now()),
            Call.zone != "",
        )
        .order_by(Call.day_of.desc(), Call.id.desc())
        .limit(1)
    )
    return zone or house.zone


def guess_engagement(engagements: Sequence[Engagement], day: date) -> Engagement | None:
    """Return the engagement that a day falls in, else the one nearest to it."""

    def distance(engagement: Engagement) -> int:
        before = (engagement.starts_on - day).days
        after = (day - engagement.ends_on).days
        return max(before, after, 0)

    return min(engagements, key=distance, default=None)


class Papers(NamedTuple):
    """What is behind an expense: its receipts, and what proves the amount a card took."""

    receipts: Sequence[StoredFile]
    statements: Sequence[StoredFile]


def _enter(
    session: Session,
    claim: ExpenseClaim,
    line: ExpenseLine,
    new: NewLine,
    papers: Papers,
    zone: str,
) -> None:
    """Write on a line what was entered, priced as of now."""
    priced = pricing.price(session, claim, new, has_statement=bool(papers.statements))
    check_line(
        EnteredLine(
            new.kind, new.spent_on, priced["amount"], priced["currency"], len(papers.receipts),
            new.declaration, new.paid_by, new.description,
        ),
        zone,
        now(),
    )  # fmt: skip
    entered = {
        "kind": ExpenseKind[new.kind],
        "description": new.description.strip(),
        "supplier": new.supplier.strip(),
        "spent_on": new.spent_on,
        "declaration": new.declaration.strip(),
        "paid_by": new.paid_by,
        "base_currency": claim.currency,
        "claimant_id": claim.engagement.person_id,
        **priced,
    }
    for name, value in entered.items():
        setattr(line, name, value)
    _check_twice(session, claim, line, papers.receipts, keep_both=new.keep_both)
    line.flags = flags.flags_of(session, claim.engagement, line)


def _attach_all(session: Session, line: ExpenseLine, papers: Papers) -> None:
    for proves, files in zip(Proof, papers, strict=True):
        for file in files:
            attach(session, line, file, proves)


def _check_not_recalled(claim: ExpenseClaim) -> None:
    if claim.recalled_at is not None:
        raise Refused(f"{claim.number} was taken back. Put its expenses on a new claim.")


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
            session, claim, line, files
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
    session: Session, claim: ExpenseClaim, line: ExpenseLine, files: Sequence[StoredFile]
) -> ExpenseLine | None:
    return session.scalars(
        select(ExpenseLine)
        .join(Receipt, Receipt.line_id == ExpenseLine.id)
        .join(ExpenseLine.claim)
        .where(
            Receipt.file_id.in_([file.id for file in files]),
            ExpenseLine.claimant_id == claim.engagement.person_id,
            ExpenseClaim.recalled_at.is_(None),
            ExpenseLine.id != (line.id or 0),
        )
        .order_by(ExpenseLine.id)
        .limit(1)
    ).first()
