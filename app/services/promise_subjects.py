"""What stopped and waiting promises are about, by name: asked for a whole page of them at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Text, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.models.bulk_runs import BulkRun, BulkRunRow
from app.models.contracts import Amendment, Contract
from app.models.documents import Document
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim
from app.models.imports import ImportRun
from app.models.messages import Message
from app.models.outbox import OutboxMessage
from app.models.payables import Payable
from app.models.people import BankDetail, PayeeProfile, Person
from app.models.reports import ReportRun


@dataclass(frozen=True, slots=True)
class Subject:
    """What a promise is about: its name, and the record whose page tells more."""

    name: str
    kind: str = ""
    record_id: int = 0


NOTHING: Final = Subject("")


def _told(key: str, kind: str, record: Any, page_id: Any, *words: Any) -> Any:
    return select(
        literal(key).label("key"),
        cast(record, BigInteger).label("record"),
        literal(kind).label("kind"),
        cast(page_id, BigInteger).label("page"),
        cast(func.concat(*words), Text).label("words"),
    )


def _contract(ids: list[int]) -> Any:
    return (
        _told("contract_id", "contract", Contract.id, Contract.id, Contract.number, " of ", Person.name)
        .join(Engagement, Engagement.id == Contract.engagement_id)
        .join(Person, Person.id == Engagement.person_id)
        .where(Contract.id.in_(ids))
    )  # fmt: skip


def _amendment(ids: list[int]) -> Any:
    words = ("amendment ", Amendment.number, " to ", Contract.number)
    return (
        _told("amendment_id", "amendment", Amendment.id, Amendment.id, *words)
        .join(Contract, Contract.id == Amendment.contract_id)
        .where(Amendment.id.in_(ids))
    )


def _document(ids: list[int]) -> Any:
    named = _told("document_id", "engagement", Document.id, Document.engagement_id, Document.title)
    return named.where(Document.id.in_(ids))


def _payable(ids: list[int]) -> Any:
    words = (Payable.number, " for ", Payable.payee_name)
    return _told("payable_id", "payable", Payable.id, Payable.id, *words).where(Payable.id.in_(ids))


def _claim(ids: list[int]) -> Any:
    named = _told(
        "claim_id", "claim", ExpenseClaim.id, ExpenseClaim.id, "claim ", ExpenseClaim.number
    )
    return named.where(ExpenseClaim.id.in_(ids))


def _message(ids: list[int]) -> Any:
    to = func.coalesce(Person.name, Message.recipient)
    what = func.coalesce(func.nullif(Message.subject, ""), func.replace(Message.event, "_", " "))
    return (
        _told("message_id", "person", Message.id, Message.person_id, "“", what, "” to ", to)
        .outerjoin(Person, Person.id == Message.person_id)
        .where(Message.id.in_(ids))
    )


def _report(ids: list[int]) -> Any:
    words = func.replace(ReportRun.report, "_", " ")
    return _told("report", "", ReportRun.id, ReportRun.id, words).where(ReportRun.id.in_(ids))


def _import(ids: list[int]) -> Any:
    named = _told("import", "", ImportRun.id, ImportRun.id, ImportRun.file_name)
    return named.where(ImportRun.id.in_(ids))


def _bank(ids: list[int]) -> Any:
    return (
        _told("detail_id", "bank", BankDetail.id, BankDetail.id, PayeeProfile.name)
        .join(PayeeProfile, PayeeProfile.id == BankDetail.payee_id)
        .where(BankDetail.id.in_(ids))
    )


def _bulk(ids: list[int]) -> Any:
    named = _told("bulk", "", BulkRun.id, BulkRun.id, BulkRun.title)
    return named.where(BulkRun.id.in_(ids))


def _row(ids: list[int]) -> Any:
    return (
        _told("row_id", "", BulkRunRow.id, BulkRunRow.id, BulkRun.title, ": ", BulkRunRow.label)
        .join(BulkRun, BulkRun.id == BulkRunRow.run_id)
        .where(BulkRunRow.id.in_(ids))
    )


ASKED: Final = {
    "contract_id": _contract,
    "amendment_id": _amendment,
    "document_id": _document,
    "payable_id": _payable,
    "claim_id": _claim,
    "message_id": _message,
    "detail_id": _bank,
    "row_id": _row,
    "bulk": _bulk,
    "report": _report,
    "import": _import,
}
"""Name in a payload -> how its record is called. A run is of a kind that the promise says."""


BILLS: Final = "payable_ids"
"""Name under which a payload lists the bills that are looked at together."""


def _several(message: OutboxMessage) -> str:
    """Return what several records are called that are looked at together."""
    bills = message.payload.get(BILLS)
    if not isinstance(bills, list):
        return ""
    return f"{len(bills)} bills" if bills else "what is being entered"


def subjects_of(session: Session, messages: Iterable[OutboxMessage]) -> dict[UUID, Subject]:
    """Return what each promise is about, in one statement for all of them."""
    wanted: dict[tuple[str, int], list[UUID]] = defaultdict(list)
    found: dict[UUID, Subject] = {}
    for message in messages:
        name, number = _named(message)
        if name:
            wanted[name, number].append(message.id)
        else:
            found[message.id] = Subject(_several(message) or str(message.payload.get("about", "")))
    numbers: dict[str, list[int]] = defaultdict(list)
    for name, number in wanted:
        numbers[name].append(number)
    if numbers:
        asked = union_all(*(ASKED[name](ids) for name, ids in numbers.items()))
        for row in session.execute(asked):
            subject = Subject(row.words, row.kind, row.page or 0)
            found.update(dict.fromkeys(wanted[row.key, row.record], subject))
    return found


def _named(message: OutboxMessage) -> tuple[str, int]:
    """Return which record a payload names, the most telling first."""
    for name in ASKED:
        number = message.payload.get(name)
        if isinstance(number, int):
            return name, number
    bills: Any = message.payload.get(BILLS) or ()
    if len(bills) == 1 and isinstance(bills[0], int):
        return "payable_id", bills[0]
    run = message.payload.get("run_id")
    head = message.kind.partition(".")[0]
    return (head, run) if isinstance(run, int) and head in ASKED else ("", 0)
