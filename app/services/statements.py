"""The money of whoever is looking, each amount with the term, day or receipt it comes from (journey A5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.expenses import REIMBURSED, ClaimStatus, LineStatus
from app.domain.payables import PayableSource, PayableStatus
from app.domain.people import EngagementStatus
from app.models.engagements import Engagement, FeeLine
from app.models.expenses import AllowanceLine, ExpenseClaim, ExpenseLine
from app.models.payables import Payable
from app.models.people import Person

COMING = frozenset({PayableStatus.open, PayableStatus.held, PayableStatus.exported})
Row = TypeVar("Row", Payable, ExpenseClaim, AllowanceLine)
NOT_PAID_FOR = (EngagementStatus.pencilled, EngagementStatus.offered, EngagementStatus.released)


@dataclass(frozen=True, slots=True)
class Instalment:
    """One fee line and the payable it became, if it is due already."""

    line: FeeLine
    payable: Payable | None

    @property
    def amount(self) -> Decimal:
        """Return what is owed: as the bill says where there is one, else by the terms of today."""
        return self.payable.amount if self.payable is not None else self.line.amount


@dataclass(frozen=True, slots=True)
class Total:
    """What one engagement comes to in one currency."""

    currency: str
    fee: Decimal
    allowances: Decimal
    claims: Decimal
    paid: Decimal

    @property
    def whole(self) -> Decimal:
        """Return all that is the artist's."""
        return self.fee + self.allowances + self.claims

    @property
    def to_come(self) -> Decimal:
        """Return what is the artist's and not paid yet."""
        return self.whole - self.paid


@dataclass(slots=True)
class Statement:
    """The money of one engagement."""

    engagement: Engagement
    instalments: list[Instalment]
    allowances: list[AllowanceLine] = field(default_factory=list)
    claims: list[ExpenseClaim] = field(default_factory=list)
    payables: list[Payable] = field(default_factory=list)

    @property
    def next(self) -> Payable | None:
        """Return the payment that is expected next; one that is held has no day."""
        waiting = [p for p in self.payables if p.status in COMING - {PayableStatus.held}]
        return min(waiting, key=lambda payable: (payable.due_on, payable.id), default=None)

    @property
    def held(self) -> list[Payable]:
        """Return what is held back, each with its reason."""
        return [p for p in self.payables if p.status is PayableStatus.held]

    @property
    def paid(self) -> list[Payable]:
        """Return what was paid, newest first."""
        done = [p for p in self.payables if p.status is PayableStatus.paid]
        return sorted(done, key=lambda p: (p.paid_on or p.due_on, p.id), reverse=True)

    @property
    def totals(self) -> list[Total]:
        """Return the sums, one for each currency."""
        return [_total(self, currency) for currency in _currencies(self)]

    def is_owed(self, line: ExpenseLine) -> bool:
        """Tell whether a line is the artist's money: approved, paid by them, and not taken back."""
        if line.status is not LineStatus.approved or line.paid_by not in REIMBURSED:
            return False
        return line.payable_id is None or line.payable_id in {p.id for p in self.payables}

    def payable_with(self, key: int | None) -> Payable | None:
        """Return the payment that a line of a claim or an allowance is part of."""
        return next((p for p in self.payables if p.id == key), None)

    def payable_of_claim(self, claim: ExpenseClaim) -> list[Payable]:
        """Return the payments of one claim: what is decided later follows on its own."""
        return [p for p in self.payables if p.claim_id == claim.id]


def statement_of(session: Session, engagement: Engagement) -> Statement:
    """Return the statement of one engagement, also while it is only pencilled."""
    return _statements(session, Engagement.id == engagement.id)[0]


def statements_of(session: Session, person: Person) -> list[Statement]:
    """Return the statement of each engagement of one artist, for staff to read."""
    return _statements(
        session, and_(Engagement.person_id == person.id, Engagement.status.not_in(NOT_PAID_FOR))
    )


