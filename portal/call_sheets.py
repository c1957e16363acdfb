"""The call sheet of a production and day, as far as an artist may see it, as a page and as PDF."""

from uuid import UUID

from flask import Blueprint, Response, abort, render_template
from sqlalchemy import select

from app.db.session import transaction
from app.models.productions import Production
from app.served import paper
from app.services.schedules.call_sheets import CallSheet, call_sheet
from portal.day import day_of
from portal.gate import needs_seat
from reports.render.call_sheet import call_sheet_pdf


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/call-sheets/<uuid:production>/<on>", view_func=sheet_page)
    portal.add_url_rule("/call-sheets/<uuid:production>/<on>/pdf", view_func=sheet_pdf)


@needs_seat
def sheet_page(production: UUID, on: str) -> str:
    """Show the sheet."""
    sheet = _sheet(production, on)
    return render_template("portal/call_sheet.html", sheet=sheet, production=production)


@needs_seat
def sheet_pdf(production: UUID, on: str) -> Response:
    """Hand the sheet out as paper."""
    sheet = _sheet(production, on)
    return paper(call_sheet_pdf(sheet), f"Call sheet {sheet.title}.pdf")


def _sheet(key: UUID, on: str) -> CallSheet:
    day = day_of(on)
    with transaction() as db:
        production = db.scalar(select(Production).where(Production.public_id == key))
        return call_sheet(db, production, day) if production is not None else abort(404)
