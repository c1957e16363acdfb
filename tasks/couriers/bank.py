"""Tells everybody who is reached for a payee about their bank details, and lets old changes lapse."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.outbox import EffectClass, MessageState
from app.models.outbox import OutboxMessage
from app.services import bank_details
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.timetable import Entry


def join(crew: Crew) -> None:
    """Take the courier on, and look every hour for changes that nobody confirmed."""
    crew.carry(Handler(bank_details.TELL, EffectClass.N, _nothing, _nothing_sent, _tell))
    crew.repeat(Entry("bank.lapse", timedelta(hours=1), _lapse))


def _nothing(_session: Session, _message: OutboxMessage) -> None:
    """Ask nothing beforehand: people are told in the transaction that records it."""


def _nothing_sent(_request: Any, _key: str) -> str:
    return ""


def _tell(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is MessageState.done:
        bank_details.tell(session, message.payload["detail_id"], message.payload["event"])


def _lapse(session: Session, _slot: Any) -> int:
    return bank_details.lapse_due(session, now())
