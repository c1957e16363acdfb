"""Contract status and ageing: how many stand where, what fees that is, and who has waited how long."""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)

from app.domain.contracts import ContractStatus
from app.models.contracts import Contract
from app.models.engagements import Engagement
from app.models.people import Person
from app.models.productions import Production
from reports.shape import Chart, Column, Filters, Kind, Parameter, Report, Section

OUT: Final = (ContractStatus.sent, ContractStatus.part_signed)
NOT_SENT: Final = (ContractStatus.draft, ContractStatus.in_review, ContractStatus.ready)
WAITING: Final = (*NOT_SENT, *OUT, ContractStatus.signed_by_artist, ContractStatus.external)
"""In these somebody still has to do something."""
STAGE: Final = case(
    (Contract.status.in_(NOT_SENT), literal_column("'Not sent'")),
    (and_(Contract.status.in_(OUT), Contract.viewed_at.is_(None)), literal_column("'Unseen'")),
    (Contract.status.in_(OUT), literal_column("'Unsigned'")),
    (Contract.status == ContractStatus.signed_by_artist, literal_column("'Waits for countersignature'")),
    else_=literal_column("'Paper missing'"),
)  # fmt: skip
RANK: Final = case(
    (Contract.status.in_(NOT_SENT), 1),
    (and_(Contract.status.in_(OUT), Contract.viewed_at.is_(None)), 2),
    (Contract.status.in_(OUT), 3),
    (Contract.status == ContractStatus.signed_by_artist, 4),
    else_=5,
)
AGES: Final = (("week", 0, 7), ("fortnight", 8, 14), ("month", 15, 30), ("longer", 31, 100_000))
"""Days that something has waited, by the names of their columns."""


def by_production(filters: Filters) -> Select[Any]:
    """Count contracts and add up fees by production, status and currency."""
    return (
        _contracts(
            filters,
            Production.code.label("code"),
            Production.title.label("production"),
            Production.id.label("production_id"),
            Contract.status.label("status"),
            Engagement.currency.label("currency"),
            func.count().label("contracts"),
            func.sum(Engagement.fee).label("fees"),
        )
        .group_by(Production.id, Contract.status, Engagement.currency)
        .order_by(Production.folded, Production.id, Contract.status, Engagement.currency)
    )


def in_all(filters: Filters) -> Select[Any]:
    """Count contracts and add up fees by currency: what the rows come to."""
    return (
        _contracts(
            filters,
            Engagement.currency.label("currency"),
            func.count().label("contracts"),
            func.sum(Engagement.fee).label("fees"),
        )
        .group_by(Engagement.currency)
        .order_by(Engagement.currency)
    )


def by_stage(filters: Filters) -> Select[Any]:
    """Count what waits by what it waits for, and for how long."""
    return (
        _contracts(filters, STAGE.label("stage"), *_ages(filters))
        .where(Contract.status.in_(WAITING))
        .group_by(STAGE, RANK)
        .order_by(RANK)
    )


def ageing(filters: Filters) -> Select[Any]:
    """Count what waits by production and by what it waits for."""
    return (
        _contracts(
            filters,
            Production.title.label("production"),
            Production.id.label("production_id"),
            STAGE.label("stage"),
            *_ages(filters),
        )
        .where(Contract.status.in_(WAITING))
        .group_by(Production.id, STAGE, RANK)
        .order_by(Production.folded, Production.id, RANK)
    )


def contracts(filters: Filters) -> Select[Any]:
    """List every contract, with how long it has waited."""
    waits = Contract.status.in_(WAITING)
    return _contracts(
        filters,
        Production.title.label("production"),
        Person.name.label("artist"),
        Person.id.label("artist_id"),
        Contract.number.label("number"),
        Contract.id.label("number_id"),
        Contract.status.label("status"),
        case((waits, STAGE)).label("stage"),
        _day(_since(), filters).label("since"),
        case((waits, _age(filters))).label("age"),
        Engagement.starts_on.label("starts_on"),
        Engagement.ends_on.label("ends_on"),
        Engagement.fee.label("fee"),
        Engagement.currency.label("currency"),
    ).order_by(Production.folded, Production.id, Person.folded, Contract.number)


