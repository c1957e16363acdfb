"""The lines of an artist's statement as every surface shows them: what, how it stands, where it comes from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.expenses import LineStatus
from app.domain.money import format_amount
from app.domain.payables import PayableStatus
from app.domain.payment_stages import PaymentFacts, Stage, line_stage, payment_stage
from app.domain.periods import format_day
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.services import payables as payments
from app.services.statement_traces import Papers, Stay, first_promises, stays
from app.services.statements import Instalment, Statement


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an amount comes from, in words, and what leads there."""

    words: str
    contract: UUID | None = None
    day: date | None = None
    claim: UUID | None = None
    contract_id: int | None = None
    claim_id: int | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One amount of a statement."""

    section: str
    title: str
    stage: Stage
    traces: tuple[Trace, ...]
    amount: Decimal
    currency: str
    is_counted: bool = True
    """False: shown, and no money of the artist's."""
    is_refused: bool = False
    detail: str = ""
    number: str = ""
    """The number of its bill in the ledger."""
    days: tuple[tuple[date, Decimal, str], ...] = ()


@dataclass(slots=True)
class Account:
    """A statement with its lines, the day it is of, and who is paid."""

    statement: Statement
    lines: list[StatementLine]
    papers: Papers
    stages: dict[int, Stage] = field(default_factory=dict)
    line_stages: dict[int, Stage] = field(default_factory=dict)
    """Of the lines of claims."""
    stays: list[Stay] = field(default_factory=list)

    @property
    def engagement(self) -> Engagement:
        """Return whose statement it is."""
        return self.statement.engagement

    def section(self, name: str) -> list[StatementLine]:
        """Return the lines of one section."""
        return [line for line in self.lines if line.section == name]

    @property
    def sections(self) -> list[str]:
        """Return the sections there are, in their order."""
        return list(dict.fromkeys(line.section for line in self.lines))


def accounts(session: Session, found: Sequence[Statement], today: date) -> list[Account]:
    """Return statements with every line traced."""
    papers = Papers(session, [each.engagement.id for each in found], today)
    promised = first_promises(session, (p for each in found for p in each.payables))
    return [_Telling(session, each, papers, promised, today).account() for each in found]


