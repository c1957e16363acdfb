"""What Xero says of our bills, taken in: paid is paid, and whatever differs is asked about."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.bulk_runs import PRIORITY
from app.domain.connections import AttentionStatus
from app.domain.ledger_problems import LedgerProblem
from app.domain.ledger_standing import PAID, Known, Standing, compare
from app.domain.local_time import today_in
from app.domain.money import Money
from app.domain.outbox import MessageState
from app.domain.pay_runs import PayRunLineEvent, PayRunLineStatus, PayRunStatus
from app.domain.payables import LedgerEvent, LedgerStatus, PayableEvent, PayableStatus
from app.domain.periods import format_day
from app.models.connections import AttentionItem
from app.models.organisations import Organisation
from app.models.outbox import OutboxMessage
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import LedgerDocument, Payable
from app.services import attention, ledger_attention, ledger_documents, outbox, payables
from app.services.ledger_documents import NEWS, REFRESH
from app.services.pay_runs import paying

XERO: Final = "xero"
AT_ONCE: Final = 40
NOT_HERE_YET: Final = timedelta(minutes=2)
"""From the minute in which a notice came to the look for the bill that it may be about."""
OPEN: Final = (PayableStatus.open, PayableStatus.held, PayableStatus.exported)
STOPPED: Final = ("dead", "in_doubt", "cancelled")
NIGHTLY: Final = 50
"""Priority of the nightly comparison: after the bills that wait to be entered."""
WAITING: Final = (LedgerProblem.disconnected, LedgerProblem.by_hand)
NOT_FOUND: Final = "not_found_there"


def take_in(session: Session, payable_id: int, there: Standing) -> None:
    """Write down where a bill stands in Xero, unless what we know is newer; say what differs."""
    document = ledger_documents.of_payable(session, payable_id)
    if document.seen_at is not None and there.seen_at and there.seen_at < document.seen_at:
        return
    if not _adopt(session, document, there):
        not_there(session, payable_id)
        return
    payable = document.payable
    known = _known(session, payable, was_paid=document.stands == PAID)
    document.seen_at, document.stands = there.seen_at or document.seen_at, there.status
    document.url = document.url or _page_of(there)
    verdict = compare(known, there)
    if verdict.is_newly_paid:
        _record_paid(session, payable, there)
    attention.settle(
        session, provider=XERO, subject=ledger_attention.subject_of(payable), problem=NOT_FOUND,
        how="It was found in Xero.",
    )  # fmt: skip
    ledger_attention.differ(session, payable, verdict.differences, _facts(known, there))


def _adopt(session: Session, document: LedgerDocument, there: Standing) -> bool:
    """Take over a bill that is in Xero although nobody here knew; tell whether it is this one's."""
    if document.external_id == there.external_id and document.status is not LedgerStatus.failed:
        return True
    taken = session.scalar(
        select(LedgerDocument.id).where(
            LedgerDocument.provider == XERO,
            LedgerDocument.external_id == there.external_id,
            LedgerDocument.id != document.id,
        )
    )
    if taken is not None:
        return False
    if document.status is LedgerStatus.voided:
        document.external_id = there.external_id
        return True
    ledger_documents.record_posted(session, document.payable_id, there.external_id, provider=XERO)
    return True


def not_there(session: Session, payable_id: int) -> None:
    """Take in that Xero has no such bill."""
    document = ledger_documents.of_payable(session, payable_id)
    payable = document.payable
    if document.status is LedgerStatus.posting:
        if _stopped(session, document):
            said = "It was looked for, and it is not in Xero."
            ledger_documents.record_failed(session, payable_id, said, provider=XERO)
        return
    if document.status in (LedgerStatus.failed, LedgerStatus.voided):
        return
    looked = document.by_hand or payable.number
    attention.ask(
        session,
        provider=XERO,
        problem=NOT_FOUND,
        subject=ledger_attention.subject_of(payable),
        title=f"{payable.number} is not in Xero",
        advice=f"No bill numbered {looked} is there for {payable.payee_name}. Correct its number in Xero, "
        "or void it here and post it again.",
        href=ledger_attention.href_of(payable),
        deed=f"See {payable.number}",
    )


