"""Enters bills in the ledger, tells people what became of their claims, and makes fees due."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.accounting.port import Bill, BillLine, Leave, Payee
from app.models.expenses import ExpenseClaim
from app.models.outbox import OutboxMessage
from app.models.payables import Payable
from app.services import fees, ledger_bills, ledger_documents
from app.services.expenses import duplicates, telling
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.timetable import Entry


def join(crew: Crew) -> None:
    """Take the couriers on, and look for fees that fall due every hour."""
    if crew.config.accounting == ledger_documents.OWN:
        crew.carry(Handler(ledger_documents.POST, EffectClass.K, _bill, _post, _settle))
    crew.carry(Handler(telling.NOTIFY, EffectClass.N, _nothing, _nothing_sent, _tell))
    crew.repeat(Entry("payables.fees", timedelta(hours=1), _fees))


def _bill(session: Session, message: OutboxMessage) -> Bill:
    payable = session.get_one(Payable, message.payload["payable_id"])
    ledger_bills.date_bill(session, payable)
    return bill_of(session, payable, ledger_bills.lines_of(session, payable))


def bill_of(
    session: Session, payable: Payable, lines: tuple[ledger_bills.Line, ...], **more: str
) -> Bill:
    """Return a payable as a ledger takes it."""
    whom = ledger_bills.whom(session, payable)
    document = payable.ledger_document
    known = ledger_bills.contact_of(session, whom.number)
    others = frozenset() if known else ledger_bills.contacts_of_others(session, whom.number)
    return Bill(
        number=payable.number,
        payee=Payee(whom.number, whom.name, whom.email, known, others),
        currency=payable.currency,
        dated_on=(document.dated_on if document else None) or payable.due_on,
        due_on=payable.due_on,
        lines=tuple(BillLine(line.description, line.amount, line.coding) for line in lines),
        **more,
    )


def _post(bill: Bill, key: str) -> str:
    return providers.accounting().post(bill, key=key, leave=Leave()).external_id


def _settle(session: Session, message: OutboxMessage, result: Result) -> None:
    payable_id = message.payload["payable_id"]
    if result.state is MessageState.done:
        ledger_documents.record_posted(session, payable_id, result.external_id)
    elif result.state is MessageState.dead:
        ledger_documents.record_failed(session, payable_id, result.error)


def _nothing(_session: Session, _message: OutboxMessage) -> None:
    """Ask nothing beforehand: people are told in the transaction that records it."""


def _nothing_sent(_request: None, _key: str) -> str:
    return ""


def _tell(session: Session, message: OutboxMessage, result: Result) -> None:
    """Tell the artist that the claim arrived."""
    if result.state is MessageState.done:
        claim = session.get_one(ExpenseClaim, message.payload["claim_id"])
        duplicates.note_resemblances(session, claim)
        telling.tell_claimant(session, claim, message.payload["event"], message.payload["fact"])


def _fees(session: Session, slot: datetime) -> int:
    return fees.make_due(session, slot)
