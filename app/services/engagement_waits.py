"""What waits for somebody in one engagement: each with why, until when, and the page that settles it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts import AmendmentStatus, ContractStatus
from app.domain.expenses import LineStatus
from app.domain.money import Money
from app.domain.people import EngagementBasis
from app.models import (
    Amendment,
    Contract,
    ContractQuestion,
    Document,
    Engagement,
    ExpenseClaim,
    ExpenseLine,
)

NEEDS = {
    ContractStatus.draft: ("The contract is a draft", "Read it through and send it to review", "Open"),
    ContractStatus.in_review: ("The contract waits for review", "A second pair of eyes, then it can be sent", "Review"),
    ContractStatus.ready: ("The contract is ready", "It can be sent for signature", "Send"),
    ContractStatus.sent: ("The contract waits for the artist's signature", "It was sent; a reminder can be sent once a day", "Open"),
    ContractStatus.part_signed: ("The contract waits for a signature", "One of its signers has signed", "Open"),
    ContractStatus.signed_by_artist: ("The contract waits for the company's signature", "The artist has signed", "Countersign"),
    ContractStatus.declined: ("The contract was declined", "Talk to the artist, then send a new version", "Read why"),
    ContractStatus.expired: ("The contract was not signed in time", "Send it again or void it", "Open"),
    ContractStatus.external: ("The signed paper is missing", "It was signed elsewhere: upload the signed paper", "Upload"),
}  # fmt: skip

AMENDMENT_NEEDS = {
    AmendmentStatus.draft: ("An amendment is a draft", "Read it through and send it to review", "Open"),
    AmendmentStatus.in_review: ("An amendment waits for review", "A second pair of eyes, then it can be sent", "Review"),
    AmendmentStatus.ready: ("An amendment is ready", "It can be sent for signature", "Send"),
    AmendmentStatus.sent: ("An amendment waits for the artist's signature", "The terms stay as they are until then", "Open"),
    AmendmentStatus.signed_by_artist: ("An amendment waits for the company's signature", "The artist has signed", "Countersign"),
    AmendmentStatus.declined: ("An amendment was declined", "The terms stay as they are; talk to the artist", "Read why"),
    AmendmentStatus.expired: ("An amendment was not signed in time", "Write it again or void it", "Open"),
}  # fmt: skip

WAITING_LINES = {
    LineStatus.entered: ("A receipt waits for a decision", "Decide"),
    LineStatus.answered: ("A question about a receipt was answered", "Read the answer"),
    LineStatus.first_approved: ("A receipt waits for a second approval", "Decide"),
    LineStatus.queried: ("One receipt has a question", "See the question"),
}


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that waits. ``kind`` and ``record_id`` say on which page it is settled."""

    title: str
    hint: str
    deed: str
    kind: str
    record_id: int
    status: StrEnum | None = None


def waits(session: Session, engagement: Engagement, today: date) -> list[Wait]:
    """Return what waits for somebody, the most pressing first."""
    return [
        *_lines(session, engagement),
        *_contracts(session, engagement),
        *_amendments(session, engagement),
        *_questions(session, engagement),
        *_papers(session, engagement, today),
        *_facts(engagement),
    ]


def _lines(session: Session, engagement: Engagement) -> Iterator[Wait]:
    lines = session.scalars(
        select(ExpenseLine)
        .join(ExpenseLine.claim)
        .where(
            ExpenseClaim.engagement_id == engagement.id,
            ExpenseClaim.submitted_at.is_not(None),
            ExpenseClaim.recalled_at.is_(None),
            ExpenseLine.status.in_(list(WAITING_LINES)),
        )
        .order_by(ExpenseLine.id)
    )
    for line in lines:
        title, deed = WAITING_LINES[line.status]
        what = line.kind.replace("_", " ")
        hint = f"{line.claim.number}, {what} {Money(line.amount, line.currency)}"
        yield Wait(title, hint, deed, "claim", line.claim_id, line.status)


def _contracts(session: Session, engagement: Engagement) -> Iterator[Wait]:
    contracts = session.scalars(
        select(Contract).where(
            Contract.engagement_id == engagement.id, Contract.status.in_(list(NEEDS))
        )
    )
    for contract in contracts:
        title, hint, deed = NEEDS[contract.status]
        yield Wait(
            title, f"{contract.number}. {hint}", deed, "contract", contract.id, contract.status
        )


def _amendments(session: Session, engagement: Engagement) -> Iterator[Wait]:
    amendments = session.scalars(
        select(Amendment)
        .join(Amendment.contract)
        .where(Contract.engagement_id == engagement.id, Amendment.status.in_(list(AMENDMENT_NEEDS)))
    )
    for one in amendments:
        title, hint, deed = AMENDMENT_NEEDS[one.status]
        yield Wait(title, f"{one.name}. {hint}", deed, "amendment", one.id, one.status)


def _questions(session: Session, engagement: Engagement) -> Iterator[Wait]:
    questions = session.scalars(
        select(ContractQuestion)
        .join(ContractQuestion.contract)
        .where(
            Contract.engagement_id == engagement.id,
            ContractQuestion.side == "artist",
            ContractQuestion.answered_at.is_(None),
        )
    )
    for question in questions:
        yield Wait(
            f"{question.author} asked about the contract",
            question.body[:120],
            "Answer",
            "contract",
            question.contract_id,
            LineStatus.queried,
        )


def _papers(session: Session, engagement: Engagement, today: date) -> Iterator[Wait]:
    papers = session.scalars(
        select(Document).where(
            Document.person_id == engagement.person_id,
            Document.expires_on.is_not(None),
            Document.expires_on < max(engagement.ends_on, today),
            Document.archived_at.is_(None),
        )
    )
    for paper in papers:
        yield Wait(
            f"{paper.title} ends before the engagement does",
            f"It ends on {paper.expires_on:%-d %B %Y}. Ask for the new one",
            "See the person",
            "person",
            engagement.person_id,
            ContractStatus.expired,
        )


def _facts(engagement: Engagement) -> Iterator[Wait]:
    if engagement.basis is EngagementBasis.undecided:
        yield Wait(
            "Nobody has decided the basis",
            "Employee, contractor or company: it decides super and tax",
            "Decide",
            "engagement_edit",
            engagement.id,
        )
    if not engagement.roles:
        yield Wait(
            "No role yet", "A contract names the role", "Add a role", "role_add", engagement.id
        )