def _contracts(filters: Filters, *columns: Any) -> Select[Any]:
    chosen: list[Any] = [Contract.archived_at.is_(None)]
    if filters.production_id is not None:
        chosen.append(Production.id == filters.production_id)
    return (
        select(*columns)
        .select_from(Contract)
        .join(Engagement, Engagement.id == Contract.engagement_id)
        .join(Person, Person.id == Engagement.person_id)
        .join(Production, Production.id == Engagement.production_id)
        .where(and_(*chosen))
    )


def _ages(filters: Filters) -> list[ColumnElement[Any]]:
    age = _age(filters)
    counted = [func.count().filter(age.between(low, high)).label(name) for name, low, high in AGES]
    return [func.count().label("contracts"), *counted, func.max(age).label("oldest")]


def _since() -> ColumnElement[Any]:
    """Return since when a contract waits for what it waits for, or stands where it does."""
    return case(
        (Contract.status.in_(NOT_SENT), Contract.created_at),
        (Contract.status.in_(OUT), func.coalesce(Contract.sent_at, Contract.last_event_at, Contract.created_at)),
        else_=func.coalesce(Contract.last_event_at, Contract.sent_at, Contract.created_at),
    )  # fmt: skip


def _age(filters: Filters) -> ColumnElement[Any]:
    return func.greatest(literal(filters.today, Date) - _day(_since(), filters), 0)


def _day(instant: Any, filters: Filters) -> ColumnElement[Any]:
    return cast(func.timezone(filters.zone, instant), Date)


_FEES = Column("fees", "Fees", Kind.amount, is_fee=True)
_CURRENCY = Column("currency", "Currency")
_COUNT = Column("contracts", "Contracts", Kind.whole)
_PRODUCTION = Column("production", "Production", leads_to="production")
_AGES = (
    _COUNT,
    Column("week", "Up to 7 days", Kind.whole),
    Column("fortnight", "8 to 14", Kind.whole),
    Column("month", "15 to 30", Kind.whole),
    Column("longer", "Over 30", Kind.whole),
    Column("oldest", "Oldest, days", Kind.whole),
)

CONTRACT_STATUS: Final = Report(
    name="contract_status",
    title="Contract status and ageing",
    about="How many contracts stand where, what waits for whom and for how long, and every contract.",
    parameters=(Parameter.production,),
    sections=(
        Section(
            "What waits",
            (Column("stage", "Waits"), *_AGES),
            by_stage,
            chart=Chart("stage", "contracts", "Contracts that wait"),
            note="Not sent counts from the day it was drafted, unseen and unsigned from the day it was sent.",
        ),
        Section(
            "By production and status",
            (
                Column("code", "Code"),
                _PRODUCTION,
                Column("status", "Status", Kind.word),
                _COUNT,
                _FEES,
                _CURRENCY,
            ),
            by_production,
        ),
        Section("In all", (_CURRENCY, _COUNT, _FEES), in_all),
        Section("Ageing by production", (_PRODUCTION, Column("stage", "Waits"), *_AGES), ageing),
        Section(
            "Contracts",
            (
                Column("production", "Production"),
                Column("artist", "Artist", leads_to="person"),
                Column("number", "Contract", leads_to="contract"),
                Column("status", "Status", Kind.word),
                Column("stage", "Waits"),
                Column("since", "Since", Kind.day),
                Column("age", "Days", Kind.whole),
                Column("starts_on", "First day", Kind.day),
                Column("ends_on", "Last day", Kind.day),
                Column("fee", "Fee", Kind.amount, is_fee=True),
                _CURRENCY,
            ),
            contracts,
        ),
    ),
)
