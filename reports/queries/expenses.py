"""Expenses by production and artist: claimed, decided, posted and paid, at the rates of their lines."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from app.domain.expenses import LineStatus
from app.domain.payables import LedgerStatus, PayableStatus
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.payables import LedgerDocument, Payable
from app.models.people import Person
from app.models.productions import Production
from reports.shape import Audience, Chart, Column, Filters, Kind, Parameter, Report, Section

DECIDED: Final = (LineStatus.approved, LineStatus.refused, LineStatus.duplicate)
POSTED: Final = (LedgerStatus.posted, LedgerStatus.paid)

BASE: Final = ExpenseLine.base_amount
APPROVED: Final[ColumnElement[Any]] = case(
    (ExpenseLine.status == LineStatus.approved, ExpenseLine.approved_amount)
)
DECLINED: Final[ColumnElement[Any]] = case(
    (ExpenseLine.status.in_((LineStatus.refused, LineStatus.duplicate)), BASE),
    (ExpenseLine.status == LineStatus.approved, BASE - ExpenseLine.approved_amount),
)
"""Refused, another's duplicate, or what was taken off."""
WAITING: Final[ColumnElement[Any]] = case((ExpenseLine.status.not_in(DECIDED), BASE))
BILLED: Final[ColumnElement[Any]] = case(
    (and_(ExpenseLine.status == LineStatus.approved, LedgerDocument.status.in_(POSTED)),
     ExpenseLine.approved_amount)
)  # fmt: skip
PAID: Final[ColumnElement[Any]] = case(
    (and_(ExpenseLine.status == LineStatus.approved, Payable.status == PayableStatus.paid),
     ExpenseLine.approved_amount)
)  # fmt: skip


def by_production(filters: Filters) -> Select[Any]:
    """Add up by production and base currency."""
    return (
        _lines(
            filters,
            Production.title.label("production"),
            Production.id.label("production_id"),
            *_sums(),
        )
        .group_by(Production.id, ExpenseLine.base_currency)
        .order_by(Production.folded, Production.id, ExpenseLine.base_currency)
    )


def by_artist(filters: Filters) -> Select[Any]:
    """Add up by production, artist and base currency."""
    return (
        _lines(
            filters,
            Production.title.label("production"),
            Person.name.label("artist"),
            Person.id.label("artist_id"),
            *_sums(),
        )
        .group_by(Production.id, Person.id, ExpenseLine.base_currency)
        .order_by(
            Production.folded, Production.id, Person.folded, Person.id, ExpenseLine.base_currency
        )
    )


def by_currency(filters: Filters) -> Select[Any]:
    """Add up what was spent by its own currency, beside what it came to at the frozen rates."""
    return (
        _lines(
            filters,
            ExpenseLine.currency.label("currency"),
            func.count().label("lines"),
            func.sum(ExpenseLine.amount).label("spent"),
            func.count().filter(BASE.is_(None)).label("unrated"),
            func.min(ExpenseLine.rate).filter(BASE.is_not(None)).label("lowest"),
            func.max(ExpenseLine.rate).filter(BASE.is_not(None)).label("highest"),
            ExpenseLine.base_currency.label("base_currency"),
            func.coalesce(func.sum(BASE), 0).label("claimed"),
        )
        .group_by(ExpenseLine.currency, ExpenseLine.base_currency)
        .order_by(ExpenseLine.currency, ExpenseLine.base_currency)
    )


def in_all(filters: Filters) -> Select[Any]:
    """Add up everything by base currency: what the rows come to."""
    return (
        _lines(filters, *_sums())
        .group_by(ExpenseLine.base_currency)
        .order_by(ExpenseLine.base_currency)
    )


def lines(filters: Filters) -> Select[Any]:
    """List every line with its rate, its decision and its payment."""
    return _lines(
        filters,
        Production.title.label("production"),
        Person.name.label("artist"),
        Person.id.label("artist_id"),
        ExpenseClaim.number.label("claim"),
        ExpenseClaim.id.label("claim_id"),
        ExpenseLine.position.label("position"),
        ExpenseLine.spent_on.label("spent_on"),
        ExpenseLine.kind.label("kind"),
        ExpenseLine.supplier.label("supplier"),
        ExpenseLine.description.label("what"),
        ExpenseLine.amount.label("amount"),
        ExpenseLine.currency.label("currency"),
        ExpenseLine.rate.label("rate"),
        ExpenseLine.rate_source.label("rate_source"),
        ExpenseLine.rate_date.label("rate_date"),
        BASE.label("claimed"),
        ExpenseLine.base_currency.label("base_currency"),
        ExpenseLine.status.label("status"),
        APPROVED.label("approved"),
        DECLINED.label("declined"),
        BILLED.label("posted"),
        PAID.label("paid"),
        Payable.paid_on.label("paid_on"),
    ).order_by(
        Production.folded, Production.id, Person.folded, ExpenseClaim.id, ExpenseLine.position
    )


