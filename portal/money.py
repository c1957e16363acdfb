"""Follow the money: what is yours, what is paid, what comes next, and where each amount comes from."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template
from sqlalchemy import select

from app.db.clock import now
from app.db.session import transaction
from app.domain.people import RepresentationScope
from app.models.engagements import Engagement
from app.services.pay_runs.reading import advised
from app.services.statement_copies import copies
from app.services.statement_lines import accounts
from app.services.statements import Statement, statement_of, statements
from portal.gate import company, needs_scope
from reports.render.statement import statement_paper


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/money", view_func=money)
    portal.add_url_rule("/money/<uuid:engagement>/statement.pdf", view_func=statement_file)


@needs_scope(RepresentationScope.paid)
def money() -> str:
    """Show the statement of each engagement: those running now, those to come, those that are over."""
    at = now()
    with transaction() as db:
        house = company(db)
        today = at.astimezone(ZoneInfo(house.zone)).date()
        found = [each for each in statements(db) if _has_money(each)]
        found.sort(key=lambda one: _nearness(one, today))
        page = accounts(db, found, today)
        kept = copies(db, [each.engagement.id for each in found])
        runs = advised(db, [payable for each in found for payable in each.paid])
    return render_template(
        "portal/money.html", page=page, kept=kept, company=house, at=at, runs=runs
    )


@needs_scope(RepresentationScope.paid)
def statement_file(engagement: UUID) -> Response:
    """Hand a statement out as a PDF, as it stands at this moment."""
    at = now()
    with transaction() as db:
        house = company(db)
        mine = db.scalars(
            select(Engagement).where(Engagement.public_id == engagement)
        ).one_or_none()
        if mine is None:
            abort(404)
        found = [statement_of(db, mine)]
        account = accounts(db, found, at.astimezone(ZoneInfo(house.zone)).date())[0]
    paper = statement_paper(account, company=house.name, zone=house.zone, at=at)
    answer = Response(paper.content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f"attachment; filename={paper.name}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _nearness(statement: Statement, today: date) -> tuple[int, int]:
    starts, ends = statement.engagement.starts_on, statement.engagement.ends_on
    if ends < today:
        return 2, (today - ends).days
    return (1, (starts - today).days) if starts > today else (0, (today - starts).days)


def _has_money(statement: Statement) -> bool:
    has_sums = any(total.whole or total.paid for total in statement.totals)
    return has_sums or bool(statement.claims or statement.payables or statement.allowances)
