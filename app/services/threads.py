"""The thread of an engagement: everything that happened, and everything that waits for somebody.

Read from the records themselves, each with its own time; the audit log stands behind it for the
field by field. Entries are facts in our words; how they look is the page's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.contracts import AmendmentStatus, ContractStatus, SignerRole
from app.domain.expenses import LineStatus
from app.domain.messages import WITHOUT_MONEY
from app.domain.money import Money
from app.domain.payables import PayableStatus
from app.models import (
    Amendment,
    AuditEntry,
    CallSnapshot,
    Contract,
    ContractQuestion,
    ContractVersion,
    Engagement,
    ExpenseClaim,
    ExpenseLine,
    Message,
    Payable,
    ScheduleVersion,
    SignatureEvidence,
    SignatureRequest,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``status`` gives the mark; ``who`` comes first in the sentence."""

    at: datetime
    topic: str
    who: str
    what: str
    detail: str = ""
    status: StrEnum | None = None
    zone: str = ""
    """The zone of the place where it happened, where that is not the desk's."""
    kind: str = ""
    record_id: int = 0


def entries(session: Session, engagement: Engagement, *, money: bool = True) -> list[Entry]:
    """Return the thread, newest first; without ``money`` nothing in which a sum may stand.

    Letters and questions are free words: "Decided: your claim, 196.80 AUD" is a subject.
    """
    found = [
        *_opened(session, engagement),
        *_contracts(session, engagement),
        *_amendments(session, engagement),
        *_signatures(session, engagement),
        *_schedule(session, engagement),
        *_messages(session, engagement, money=money),
    ]
    if money:
        found += _questions(session, engagement)
        found += _claims(session, engagement)
        found += _payables(session, engagement)
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _opened(session: Session, engagement: Engagement) -> Iterator[Entry]:
    del session
    yield Entry(
        engagement.created_at,
        "engagement",
        "Opened:",
        f"engagement {engagement.number} in {engagement.production.title}",
        status=None,
    )


def _contracts(session: Session, engagement: Engagement) -> Iterator[Entry]:
    numbers = session.execute(
        select(Contract.id, Contract.number).where(Contract.engagement_id == engagement.id)
    ).all()
    names = {f"{key}": number for key, number in numbers}
    yield from _moves(session, "contract", names, ContractStatus)


def _amendments(session: Session, engagement: Engagement) -> Iterator[Entry]:
    amendments = session.scalars(
        select(Amendment).join(Amendment.contract).where(Contract.engagement_id == engagement.id)
    )
    names = {f"{one.id}": f"{one.number} to {one.contract.number}" for one in amendments}
    yield from _moves(session, "amendment", names, AmendmentStatus)


def _moves(
    session: Session, entity: str, names: dict[str, str], statuses: type[StrEnum]
) -> Iterator[Entry]:
    """Tell every change of status of these papers, from the audit log."""
    moves = session.scalars(
        select(AuditEntry).where(
            AuditEntry.entity == entity,
            AuditEntry.entity_id.in_(list(names)),
            AuditEntry.after.has_key("status"),
        )
    )
    for move in moves:
        after = move.after or {}
        status = statuses(after["status"])
        yield Entry(
            move.happened_at,
            "contract",
            entity.capitalize(),
            f"{names[move.entity_id]} is {status.replace('_', ' ')}",
            detail=str(after.get("reason") or move.reason or ""),
            status=status,
            kind=entity,
            record_id=int(move.entity_id),
        )


CAPACITY = {SignerRole.artist: "Signed by", SignerRole.agent: "Signed by the agent", SignerRole.company: "Countersigned by"}  # fmt: skip


def _signatures(session: Session, engagement: Engagement) -> Iterator[Entry]:
    evidence = session.scalars(
        select(SignatureEvidence)
        .join(SignatureEvidence.request)
        .outerjoin(SignatureRequest.contract_version)
        .outerjoin(SignatureRequest.amendment)
        .join(
            Contract,
            Contract.id == func.coalesce(ContractVersion.contract_id, Amendment.contract_id),
        )
        .where(Contract.engagement_id == engagement.id)
    )
    for act in evidence:
        amendment = act.request.amendment
        yield Entry(
            act.signed_at,
            "contract",
            CAPACITY[act.signer_role],
            act.signer_name
            if amendment is None
            else f"{act.signer_name}: amendment {amendment.number}",
            status=ContractStatus.signed_by_artist
            if act.signer_role is not SignerRole.company
            else ContractStatus.executed,
            zone=act.zone,
        )


