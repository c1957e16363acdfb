"""What notices of providers are about, by name: asked for a whole page of them at once."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.models.payables import LedgerDocument, Payable
from app.models.people import ContactPoint, Person
from app.services.promise_subjects import Subject, subjects_of

BILLS: Final = "xero"
"""Who names bills by its own number in the body."""
TEXTS: Final = "twilio"
"""Who hands on what people wrote, by their telephone number."""

Found = dict[int, tuple[OutboxMessage | None, Subject]]
"""Notice -> the promise that it answers, and what it is about."""


def about(session: Session, notices: Iterable[InboxNotice]) -> Found:
    """Return what each notice is about: a promise of ours, a bill, or whoever wrote."""
    asked = list(notices)
    promised = _promised(session, asked)
    named = subjects_of(session, set(promised.values()))
    found: Found = {
        number: (message, named.get(message.id, Subject("")))
        for number, message in promised.items()
    }
    for number, subject in [*_bills(session, asked), *_writers(session, asked)]:
        found.setdefault(number, (None, subject))
    return found


def _promised(session: Session, notices: Sequence[InboxNotice]) -> dict[int, OutboxMessage]:
    """Return the promise that each notice leads back to: the first that went by that number."""
    references = {notice.reference for notice in notices if notice.reference}
    if not references:
        return {}
    ours = [number for one in references if (number := _uuid(one))]
    leads = or_(OutboxMessage.external_id.in_(references), OutboxMessage.id.in_(ours))
    known: dict[str, OutboxMessage] = {}
    for message in session.scalars(select(OutboxMessage).where(leads).order_by(OutboxMessage.id)):
        known.setdefault(str(message.id), message)
        if message.external_id:
            known.setdefault(message.external_id, message)
    return {
        notice.id: known[notice.reference]
        for notice in notices
        if notice.reference and notice.reference in known
    }


def _bills(session: Session, notices: Sequence[InboxNotice]) -> Iterable[tuple[int, Subject]]:
    meant = {
        notice.id: str(_said(notice).get("resourceId") or "")
        for notice in notices
        if notice.provider == BILLS
    }
    if not any(meant.values()):
        return []
    rows = session.execute(
        select(LedgerDocument.external_id, Payable.id, Payable.number, Payable.payee_name)
        .join(Payable, Payable.id == LedgerDocument.payable_id)
        .where(LedgerDocument.provider == BILLS, LedgerDocument.external_id.in_(meant.values()))
    )
    bills = {row[0]: Subject(f"{row[2]} for {row[3]}", "payable", row[1]) for row in rows}
    return [(number, bills[bill]) for number, bill in meant.items() if bill in bills]


def _writers(session: Session, notices: Sequence[InboxNotice]) -> Iterable[tuple[int, Subject]]:
    meant = {
        notice.id: number
        for notice in notices
        if notice.provider == TEXTS and (number := _from(notice))
    }
    if not meant:
        return []
    rows = session.execute(
        select(ContactPoint.normalised, Person.id, Person.name)
        .join(Person, Person.id == ContactPoint.person_id)
        .where(ContactPoint.normalised.in_(meant.values()))
        .order_by(ContactPoint.id.desc())
    )
    writers = {row[0]: Subject(row[2], "person", row[1]) for row in rows}
    return [
        (notice, writers.get(number, Subject(f"the number {number}")))
        for notice, number in meant.items()
    ]


def _from(notice: InboxNotice) -> str:
    said = _said(notice)
    told = said.get("said")
    is_inbound = said.get("kind") == "inbound" and isinstance(told, dict)
    return str(told.get("From") or "").strip() if is_inbound and told else ""


def _said(notice: InboxNotice) -> dict[str, Any]:
    try:
        said = json.loads(notice.raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
