"""What waits for whoever sits at the desk, and how the contracts stand."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.expenses import UNDECIDED, LineStatus
from app.domain.import_report import Severity
from app.domain.outbox import MessageState
from app.models.contracts import Contract, ContractQuestion
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.imports import ImportMessage, ImportRun
from app.models.outbox import OutboxMessage
from app.models.people import Person
from app.models.productions import Production
from app.models.schedules import Call
from app.services.schedules.week import unpublished

NAMED: Final = 3
"""How many are named before the rest is a number."""

NEWS_OF_IMPORTS: Final = timedelta(days=14)

CONTRACTS: Final = {
    ContractStatus.declined: ("was declined", "were declined", "Talk to the artist, then send a new version"),
    ContractStatus.expired: ("was not signed in time", "were not signed in time", "Send again, or void"),
    ContractStatus.signed_by_artist: ("waits for the company’s signature", "wait for the company’s signature", "The artists have signed"),
    ContractStatus.in_review: ("waits for review", "wait for review", "A second pair of eyes"),
    ContractStatus.ready: ("is ready to send", "are ready to send", "All fields are filled"),
    ContractStatus.external: ("lacks its signed paper", "lack their signed papers", "Signed elsewhere: upload the paper"),
    ContractStatus.draft: ("is a draft", "are drafts", "Read through, then to review"),
}  # fmt: skip
"""What is said of one, of several, and why."""

DEEDS: Final = {
    ContractStatus.declined: "Read why",
    ContractStatus.expired: "Look",
    ContractStatus.signed_by_artist: "Countersign",
    ContractStatus.in_review: "Review",
    ContractStatus.ready: "Look and send",
    ContractStatus.external: "Upload",
    ContractStatus.draft: "Open",
}

CHART: Final = (
    ("Executed", (ContractStatus.executed, ContractStatus.completed), "a"),
    ("Signed by artist", (ContractStatus.signed_by_artist,), "a"),
    ("Sent", (ContractStatus.sent, ContractStatus.part_signed), "b"),
    ("Ready", (ContractStatus.ready,), "b"),
    ("Draft, in review", (ContractStatus.draft, ContractStatus.in_review), "b"),
    ("Paper missing", (ContractStatus.external,), "w"),
    ("Declined, expired", (ContractStatus.declined, ContractStatus.expired), "w"),
)
"""Bars of the chart: name, statuses, and how they are filled."""


class Topic(StrEnum):
    """What can wait, so that each role is shown its own."""

    contracts = "contracts"
    questions = "questions"
    claims = "claims"
    calls = "calls"
    imports = "imports"
    outbox = "outbox"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that waits. ``kind`` and ``key`` say on which page it is settled."""

    title: str
    hint: str
    deed: str
    kind: str
    key: str = ""
    status: StrEnum | None = None
    is_pressing: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart."""

    label: str
    count: int
    fill: str


def lines(session: Session, topics: Set[Topic], today: date) -> list[Line]:
    """Return what waits in these topics, the pressing first."""
    found: list[Line] = []
    if Topic.claims in topics:
        found += _claims(session)
    if Topic.questions in topics:
        found += _questions(session)
    if Topic.outbox in topics:
        found += _outbox(session)
    if Topic.contracts in topics:
        found += _contracts(session)
    if Topic.calls in topics:
        found += _calls(session, today)
    if Topic.imports in topics:
        found += _imports(session)
    return sorted(found, key=lambda line: not line.is_pressing)


def contract_bars(session: Session) -> list[Bar]:
    """Return how many contracts stand where, voided and terminated ones left out."""
    rows = session.execute(
        select(Contract.status, func.count().label("number"))
        .where(Contract.archived_at.is_(None))
        .group_by(Contract.status)
    )
    counts = {row.status: int(row.number) for row in rows}
    return [Bar(label, sum(counts.get(one, 0) for one in of), fill) for label, of, fill in CHART]


def _contracts(session: Session) -> list[Line]:
    since = func.coalesce(Contract.last_event_at, Contract.created_at)
    rows = session.execute(
        select(Contract.status, Person.name)
        .join(Contract.engagement)
        .join(Person, Person.id == Engagement.person_id)
        .where(Contract.status.in_(CONTRACTS), Contract.archived_at.is_(None))
        .order_by(since, Contract.id)
    )
    names: dict[ContractStatus, list[str]] = {}
    for row in rows:
        names.setdefault(row.status, []).append(row.name)
    return [_contract_line(status, names[status]) for status in CONTRACTS if status in names]


def _contract_line(status: ContractStatus, names: list[str]) -> Line:
    one, several, why = CONTRACTS[status]
    count = len(names)
    title = f"One contract {one}" if count == 1 else f"{count} contracts {several}"
    return Line(
        title,
        f"{_listed(names)}. {why}",
        DEEDS[status],
        "contracts",
        status.value,
        status,
        is_pressing=status in (ContractStatus.declined, ContractStatus.expired),
    )


def _questions(session: Session) -> list[Line]:
    asked = session.execute(
        select(ContractQuestion.author, ContractQuestion.body, ContractQuestion.contract_id)
        .where(ContractQuestion.side == "artist", ContractQuestion.answered_at.is_(None))
        .order_by(ContractQuestion.id)
    )
    return [
        Line(
            f"{row.author} asks about the contract",
            f"“{row.body[:120]}”",
            "Answer",
            "contract",
            str(row.contract_id),
            LineStatus.queried,
            is_pressing=True,
        )
        for row in asked
    ]


def _claims(session: Session) -> list[Line]:
    undecided = exists().where(
        ExpenseLine.claim_id == ExpenseClaim.id,
        ExpenseLine.status.in_(UNDECIDED),
    )
    rows = session.execute(
        select(ExpenseClaim.id, ExpenseClaim.number, Person.name, ExpenseClaim.submitted_at)
        .join(ExpenseClaim.engagement)
        .join(Person, Person.id == Engagement.person_id)
        .where(
            ExpenseClaim.submitted_at.is_not(None), ExpenseClaim.recalled_at.is_(None), undecided
        )
        .order_by(ExpenseClaim.submitted_at)
    ).all()
    told = [
        Line(
            f"Decide {row.number}: {row.name}",
            f"Sent {_ago(row.submitted_at)}",
            "Decide",
            "claim",
            str(row.id),
            LineStatus.answered,
            is_pressing=True,
        )
        for row in rows[:NAMED]
    ]
    more = len(rows) - NAMED
    if more > 0:
        title = "One more claim waits" if more == 1 else f"{more} more claims wait"
        told.append(
            Line(title, "The oldest stand first", "See all", "claims", "", LineStatus.entered)
        )
    return told


def _calls(session: Session, today: date) -> list[Line]:
    rows = session.execute(
        select(
            Production.id,
            Production.title,
            func.count().label("number"),
            func.min(Call.day_of).label("first"),
        )
        .join(Call, Call.production_id == Production.id)
        .where(unpublished(), Call.day_of >= today)
        .group_by(Production.id)
        .order_by(func.min(Call.day_of))
    )
    return [
        Line(
            f"{row.title}: {row.number} {'call is' if row.number == 1 else 'calls are'} not published",
            f"The first is on {row.first:%a} {row.first.day} {row.first:%b}. Nobody is told yet",
            "Look and publish",
            "schedule",
            f"{row.id}/{row.first.isoformat()}",
            is_pressing=row.first <= today + timedelta(days=1),
        )
        for row in rows
    ]


def _imports(session: Session) -> list[Line]:
    rows = session.execute(
        select(ImportRun.public_id, ImportRun.file_name, func.count().label("number"))
        .join(ImportMessage, ImportMessage.run_id == ImportRun.id)
        .where(
            ImportMessage.severity == Severity.conflict.value,
            ImportRun.created_at > now() - NEWS_OF_IMPORTS,
        )
        .group_by(ImportRun.id)
        .order_by(ImportRun.id.desc())
        .limit(NAMED)
    )
    return [
        Line(
            f"{row.file_name} has {row.number} {'conflict' if row.number == 1 else 'conflicts'}",
            "Both sides are kept: look which is right",
            "Look",
            "import",
            str(row.public_id),
        )
        for row in rows
    ]


def _outbox(session: Session) -> list[Line]:
    rows = session.execute(
        select(OutboxMessage.state, OutboxMessage.kind, func.count().label("number"))
        .where(OutboxMessage.state.in_([MessageState.dead, MessageState.in_doubt]))
        .group_by(OutboxMessage.state, OutboxMessage.kind)
        .order_by(OutboxMessage.state, OutboxMessage.kind)
    )
    return [_stopped(row) for row in rows]


def _stopped(row: Any) -> Line:
    doubt = row.state is MessageState.in_doubt
    word = "in doubt" if doubt else "stopped"
    verb = "is" if row.number == 1 else "are"
    return Line(
        f"{row.number} of {row.kind.replace('.', ', ').replace('_', ' ')} {verb} {word}",
        "It was sent and never answered: find out, then decide."
        if doubt
        else "It did not work, and needs a person to try it again.",
        "",
        "outbox",
        "",
        row.state,
        is_pressing=True,
    )


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _ago(at: datetime) -> str:
    days = (now() - at).days
    if days == 0:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"
