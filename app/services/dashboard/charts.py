"""The figures of the first page, asked for in one statement: each chart only for whoever may see it."""

from collections.abc import Set
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum, auto
from typing import Any, Final

from sqlalchemy import (
    Date,
    Integer,
    Numeric,
    Text,
    case,
    cast,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.domain.contracts import ContractStatus
from app.domain.expenses import LineStatus
from app.domain.money import format_amount
from app.domain.payables import PayableStatus
from app.domain.periods import format_day
from app.domain.waiting import Bar, Chart
from app.models.call_notices import CallNotice
from app.models.contracts import Contract
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.payables import Payable
from app.models.productions import Production
from app.models.schedules import ScheduleVersion
from app.services.dashboard.asking import Asked, Asker
from app.services.expenses.waiting import has_line, is_live

WEEKS: Final = 6
DAYS: Final = timedelta(days=7)
SHAPE: Final = (
    ("figure", Text()), ("label", Text()), ("day", Date()), ("number", Integer()),
    ("whole", Integer()), ("amount", Numeric()), ("currency", Text()),
)  # fmt: skip
"""What is said of one bar."""
UNDECIDED: Final = (
    LineStatus.entered,
    LineStatus.answered,
    LineStatus.first_approved,
    LineStatus.queried,
)
CONTRACTS: Final = (
    ("Executed", (ContractStatus.executed, ContractStatus.completed), "a"),
    ("Signed by artist", (ContractStatus.signed_by_artist,), "a"),
    ("Sent", (ContractStatus.sent, ContractStatus.part_signed), "b"),
    ("Ready", (ContractStatus.ready,), "b"),
    ("Draft, in review", (ContractStatus.draft, ContractStatus.in_review), "b"),
    ("Paper missing", (ContractStatus.external,), "w"),
    ("Declined, expired", (ContractStatus.declined, ContractStatus.expired), "w"),
)
"""Bars: name, statuses, and how they are filled."""
AGES: Final = (("0 to 2 days", 2, "b"), ("3 to 7 days", 7, "b"), ("8 to 14 days", 14, "w"), ("Older", None, "w"))  # fmt: skip
"""Bars: name, the last day that belongs to it, and how they are filled."""


class Figure(StrEnum):
    """A chart; each goes with one right."""

    contracts = auto()
    claims = auto()
    payables = auto()
    calls = auto()


def charts(session: Session, figures: Set[Figure], asker: Asker) -> list[Chart]:
    """Return the charts that have anything to show."""
    asked = [_ASKED[figure](asker) for figure in Figure if figure in figures]
    if not asked:
        return []
    rows = session.execute(union_all(*asked)).all()
    by_figure = {figure: [row for row in rows if row.figure == figure.value] for figure in Figure}
    return [_DRAWN[figure](by_figure[figure], asker) for figure in Figure if by_figure[figure]]


def _told(figure: Figure, **columns: Any) -> Asked:
    given = {"figure": figure.value, **columns}
    cells: list[Any] = [cast(given.get(name), kind).label(name) for name, kind in SHAPE]
    return select(*cells)


def _ask_contracts(_asker: Asker) -> Asked:
    return (
        _told(Figure.contracts, label=Contract.status, number=func.count())
        .where(Contract.archived_at.is_(None))
        .group_by(Contract.status)
    )


def _ask_claims(asker: Asker) -> Asked:
    days = func.extract("epoch", asker.now - ExpenseClaim.submitted_at) / 86_400
    age = case(
        *((days < last + 1, label) for label, last, _ in AGES if last is not None),
        else_=AGES[-1][0],
    )
    amount = (
        select(func.coalesce(func.sum(ExpenseLine.base_amount), 0))
        .where(ExpenseLine.claim_id == ExpenseClaim.id, ExpenseLine.status.in_(UNDECIDED))
        .correlate(ExpenseClaim)
        .scalar_subquery()
    )
    each = (
        select(age.label("age"), amount.label("amount"), ExpenseClaim.currency.label("currency"))
        .where(is_live(), has_line(*UNDECIDED))
        .subquery()
    )
    return (
        _told(
            Figure.claims, label=each.c.age, number=func.count(), amount=func.sum(each.c.amount),
            currency=each.c.currency,
        )
        .select_from(each)
        .group_by(each.c.age, each.c.currency)
    )  # fmt: skip


def _ask_payables(asker: Asker) -> Asked:
    monday = _monday(asker.today)
    week = case(
        (Payable.due_on < asker.today, monday - DAYS),
        else_=cast(func.date_trunc("week", Payable.due_on), Date),
    )
    return (
        _told(
            Figure.payables, day=week, number=func.count(), amount=func.sum(Payable.amount),
            currency=Payable.currency,
        )
        .where(
            Payable.status.in_((PayableStatus.open, PayableStatus.held, PayableStatus.exported)),
            Payable.due_on < monday + DAYS * WEEKS,
        )
        .group_by(week, Payable.currency)
    )  # fmt: skip


def _ask_calls(asker: Asker) -> Asked:
    """Ask how many of what people were told for the coming week they have confirmed."""
    done = CallNotice.confirmed_at.is_not(None) | CallNotice.phoned_at.is_not(None)
    return (
        _told(
            Figure.calls, label=Production.title, number=func.count().filter(done), whole=func.count(),
        )
        .select_from(CallNotice)
        .join(ScheduleVersion, ScheduleVersion.id == CallNotice.schedule_version_id)
        .join(Production, Production.id == ScheduleVersion.production_id)
        .where(
            CallNotice.is_newest,
            CallNotice.day_of.between(asker.today, asker.today + DAYS),
        )
        .group_by(Production.id)
        .order_by(Production.title)
        .limit(8)
    )  # fmt: skip


def _draw_contracts(rows: list[Any], _asker: Asker) -> Chart:
    counts = {ContractStatus(row.label): row.number for row in rows}
    bars = tuple(
        Bar(label, sum(counts.get(one, 0) for one in of), fill) for label, of, fill in CONTRACTS
    )
    total = sum(bar.number for bar in bars)
    hint = f"{bars[0].number} of {total} {'is' if bars[0].number == 1 else 'are'} executed"
    return Chart("contracts", "Contracts by status", hint, "Status", "Contracts", bars)


def _draw_claims(rows: list[Any], _asker: Asker) -> Chart:
    bars = tuple(
        _with_amounts(label, [row for row in rows if row.label == label], fill)
        for label, _last, fill in AGES
    )
    total = sum(bar.number for bar in bars)
    hint = f"{total} {'claim' if total == 1 else 'claims'}. Fourteen days are promised"
    return Chart("claims", "Undecided claims by age", hint, "Age", "Claims", bars, "Amount")


def _draw_payables(rows: list[Any], asker: Asker) -> Chart:
    monday = _monday(asker.today)
    weeks = [monday + DAYS * number for number in range(-1, WEEKS)]
    bars = tuple(
        _with_amounts(
            "Late" if week < monday else f"From {format_day(week)}",
            [row for row in rows if row.day == week],
            "w" if week < monday else "b",
        )
        for week in weeks
    )
    hint = "By the week in which they are expected"
    return Chart("payables", "Payments due", hint, "Week", "Payables", bars, "Amount")


def _draw_calls(rows: list[Any], _asker: Asker) -> Chart:
    bars = tuple(
        Bar(row.label, row.number, "a" if row.number == row.whole else "b", whole=row.whole)
        for row in rows
    )
    done, whole = sum(bar.number for bar in bars), sum(bar.whole or 0 for bar in bars)
    hint = f"{done:,} of {whole:,} in the coming week"
    return Chart("calls", "Calls confirmed", hint, "Production", "Confirmed", bars)


def _with_amounts(label: str, rows: list[Any], fill: str) -> Bar:
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.currency] = sums.get(row.currency, Decimal(0)) + (row.amount or 0)
    said = ", ".join(f"{format_amount(sums[one], one)} {one}" for one in sorted(sums))
    return Bar(label, sum(row.number for row in rows), fill, amounts=said)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_ASKED: Final = {
    Figure.contracts: _ask_contracts,
    Figure.claims: _ask_claims,
    Figure.payables: _ask_payables,
    Figure.calls: _ask_calls,
}
_DRAWN: Final = {
    Figure.contracts: _draw_contracts,
    Figure.claims: _draw_claims,
    Figure.payables: _draw_payables,
    Figure.calls: _draw_calls,
}