def look(
    session: Session,
    chosen: Sequence[Payable],
    *,
    fact: str,
    priority: int = NEWS,
    is_whole: bool = False,
) -> int:
    """Promise to look where bills stand, some at a time; return how many. Whole is every open one."""
    ids = [one.id for one in chosen]
    whole = {"is_whole": True} if is_whole else {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        outbox.promise(
            session,
            organisation_id=chosen[start].organisation_id,
            kind=REFRESH,
            key=f"look-{some[0]}-{len(some)}-{fact}",
            payload={"payable_ids": some, **whole},
            priority=priority,
        )
    return len(ids)


def look_for_waiting(session: Session, organisation_id: int, *, heard_at: datetime) -> None:
    """Promise one look for all bills that are being entered, for whatever is heard in a minute.

    Most of them are entered by then, and looked at once more for themselves.
    """
    minute = heard_at.replace(second=0, microsecond=0)
    outbox.promise(
        session,
        organisation_id=organisation_id,
        kind=REFRESH,
        key=f"look-waiting-{minute:%Y%m%d%H%M}",
        payload={"payable_ids": [], "is_waiting": True},
        not_before=minute + NOT_HERE_YET,
        priority=NEWS,
    )


def being_entered(session: Session) -> Sequence[Payable]:
    """Return the payables whose bills are being entered, the oldest first."""
    return session.scalars(
        select(Payable)
        .join(Payable.ledger_document)
        .where(LedgerDocument.status == LedgerStatus.posting)
        .order_by(Payable.id)
        .limit(AT_ONCE)
    ).all()


def heard(session: Session, payable: Payable, *, fact: str) -> None:
    """Have it looked where a bill stands, unless that is about to be done anyway."""
    waits = session.scalar(
        select(OutboxMessage.id)
        .where(
            OutboxMessage.kind == REFRESH,
            OutboxMessage.state == MessageState.ready,
            OutboxMessage.payload["payable_ids"].contains([payable.id]),
        )
        .limit(1)
    )
    if waits is None:
        look(session, [payable], fact=fact)


def reconcile(session: Session, *, fact: str) -> int:
    """Promise to look at every bill that is not over; return how many there are."""
    return look(session, not_over(session), fact=fact, priority=NIGHTLY, is_whole=True)


def not_over(session: Session) -> Sequence[Payable]:
    """Return the payables whose bill outside may still change, and those a person is asked about."""
    asked = select(AttentionItem.subject).where(
        AttentionItem.provider == XERO, AttentionItem.status == AttentionStatus.open
    )
    return session.scalars(
        select(Payable)
        .join(Payable.ledger_document)
        .options(joinedload(Payable.ledger_document))
        .where(
            LedgerDocument.provider == XERO,
            Payable.status.in_(OPEN)
            | (LedgerDocument.stands.not_in(("PAID", "VOIDED", "DELETED")))
            | func.concat("payable:", Payable.id).in_(asked),
        )
        .order_by(Payable.id)
    ).all()


def _known(session: Session, payable: Payable, *, was_paid: bool) -> Known:
    run = session.scalar(
        select(PayRun.number)
        .join(PayRun.lines)
        .where(
            PayRunLine.payable_id == payable.id,
            PayRunLine.status == PayRunLineStatus.chosen,
            PayRun.status.in_((PayRunStatus.draft, PayRunStatus.checked, PayRunStatus.approved)),
        )
    )
    return Known(
        number=payable.number,
        amount=payable.amount,
        currency=payable.currency,
        status=payable.status,
        paid_on=payable.paid_on,
        reference=payable.paid_reference,
        is_paid_by_us=payable.paid_by is not None,
        was_paid_there=was_paid,
        is_in_run=run or "",
    )


def _record_paid(session: Session, payable: Payable, there: Standing) -> None:
    """Mark paid what Xero has paid; claim, pay run and phone follow as when a person marks it."""
    session.refresh(payable, with_for_update={"of": Payable})
    on = there.paid_on or _today(session, payable)
    payable.advance(PayableEvent.pay_there)
    payable.paid_on, payable.paid_by = on, None
    payable.paid_reference = there.reference or f"Xero {payable.number}"
    payable.held_reason = ""
    document = payable.ledger_document
    if document is not None and document.status is LedgerStatus.posted:
        ledger_documents.move(session, payable.id, LedgerEvent.pay)
    line = session.scalars(
        select(PayRunLine)
        .join(PayRunLine.run)
        .where(
            PayRunLine.payable_id == payable.id,
            PayRunLine.status == PayRunLineStatus.chosen,
            PayRun.status == PayRunStatus.exported,
        )
    ).one_or_none()
    if line is not None:
        line.advance(PayRunLineEvent.pay)
        paying.settle(line.run)
    payables.tell_paid(session, payable)


def _today(session: Session, payable: Payable) -> date:
    return today_in(session.get_one(Organisation, payable.organisation_id).zone, now())


def _stopped(session: Session, document: LedgerDocument) -> bool:
    """Tell whether nobody tries to enter this bill any more."""
    latest = session.scalar(
        select(OutboxMessage.state)
        .where(
            OutboxMessage.kind == ledger_documents.POST,
            OutboxMessage.payload["payable_id"].as_integer() == document.payable_id,
        )
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        .limit(1)
    )
    return latest is None or latest.value in STOPPED


def _facts(known: Known, there: Standing) -> dict[str, str]:
    """Return both sides, for a person to compare."""
    return {
        "here": f"{known.status.value}, {Money(known.amount, known.currency)}",
        "here_paid": format_day(known.paid_on) if known.paid_on else "",
        "in_xero": f"{there.status.lower()}, {Money(there.total, there.currency)}",
        "in_xero_paid": format_day(there.paid_on) if there.paid_on else "",
        "reference_in_xero": there.reference,
    }


def _page_of(there: Standing) -> str:
    return f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={there.external_id}"


def retry_waiting(session: Session) -> int:
    """Enter what waited for the connection, or was left to people: what is there already is found."""
    waiting = session.scalars(
        select(Payable)
        .join(Payable.ledger_document)
        .where(
            LedgerDocument.status == LedgerStatus.failed,
            LedgerDocument.problem.in_(WAITING),
        )
        .order_by(Payable.id)
    ).all()
    # What is approved meanwhile does not stand behind a season's.
    with outbox.below(session, PRIORITY):
        for payable in waiting:
            ledger_documents.retry(session, payable)
    return len(waiting)
