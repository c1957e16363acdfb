"""Follow the money: what is yours, what is paid, what comes next, and where each amount comes from."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from flask import Blueprint, render_template

from app.db.clock import now
from app.db.session import transaction
from app.models.expenses import AllowanceLine
from app.services.statements import Statement, statements
from portal.gate import company, needs_seat


@dataclass(frozen=True, slots=True)
class AllowanceRun:
    """Days in a row with the same allowance, as one line."""

    first: AllowanceLine
    last: AllowanceLine
    count: int
    amount: Decimal


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/money", view_func=money)


@needs_seat
def money() -> str:
    """Show the statement of each engagement, the latest first."""
    with transaction() as db:
        house = company(db)
        page = [(each, allowance_runs(each)) for each in statements(db) if _has_money(each)]
    return render_template("portal/money.html", page=page, company=house, at=now())


def allowance_runs(statement: Statement) -> list[AllowanceRun]:
    """Put days with the same rate and reason together: 7 days at 96.00."""
    runs = []
    for _, group in groupby(statement.allowances, key=_rate):
        lines = list(group)
        total = sum((line.amount for line in lines), Decimal(0))
        runs.append(AllowanceRun(lines[0], lines[-1], len(lines), total))
    return runs


def _rate(line: AllowanceLine) -> tuple[object, ...]:
    return line.kind, line.amount, line.currency, line.explanation, line.payable_id


def _has_money(statement: Statement) -> bool:
    has_sums = any(total.whole or total.paid for total in statement.totals)
    return has_sums or bool(statement.claims or statement.payables)
