"""The call sheet of a production and day, as a page and as PDF."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Response, abort, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from admin.roles import ALL, may
from app.db.clock import now
from app.db.session import session
from app.domain.errors import Refused
from app.domain.periods import parse_day
from app.models import Production
from app.presentation import desk_zone
from app.served import paper
from app.services.schedules.call_sheets import call_sheet
from reports.render.call_sheet import call_sheet_pdf


class CallSheetView(BaseView):
    """One day of one production, as it was published, with who is called."""

    route_base = "/admin/call-sheet"
    default_view = "show"

    @expose("/<int:pk>")
    @has_access
    def show(self, pk: int) -> str:
        """Show the sheet of a day; today's where none is named."""
        production, day = _asked(pk)
        return str(
            self.render_template(
                "desk/call_sheet.html",
                production=production,
                sheet=call_sheet(session(), production, day),
            )
        )

    @expose("/<int:pk>/pdf")
    @has_access
    @permission_name("show")
    def pdf(self, pk: int) -> Response:
        """Hand the sheet out as paper."""
        production, day = _asked(pk)
        sheet = call_sheet(session(), production, day)
        return paper(call_sheet_pdf(sheet), f"Call sheet {sheet.title}.pdf")


def _asked(pk: int) -> tuple[Production, date]:
    production = session.get(Production, pk) or abort(404)
    typed = request.args.get("day", "")
    try:
        day = parse_day(typed, "day", "That is no day.") if typed else None
    except Refused:
        abort(404)
    return production, day or now().astimezone(ZoneInfo(desk_zone())).date()


may("CallSheetView", {ALL: ("can_show",)})