def _questions(session: Session, engagement: Engagement) -> Iterator[Entry]:
    questions = session.scalars(
        select(ContractQuestion)
        .join(ContractQuestion.contract)
        .where(Contract.engagement_id == engagement.id)
    )
    for question in questions:
        verb = "asked about" if question.side == "artist" else "answered on"
        yield Entry(
            question.created_at,
            "contract",
            question.author,
            f"{verb} the contract",
            detail=question.body,
            status=LineStatus.queried if question.side == "artist" else LineStatus.answered,
            kind="contract",
            record_id=question.contract_id,
        )


def _schedule(session: Session, engagement: Engagement) -> Iterator[Entry]:
    rows = session.execute(
        select(ScheduleVersion, CallSnapshot)
        .join(CallSnapshot, CallSnapshot.schedule_version_id == ScheduleVersion.id)
        .where(
            CallSnapshot.facts["called"].contains([engagement.id]),
            func.jsonb_typeof(CallSnapshot.change) == "object",
            ScheduleVersion.production_id == engagement.production_id,
        )
        .order_by(ScheduleVersion.id)
    )
    changed: dict[ScheduleVersion, int] = {}
    for version, _ in rows:
        changed[version] = changed.get(version, 0) + 1
    for version, count in changed.items():
        calls = "1 call" if count == 1 else f"{count} calls"
        yield Entry(
            version.published_at,
            "schedule",
            f"Schedule version {version.number}",
            f"published by {version.published_by} concerns {calls}",
            detail=version.note,
            kind="production",
            record_id=version.production_id,
        )


def _claims(session: Session, engagement: Engagement) -> Iterator[Entry]:
    claims = session.scalars(
        select(ExpenseClaim).where(ExpenseClaim.engagement_id == engagement.id)
    ).all()
    for claim in claims:
        if claim.submitted_at is not None:
            count = len(claim.lines)
            lines = "1 line" if count == 1 else f"{count} lines"
            yield Entry(
                claim.submitted_at, "money", f"Claim {claim.number}", f"received: {lines}",
                status=claim.status, kind="claim", record_id=claim.id,
            )  # fmt: skip
        for line in claim.lines:
            yield from _decision(claim, line)


def _decision(claim: ExpenseClaim, line: ExpenseLine) -> Iterator[Entry]:
    if line.decided_at is not None:
        yield Entry(
            line.decided_at,
            "money",
            line.decided_by_name,
            f"{_decided(line)} line {line.position} of {claim.number}",
            detail=line.decision_reason,
            status=line.status,
            kind="claim",
            record_id=claim.id,
        )
    for note in line.notes:
        verb = "asked about" if note.side == "staff" else "answered on"
        yield Entry(
            note.created_at,
            "money",
            note.author,
            f"{verb} line {line.position} of {claim.number}",
            detail=note.body,
            status=LineStatus.queried if note.side == "staff" else LineStatus.answered,
            kind="claim",
            record_id=claim.id,
        )


def _decided(line: ExpenseLine) -> str:
    is_reduced = line.status is LineStatus.approved and line.approved_amount != line.base_amount
    return "reduced" if is_reduced else line.status.value


def _payables(session: Session, engagement: Engagement) -> Iterator[Entry]:
    for payable in session.scalars(select(Payable).where(Payable.engagement_id == engagement.id)):
        sum_ = f"{payable.number}, {Money(payable.amount, payable.currency)}"
        yield Entry(
            payable.created_at, "money", "Payable", sum_,
            detail=payable.held_reason, status=PayableStatus.open,
            kind="payable", record_id=payable.id,
        )  # fmt: skip
        if payable.status is PayableStatus.paid:
            yield Entry(
                payable.updated_at, "money", "Paid:", sum_,
                detail=f"Reference {payable.paid_reference}" if payable.paid_reference else "",
                status=PayableStatus.paid, kind="payable", record_id=payable.id,
            )  # fmt: skip


def _messages(session: Session, engagement: Engagement, *, money: bool) -> Iterator[Entry]:
    sent = select(Message).where(Message.engagement_id == engagement.id)
    for message in session.scalars(sent):
        if not money and not message.event.startswith(WITHOUT_MONEY):
            continue
        delivery = message.delivery
        yield Entry(
            message.created_at,
            "messages",
            "Message",
            f"to {message.recipient or 'nobody'}: {message.subject or message.event}",
            detail=delivery.error if delivery else "",
            status=delivery.status if delivery else None,
        )
