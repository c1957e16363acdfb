"""Enters bills in the ledger, tells people what became of their claims, and makes fees due."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.accounting.port import Bill, BillLine
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.outbox import OutboxMessage
from app.models.payables import Payable
from app.services import fees, ledger_documents, payables
from app.services.expenses import duplicates, telling
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.timetable import Entry


def join(crew: Crew) -> None:
    """Take the couriers on, and look for fees that fall due every hour."""
    crew.carry(Handler(payables.POST, EffectClass.K, _bill, _post, _settle))
    crew.carry(Handler(telling.NOTIFY, EffectClass.N, _nothing, _nothing_sent, _tell))
    crew.repeat(Entry("payables.fees", timedelta(hours=1), _fees))


def _bill(session: Session, message: OutboxMessage) -> Bill:
    payable = session.get_one(Payable, message.payload["payable_id"])
    lines = session.scalars(
        select(ExpenseLine)
        .where(ExpenseLine.payable_id == payable.id)
        .order_by(ExpenseLine.position)
    ).all()
    parts = tuple(
        BillLine(f"{line.kind.value.replace('_', ' ')}, {line.spent_on}", line.approved_amount)
        for line in lines
        if line.approved_amount is not None
    )
    return Bill(
        number=payable.number,
        payee=payable.payee_name,
        currency=payable.currency,
        due_on=payable.due_on,
        lines=parts or (BillLine(payable.number, payable.amount),),
    )


def _post(bill: Bill, key: str) -> str:
    return providers.accounting().post(bill, key=key)


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
