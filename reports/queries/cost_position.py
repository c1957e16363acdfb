"""Cost position: what a production is committed to, by artist, in each currency and in base.

Fees and allowances stand in the currency of their terms, claims in the company's. What stands in
another currency is taken into base at the newest rate that is frozen on a line up to the day;
without one it has no base amount and is counted as exposed.
"""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from app.domain.expenses import RateSource
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.people import Person
from app.models.productions import Production
from reports.queries.cost_facts import facts_of
from reports.shape import Audience, Chart, Column, Filters, Kind, Parameter, Report, Section

MEASURES: Final = ("contracted", "unsigned", "earned", "allowances", "approved", "pending")
COMMITTED: Final = ("contracted", "allowances", "approved")
"""What the company cannot get out of any more."""


def by_production(filters: Filters) -> Select[Any]:
    """Add up by production and currency."""
    rows = _rows(filters)
    return (
        _with_names(rows, rows.c.currency, *_sums(rows, filters))
        .group_by(Production.id, rows.c.currency)
        .order_by(Production.folded, Production.id, rows.c.currency)
    )


def by_artist(filters: Filters) -> Select[Any]:
    """Return each artist's position by currency, with the rate it is taken into base at."""
    rows = _rows(filters)
    amounts = [rows.c[name] for name in (*MEASURES, "committed", "in_base", "rate", "exposed")]
    return (
        _with_names(
            rows,
            Person.name.label("artist"),
            Person.id.label("artist_id"),
            rows.c.currency,
            *amounts,
            literal(filters.base_currency, String).label("base_currency"),
        )
        .join(Person, Person.id == rows.c.person_id)
        .order_by(Production.folded, Production.id, Person.folded, Person.id, rows.c.currency)
    )


def in_all(filters: Filters) -> Select[Any]:
    """Add up everything by currency: what the rows come to."""
    rows = _rows(filters)
    return (
        select(rows.c.currency, *_sums(rows, filters))
        .group_by(rows.c.currency)
        .order_by(rows.c.currency)
    )


def in_base(filters: Filters) -> Select[Any]:
    """Return the one sum in the company's currency."""
    rows = _rows(filters)
    return select(
        func.coalesce(func.sum(rows.c.in_base), 0).label("in_base"),
        literal(filters.base_currency, String).label("base_currency"),
        func.count().filter(rows.c.exposed).label("exposed"),
    )


def rates(filters: Filters) -> Select[Any]:
    """Return the rate of each currency, where it comes from and which day it is of."""
    known, rows = _rates(filters), _rows(filters)
    used = select(rows.c.currency).where(rows.c.currency != filters.base_currency)
    return (
        select(
            known.c.currency,
            literal(filters.base_currency, String).label("base_currency"),
            known.c.rate,
            known.c.rate_date,
            known.c.rate_source,
            known.c.claim,
            known.c.claim_id,
        )
        .where(known.c.currency.in_(used))
        .order_by(known.c.currency)
    )


def _rates(filters: Filters) -> Subquery:
    """Return the newest frozen rate of each currency up to the day."""
    return (
        select(
            ExpenseLine.currency,
            ExpenseLine.rate,
            ExpenseLine.rate_date,
            ExpenseLine.rate_source,
            ExpenseClaim.number.label("claim"),
            ExpenseClaim.id.label("claim_id"),
        )
        .ext(distinct_on(ExpenseLine.currency))
        .join(ExpenseClaim, ExpenseClaim.id == ExpenseLine.claim_id)
        .where(
            ExpenseLine.base_currency == filters.base_currency,
            ExpenseLine.rate_source != RateSource.same_currency,
            ExpenseLine.base_amount.is_not(None),
            ExpenseLine.rate_date <= filters.day,
        )
        .order_by(ExpenseLine.currency, ExpenseLine.rate_date.desc(), ExpenseLine.id.desc())
        .subquery("known_rates")
    )


