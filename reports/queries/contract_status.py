"""Contract status by production: how many stand where, what fees that is, and who waits longest."""

from typing import Any, Final

from sqlalchemy import Date, Select, and_, cast, func, select

from app.domain.contracts import ContractStatus
from app.models.contracts import Contract
from app.models.engagements import Engagement
from app.models.people import Person
from app.models.productions import Production
from reports.shape import Column, Filters, Kind, Report, Section

WAITING: Final = (
    ContractStatus.draft,
    ContractStatus.in_review,
    ContractStatus.ready,
    ContractStatus.sent,
    ContractStatus.part_signed,
    ContractStatus.signed_by_artist,
    ContractStatus.external,
)
"""In these somebody still has to do something."""


def by_production(filters: Filters) -> Select[Any]:
    """Count contracts and add up fees by production, status and currency."""
    return (
        _contracts(
            filters,
            Production.code.label("code"),
            Production.title.label("production"),
            Contract.status.label("status"),
            Engagement.currency.label("currency"),
            func.count().label("contracts"),
            func.sum(Engagement.fee).label("fees"),
            _day(func.min(_since()).filter(Contract.status.in_(WAITING)), filters).label("oldest"),
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


def contracts(filters: Filters) -> Select[Any]:
    """List every contract."""
    return _contracts(
        filters,
        Production.title.label("production"),
        Person.name.label("artist"),
        Contract.number.label("number"),
        Contract.status.label("status"),
        _day(_since(), filters).label("since"),
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


def _since() -> Any:
    """Return since when a contract stands where it does."""
    return func.coalesce(Contract.last_event_at, Contract.sent_at, Contract.created_at)


def _day(instant: Any, filters: Filters) -> Any:
    return cast(func.timezone(filters.zone, instant), Date)


_FEES = Column("fees", "Fees", Kind.amount, is_fee=True)
_CURRENCY = Column("currency", "Currency")
_COUNT = Column("contracts", "Contracts", Kind.whole)

CONTRACT_STATUS: Final = Report(
    name="contract_status",
    title="Contract status by production",
    about="How many contracts stand where, the fees in each status and currency, and every contract.",
    parameters=("production",),
    sections=(
        Section(
            "By production and status",
            (
                Column("code", "Code"),
                Column("production", "Production"),
                Column("status", "Status", Kind.word),
                _COUNT,
                _FEES,
                _CURRENCY,
                Column("oldest", "Oldest waiting since", Kind.day),
            ),
            by_production,
        ),
        Section("In all", (_CURRENCY, _COUNT, _FEES), in_all),
        Section(
            "Contracts",
            (
                Column("production", "Production"),
                Column("artist", "Artist"),
                Column("number", "Contract"),
                Column("status", "Status", Kind.word),
                Column("since", "Since", Kind.day),
                Column("starts_on", "First day", Kind.day),
                Column("ends_on", "Last day", Kind.day),
                Column("fee", "Fee", Kind.amount, is_fee=True),
                _CURRENCY,
            ),
            contracts,
        ),
    ),
)