def _sums() -> list[ColumnElement[Any]]:
    measured = {"claimed": BASE, "pending": WAITING, "approved": APPROVED, "declined": DECLINED,
                "posted": BILLED, "paid": PAID}  # fmt: skip
    return [
        ExpenseLine.base_currency.label("base_currency"),
        func.count().label("lines"),
        func.count().filter(BASE.is_(None)).label("unrated"),
        *(func.coalesce(func.sum(value), 0).label(name) for name, value in measured.items()),
    ]


def _lines(filters: Filters, *columns: Any) -> Select[Any]:
    chosen: list[Any] = [ExpenseClaim.submitted_at.is_not(None), ExpenseClaim.recalled_at.is_(None)]
    if filters.production_id is not None:
        chosen.append(Engagement.production_id == filters.production_id)
    if filters.person_id is not None:
        chosen.append(Engagement.person_id == filters.person_id)
    if filters.since is not None:
        chosen.append(ExpenseLine.spent_on >= filters.since)
    if filters.until is not None:
        chosen.append(ExpenseLine.spent_on <= filters.until)
    return (
        select(*columns)
        .select_from(ExpenseLine)
        .join(ExpenseClaim, ExpenseClaim.id == ExpenseLine.claim_id)
        .join(Engagement, Engagement.id == ExpenseClaim.engagement_id)
        .join(Person, Person.id == Engagement.person_id)
        .join(Production, Production.id == Engagement.production_id)
        .outerjoin(Payable, Payable.id == ExpenseLine.payable_id)
        .outerjoin(LedgerDocument, LedgerDocument.payable_id == Payable.id)
        .where(*chosen)
    )


def _base(name: str, label: str) -> Column:
    return Column(name, label, Kind.amount, currency="base_currency")


_BASE = Column("base_currency", "Base currency")
_SUMS = (
    Column("lines", "Lines", Kind.whole),
    _base("claimed", "Claimed"),
    _base("pending", "Not decided"),
    _base("approved", "Approved"),
    _base("declined", "Refused or taken off"),
    _base("posted", "Posted"),
    _base("paid", "Paid"),
    _BASE,
    Column("unrated", "Lines without a rate", Kind.whole),
)

EXPENSES: Final = Report(
    name="expenses",
    title="Expenses by production and artist",
    about="What was claimed, approved, refused, posted and paid, by production, artist and currency.",
    audience=Audience.money,
    parameters=(Parameter.production, Parameter.artist, Parameter.since, Parameter.until),
    sections=(
        Section(
            "By production",
            (Column("production", "Production", leads_to="production"), *_SUMS),
            by_production,
            chart=Chart("production", "claimed", "Claimed by production"),
            note="Claimed is not decided, approved, and refused or taken off. Posted and paid are parts of approved.",
        ),
        Section(
            "By artist",
            (
                Column("production", "Production"),
                Column("artist", "Artist", leads_to="person"),
                *_SUMS,
            ),
            by_artist,
        ),
        Section(
            "By currency",
            (
                Column("lines", "Lines", Kind.whole),
                Column("spent", "Spent", Kind.amount),
                Column("currency", "Currency"),
                Column("lowest", "Lowest rate", Kind.rate),
                Column("highest", "Highest rate", Kind.rate),
                _base("claimed", "In base"),
                _BASE,
                Column("unrated", "Lines without a rate", Kind.whole),
            ),
            by_currency,
            note="Rates are those frozen on the lines. A line without one counts in its own currency alone.",
        ),
        Section("In all", _SUMS, in_all),
        Section(
            "Lines",
            (
                Column("production", "Production"),
                Column("artist", "Artist", leads_to="person"),
                Column("claim", "Claim", leads_to="claim"),
                Column("position", "Line", Kind.whole),
                Column("spent_on", "Spent on", Kind.day),
                Column("kind", "Kind", Kind.word),
                Column("supplier", "Supplier"),
                Column("what", "What for"),
                Column("amount", "Amount", Kind.amount),
                Column("currency", "Currency"),
                Column("rate", "Rate", Kind.rate),
                Column("rate_source", "Rate from", Kind.word),
                Column("rate_date", "Rate of", Kind.day),
                _base("claimed", "In base"),
                _BASE,
                Column("status", "Decision", Kind.word),
                _base("approved", "Approved"),
                _base("declined", "Refused or taken off"),
                _base("posted", "Posted"),
                _base("paid", "Paid"),
                Column("paid_on", "Paid on", Kind.day),
            ),
            lines,
        ),
    ),
)
