"""Payments that missed the day their artists were promised: how late, how often moved, and why."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from admin.roles import ADMINISTRATOR, AUDITOR, FINANCE, MANAGER, may
from app.db.clock import now
from app.db.session import session
from app.domain.errors import Refused
from app.domain.periods import parse_day
from app.presentation import desk_zone
from app.services.promised_days import slips
from app.services.schedules.week import scheduled_productions

QUARTER = timedelta(days=91)


class LatePaymentView(BaseView):
    """What managers see of promised days: each payment that missed its first one."""

    route_base = "/admin/late-payments"
    default_view = "late"

    @expose("/")
    @has_access
    @permission_name("list")
    def late(self) -> str:
        """Show the payments promised in a period that came late or have not come."""
        wrong: list[str] = []
        today = now().astimezone(ZoneInfo(desk_zone())).date()
        first = _day("first", today - QUARTER, wrong)
        last = _day("last", today + QUARTER, wrong)
        key = request.args.get("production", "")
        production = int(key) if key.isdecimal() and len(key) < 18 else None
        return str(
            self.render_template(
                "desk/late_payments.html",
                slips=slips(session(), first, last, today, production_id=production),
                first=first,
                last=last,
                production=production,
                productions=scheduled_productions(session()),
                wrong=wrong,
            )
        )


def _day(name: str, otherwise: date, wrong: list[str]) -> date:
    typed = request.args.get(name, "")
    try:
        return (
            parse_day(typed, name, f"“{typed[:30]}” is not a day. Choose one.")
            if typed
            else otherwise
        )
    except Refused as refusal:
        wrong.append(str(refusal))
        return otherwise


may("LatePaymentView", {(ADMINISTRATOR, FINANCE, MANAGER, AUDITOR): ("can_list",)})