class _Telling:
    """One statement being told: what is known of it is read once."""

    def __init__(
        self,
        session: Session,
        statement: Statement,
        papers: Papers,
        promised: dict[int, date],
        today: date,
    ) -> None:
        self.statement, self.papers = statement, papers
        house = session.get_one(Organisation, statement.engagement.organisation_id)
        self.line_stages: dict[int, Stage] = {}
        self.next_run = payments.expected_on(session, house.id)
        self.stages = {
            p.id: payment_stage(_facts(p, promised.get(p.id)), today) for p in statement.payables
        }

    def account(self) -> Account:
        """Return the statement with its lines."""
        found = stays(self.statement.allowances)
        lines = [
            *map(self._fee, self.statement.instalments),
            *map(self._stay, found),
            *(line for claim in self.statement.claims for line in self._claim(claim)),
        ]
        return Account(
            self.statement, lines, self.papers, self.stages, self.line_stages, stays=found
        )

    def _fee(self, part: Instalment) -> StatementLine:
        line, payable = part.line, part.payable
        if payable is not None:
            stage = self.stages[payable.id]
        elif line.due_on is not None:
            stage = Stage(f"Due {format_day(line.due_on)}.", "Finance", line.due_on)
        else:
            stage = Stage(f"Due {line.trigger.value.replace('_', ' ')}.")
        name = line.label or f"{line.kind.value.replace('_', ' ').capitalize()} {line.position}"
        return StatementLine(
            "Fee", name, stage, self._paper(), part.amount, line.currency,
            number=payable.number if payable else "", detail=_withholding(payable),
        )  # fmt: skip

    def _paper(self) -> tuple[Trace, ...]:
        paper = self.papers.in_force(self.statement.engagement.id)
        if paper is None:
            return (Trace(f"Engagement {self.statement.engagement.number}, nothing is signed yet"),)
        return (Trace(paper.words, contract=paper.public_id, contract_id=paper.contract_id),)

    def _stay(self, stay: Stay) -> StatementLine:
        first, last = stay.first, stay.last
        when = format_day(first.day)
        if last.day != first.day:
            when += f" to {format_day(last.day)}"
        payable = self.statement.payable_with(first.payable_id)
        stage = self.stages[payable.id] if payable else Stage("Taken off the next payment.")
        days = ", ".join(
            f"{count} day{'s' if count != 1 else ''} at {format_amount(amount, first.currency)}"
            for count, amount in stay.rates
        )
        paper = self.papers.of_line(first)
        traces = [Trace(f"Schedule version {number}", day=first.day) for number in stay.versions]
        if paper is not None:
            known = Trace(paper.words, contract=paper.public_id, contract_id=paper.contract_id)
            traces.insert(0, known)
        return StatementLine(
            "Per diems",
            f"{first.place}, {when}" if first.place else when,
            stage,
            tuple(traces),
            stay.amount,
            first.currency,
            detail=days,
            number=payable.number if payable else "",
            days=tuple((line.day, line.amount, line.explanation) for line in stay.lines),
        )

    def _claim(self, claim: ExpenseClaim) -> Iterator[StatementLine]:
        for line in claim.lines:
            payable = self.statement.payable_with(line.payable_id)
            is_owed = self.statement.is_owed(line)
            if payable is not None:
                stage = self.stages[payable.id]
            elif line.payable_id is not None:
                stage = Stage("Taken back.")
            else:
                stage = line_stage(line.status, line.paid_by, self.next_run)
            self.line_stages[line.id] = stage
            yield StatementLine(
                f"Claim {claim.number}",
                f"{line.kind.value.replace('_', ' ').capitalize()}, {format_day(line.spent_on)}",
                stage,
                (Trace(f"Claim {claim.number}, line {line.position}", claim=claim.public_id, claim_id=claim.id),),
                *_sum(line),
                is_counted=is_owed,
                is_refused=line.status in (LineStatus.refused, LineStatus.duplicate),
                detail=_decided(line),
                number=payable.number if payable else "",
            )  # fmt: skip


def _withholding(payable: Payable | None) -> str:
    """Say what still stands between a foreign resident and the payment; nothing once it is decided."""
    is_open = payable is not None and payable.status in (PayableStatus.open, PayableStatus.held)
    if (
        payable is None
        or not is_open
        or not payable.withholding_note
        or payable.withholding_decision
    ):
        return ""
    return "Before it is paid, the company decides on withholding tax for foreign residents."


def _facts(payable: Payable, promised: date | None) -> PaymentFacts:
    return PaymentFacts(
        payable.status,
        payable.due_on,
        promised,
        payable.paid_on,
        payable.paid_reference,
        payable.held_reason,
    )


def _sum(line: ExpenseLine) -> tuple[Decimal, str]:
    """Return what a line is about: what was approved, else what was asked for."""
    if line.status is LineStatus.approved and line.approved_amount is not None:
        return line.approved_amount, line.base_currency
    if line.base_amount is not None:
        return line.base_amount, line.base_currency
    return line.amount, line.currency


def _decided(line: ExpenseLine) -> str:
    """Say what was decided: from which sum, by which rule, by whom."""
    words = []
    if line.status is LineStatus.approved and line.approved_amount != line.base_amount:
        words.append(
            f"Reduced from {format_amount(line.base_amount or line.amount, line.base_currency)}."
        )
    if line.decision_reason:
        words.append(line.decision_reason)
    if line.decided_by_name and line.status is not LineStatus.queried:
        words.append(f"Decided by {line.decided_by_name}.")
    return " ".join(words)
