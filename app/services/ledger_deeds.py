"""What a person does about a bill: enter it again, say that it was entered by hand, have it looked for."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.ledger_problems import Advice, LedgerProblem, advise
from app.domain.local_time import today_in
from app.domain.outbox import MessageState
from app.domain.payables import LedgerEvent, LedgerStatus
from app.domain.periods import format_day
from app.models.connections import AttentionItem
from app.models.organisations import Organisation
from app.models.outbox import OutboxMessage
from app.models.payables import LedgerDocument, Payable
from app.services import (
    connections,
    ledger_attention,
    ledger_bills,
    ledger_documents,
    ledger_standing,
    outbox,
)

XERO: Final = "xero"
LONGEST: Final = 60


def enter_again(session: Session, payable: Payable, *, dated_on: date | None = None) -> None:
    """Enter a bill again that was refused, with another date where a person chose one."""
    document = ledger_documents.of_payable(session, payable.id)
    if document.status is not LedgerStatus.failed:
        raise Refused(
            f"{payable.number} was not refused by the ledger. There is nothing to try again."
        )
    if dated_on is not None:
        _check_date(session, payable, dated_on)
    ledger_documents.retry(session, payable, dated_on=dated_on)


def first_free_day(session: Session, payable: Payable) -> date:
    """Return the day a bill may bear: today, or the first after what is locked."""
    today = _today(session, payable)
    offers = ledger_bills.offers_of(connections.connection_of(session, XERO))
    return (
        today
        if offers.locked_until is None
        else max(today, offers.locked_until + timedelta(days=1))
    )


def mark_by_hand(session: Session, payable: Payable, *, number: str) -> None:
    """Write down that a person entered the bill, under which number; what was promised is called off."""
    typed = checked_number(number)
    document = ledger_documents.of_payable(session, payable.id)
    if document.status not in (LedgerStatus.posting, LedgerStatus.failed):
        raise Refused(f"{payable.number} is in the ledger already.")
    _call_off(session, document)
    document.provider = XERO
    ledger_documents.move(session, payable.id, LedgerEvent.post)
    document.by_hand, document.posted_at = typed, now()
    session.flush()
    ledger_attention.mended(session, payable, f"Entered by hand as {typed}.")
    if not connections.is_manual(session, XERO):
        ledger_standing.look(session, [payable], fact=f"by-hand-{document.tries}")


def checked_number(number: str) -> str:
    """Return the number that a bill has in the ledger as a person typed it, or refuse it."""
    typed = number.strip()
    if not typed:
        raise Refused("Write the number that the bill has in the ledger.", field="reference")
    if len(typed) > LONGEST:
        raise Refused(f"A number has at most {LONGEST} signs.", field="reference")
    return typed


def look(session: Session, chosen: Sequence[Payable]) -> int:
    """Promise to look where bills stand in Xero; return how many."""
    there = [one for one in chosen if one.ledger_document and one.ledger_document.provider == XERO]
    if not there:
        raise Refused("These bills were never sent to Xero.")
    return ledger_standing.look(session, there, fact=f"asked-{now().isoformat()}")


def advice_for(payable: Payable) -> Advice | None:
    """Return what a person does about a bill that was not taken, or may not have been."""
    document = payable.ledger_document
    if document is None or document.problem is LedgerProblem.none:
        return None
    return advise(document.problem, number=payable.number, payee=payable.payee_name)


def waiting_for(session: Session, payable: Payable) -> Sequence[AttentionItem]:
    """Return what about a payable needs a person."""
    return session.scalars(
        select(AttentionItem)
        .where(
            AttentionItem.provider == XERO,
            AttentionItem.subject == ledger_attention.subject_of(payable),
            AttentionItem.status == "open",
        )
        .order_by(AttentionItem.id)
    ).all()


def _call_off(session: Session, document: LedgerDocument) -> None:
    """Call off what is still promised for a bill that a person entered."""
    waiting = session.scalars(
        select(OutboxMessage.id).where(
            OutboxMessage.kind == ledger_documents.POST,
            OutboxMessage.payload["payable_id"].as_integer() == document.payable_id,
            OutboxMessage.state.in_(
                (MessageState.ready, MessageState.leased, MessageState.in_doubt)
            ),
        )
    ).all()
    for message_id in waiting:
        outbox.cancel(session, message_id, reason="The bill was entered by hand.")


def _check_date(session: Session, payable: Payable, dated_on: date) -> None:
    offers = ledger_bills.offers_of(connections.connection_of(session, XERO))
    if offers.locked_until is not None and dated_on <= offers.locked_until:
        free = offers.locked_until + timedelta(days=1)
        raise Refused(
            f"Xero is locked until {format_day(offers.locked_until)}. Choose {format_day(free)} or later.",
            field="paid_on",
        )
    last = _today(session, payable) + timedelta(days=366)
    if dated_on > last:
        raise Refused(f"Choose {format_day(last)} or earlier.", field="paid_on")


def _today(session: Session, payable: Payable) -> date:
    return today_in(session.get_one(Organisation, payable.organisation_id).zone, now())