def statements(session: Session) -> list[Statement]:
    """Return the statement of each engagement, the latest first."""
    return _statements(session, Engagement.status.not_in(NOT_PAID_FOR))


def _statements(session: Session, chosen: ColumnElement[bool]) -> list[Statement]:
    engagements = list(
        session.scalars(
            select(Engagement)
            .where(chosen)
            .options(
                joinedload(Engagement.production),
                joinedload(Engagement.payee),
                selectinload(Engagement.fee_lines),
            )
            .order_by(Engagement.starts_on.desc(), Engagement.id.desc())
        )
    )
    ids = [engagement.id for engagement in engagements]
    payables = _by_engagement(_payables(session, ids))
    claims = _by_engagement(_claims(session, ids))
    allowances = _by_engagement(_allowances(session, ids))
    return [
        Statement(
            engagement=engagement,
            instalments=_instalments(engagement, payables.get(engagement.id, [])),
            allowances=allowances.get(engagement.id, []),
            claims=claims.get(engagement.id, []),
            payables=payables.get(engagement.id, []),
        )
        for engagement in engagements
    ]


def _instalments(engagement: Engagement, payables: list[Payable]) -> list[Instalment]:
    made = {p.fee_line_id: p for p in payables if p.source is PayableSource.fee}
    is_off = engagement.status is EngagementStatus.cancelled
    # Of what was called off, only what had fallen due already is owed.
    lines = [line for line in engagement.fee_lines if line.id in made or not is_off]
    # A part that was voided and agreed away is kept at nothing, for what was voided to name it.
    return [Instalment(line, made.get(line.id)) for line in lines if line.amount or line.id in made]


def _payables(session: Session, ids: list[int]) -> list[Payable]:
    return list(
        session.scalars(
            select(Payable)
            .where(Payable.status != PayableStatus.voided, Payable.engagement_id.in_(ids))
            .options(joinedload(Payable.ledger_document), joinedload(Payable.payee))
            .order_by(Payable.due_on, Payable.id)
        )
    )


def _claims(session: Session, ids: list[int]) -> list[ExpenseClaim]:
    return list(
        session.scalars(
            select(ExpenseClaim)
            .where(ExpenseClaim.status != ClaimStatus.recalled, ExpenseClaim.engagement_id.in_(ids))
            .options(selectinload(ExpenseClaim.lines))
            .order_by(ExpenseClaim.id.desc())
        )
    )


def _allowances(session: Session, ids: list[int]) -> list[AllowanceLine]:
    return list(
        session.scalars(
            select(AllowanceLine)
            .outerjoin(Payable, Payable.id == AllowanceLine.payable_id)
            .where(
                AllowanceLine.engagement_id.in_(ids),
                AllowanceLine.payable_id.is_(None) | (Payable.status != PayableStatus.voided),
            )
            .options(joinedload(AllowanceLine.schedule_version))
            .order_by(AllowanceLine.day, AllowanceLine.id)
        )
    )


def _by_engagement(rows: Iterable[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.engagement_id, []).append(row)
    return grouped


def _currencies(statement: Statement) -> list[str]:
    used = [
        statement.engagement.currency,
        *(instalment.line.currency for instalment in statement.instalments),
        *(line.currency for line in statement.allowances),
        *(claim.currency for claim in statement.claims),
        *(payable.currency for payable in statement.payables),
    ]
    return list(dict.fromkeys(used))


def _total(statement: Statement, currency: str) -> Total:
    fee = [i.amount for i in statement.instalments if i.line.currency == currency]
    allowances = [line.amount for line in statement.allowances if line.currency == currency]
    approved = [
        line.approved_amount or Decimal(0)
        for claim in statement.claims
        for line in claim.lines
        if statement.is_owed(line) and line.base_currency == currency
    ]
    paid = [p.amount for p in statement.paid if p.currency == currency]
    return Total(
        currency, *(sum(amounts, Decimal(0)) for amounts in (fee, allowances, approved, paid))
    )