def _rows(filters: Filters) -> Subquery:
    """Return one row for each artist of a production and currency; all tables add these up."""
    facts, known = facts_of(filters), _rates(filters)
    sums = {
        name: func.coalesce(func.sum(facts.c.amount).filter(facts.c.measure == name), 0)
        for name in MEASURES
    }
    added = (
        select(
            Engagement.production_id,
            Engagement.person_id,
            facts.c.currency,
            *(value.label(name) for name, value in sums.items()),
        )
        .join(Engagement, Engagement.id == facts.c.engagement_id)
        .group_by(Engagement.production_id, Engagement.person_id, facts.c.currency)
        .subquery("added")
    )
    committed: ColumnElement[Any] = sum(
        (added.c[name] for name in COMMITTED[1:]), added.c[COMMITTED[0]]
    )
    is_base = added.c.currency == filters.base_currency
    rate = case((is_base, cast(literal(1), Numeric)), else_=known.c.rate)
    places = func.currency_decimals(literal(filters.base_currency, String))
    return (
        select(
            *added.c,
            committed.label("committed"),
            rate.label("rate"),
            func.round(committed * rate, places).label("in_base"),
            and_(rate.is_(None), committed > 0).label("exposed"),
        )
        .outerjoin(known, known.c.currency == added.c.currency)
        .subquery("rows")
    )


def _sums(rows: Subquery, filters: Filters) -> list[ColumnElement[Any]]:
    measured = [func.sum(rows.c[name]).label(name) for name in (*MEASURES, "committed")]
    return [
        *measured,
        func.coalesce(func.sum(rows.c.in_base), 0).label("in_base"),
        literal(filters.base_currency, String).label("base_currency"),
        func.count().filter(rows.c.exposed).label("exposed"),
    ]


def _with_names(rows: Subquery, *columns: Any) -> Select[Any]:
    return (
        select(Production.title.label("production"), Production.id.label("production_id"), *columns)
        .select_from(rows)
        .join(Production, Production.id == rows.c.production_id)
    )


_MEASURES = (
    Column("contracted", "Contracted", Kind.amount, is_fee=True),
    Column("unsigned", "Agreed, not signed", Kind.amount, is_fee=True),
    Column("earned", "Earned to date", Kind.amount, is_fee=True),
    Column("allowances", "Allowances to date", Kind.amount),
    Column("approved", "Claims approved", Kind.amount),
    Column("pending", "Claims not decided", Kind.amount),
    Column("committed", "Committed", Kind.amount, is_fee=True),
    Column("currency", "Currency"),
)
_IN_BASE = Column(
    "in_base", "Committed in base", Kind.amount, is_fee=True, currency="base_currency"
)
_BASE = Column("base_currency", "Base currency")
_EXPOSED = Column("exposed", "Without a rate", Kind.whole, is_fee=True)

COST_POSITION: Final = Report(
    name="cost_position",
    title="Cost position by production",
    about="Contracted, earned to date, allowances, claims and what is committed, by artist and currency.",
    audience=Audience.money,
    parameters=(Parameter.production, Parameter.on),
    needed=(Parameter.on,),
    sections=(
        Section(
            "By production",
            (
                Column("production", "Production", leads_to="production"),
                *_MEASURES,
                _IN_BASE,
                _BASE,
                _EXPOSED,
            ),
            by_production,
            chart=Chart("production", "committed", "Committed by production"),
            note="Committed is contracted, allowances and claims approved. Claims and payables stand as "
            "they are decided now; what came after the day is left out.",
        ),
        Section(
            "In base",
            (_IN_BASE, _BASE, _EXPOSED),
            in_base,
            is_fee=True,
            note="Amounts in other currencies at the rates below; what has no rate is not in the sum.",
        ),
        Section("In all", (*_MEASURES, _IN_BASE, _BASE, _EXPOSED), in_all),
        Section(
            "Rates used",
            (
                Column("currency", "Currency"),
                Column("base_currency", "Base currency"),
                Column("rate", "Rate", Kind.rate),
                Column("rate_date", "Rate of", Kind.day),
                Column("rate_source", "From", Kind.word),
                Column("claim", "Frozen on", leads_to="claim"),
            ),
            rates,
            note="The newest rate that is frozen on an expense line up to the day.",
        ),
        Section(
            "By artist",
            (
                Column("production", "Production"),
                Column("artist", "Artist", leads_to="person"),
                *_MEASURES,
                Column("rate", "Rate", Kind.rate),
                _IN_BASE,
                _BASE,
            ),
            by_artist,
        ),
    ),
)
