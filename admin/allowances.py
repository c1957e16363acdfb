"""Per diems: what a run would write and why, what differs from before, confirming it, and the runs of the past."""

from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from admin import forms
from admin.access import remembered
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.money import Money, add_up
from app.domain.periods import parse_day
from app.models import AllowanceRun, Production
from app.presentation import desk_zone
from app.services.allowances import confirming
from app.services.allowances.planning import RunPlan, plan_run
from app.services.reports import name_of
from app.services.schedules.week import scheduled_productions

TWO_WEEKS = timedelta(days=13)


class ConfirmForm(FlaskForm):
    """What was shown, so that nothing else is confirmed."""

    digest = HiddenField()


class AllowanceView(BaseView):
    """The preview of a run, the button that confirms it, and the runs that were confirmed."""

    route_base = "/admin/per-diems"
    default_view = "runs"

    @expose("/")
    @has_access
    @permission_name("list")
    def runs(self) -> str:
        """Show the runs, newest first, and ask for which days to work out the next."""
        first = _today()
        return str(
            self.render_template(
                "desk/allowance_runs.html",
                runs=confirming.runs(session()),
                productions=scheduled_productions(session()),
                first=first,
                last=first + TWO_WEEKS,
            )
        )

    @expose("/work-out", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def work_out(self) -> str | Response:
        """Show what a run would write, to whoever reads money; Finance confirms it."""
        top: list[str] = []
        form = ConfirmForm()
        if request.method == "POST" and not _may("can_confirm"):
            abort(403)
        production, first, last = _asked(top)
        if production is None:
            flash("Choose a production first.", "warning")
            return redirect(url_for("AllowanceView.runs"), 303)
        if form.validate_on_submit() and not top:
            try:
                with transaction() as db:
                    done = confirming.confirm_run(
                        db, production, first, last, digest=form.digest.data or "",
                        by_user_id=g.user.id, by_name=name_of(db, g.user.id),
                    )  # fmt: skip
            except Refused as refusal:
                forms.put(form, refusal, top)
            else:
                word = "is confirmed" if done.is_new else "was confirmed already, once"
                flash(f"Run {done.run.number} {word}.", "success")
                return redirect(url_for("AllowanceView.run", key=done.run.id), 303)
        return self._preview(production, first, last, form, top)

    @expose("/run/<int:key>")
    @has_access
    @permission_name("list")
    def run(self, key: int) -> str:
        """Show what a run wrote, for whom and why."""
        run = session.get(AllowanceRun, key) or abort(404)
        lines = confirming.lines_of_run(session(), run)
        people = [list(group) for _, group in groupby(lines, key=lambda line: line.engagement_id)]
        totals = add_up(Money(line.amount, line.currency) for line in lines)
        return str(
            self.render_template(
                "desk/allowance_run.html", run=run, people=people, totals=list(totals.values())
            )
        )

    def _preview(
        self, production: Production, first: date, last: date, form: FlaskForm, top: list[str]
    ) -> str:
        plan: RunPlan | None = None
        try:
            plan = plan_run(
                session(), production, first, last, confirming.today_of(session(), production)
            )
        except Refused as refusal:
            top.append(str(refusal))
        form.digest.data, form.digest.raw_data = (plan.digest if plan else ""), None
        page = self.render_template(
            "desk/allowance_plan.html",
            production=production,
            first=first,
            last=last,
            plan=plan,
            form=form,
            top=top,
            may_confirm=_may("can_confirm"),
        )
        return str(page)


def _asked(top: list[str]) -> tuple[Production | None, date, date]:
    """Return the production and the days that the address names; what is no day is said on top."""
    key = request.args.get("production", "")
    production = session.get(Production, int(key)) if key.isdecimal() and len(key) < 18 else None
    first = _day("first", _today(), top)
    last = _day("last", first + TWO_WEEKS, top)
    return production, first, last


def _day(name: str, otherwise: date, top: list[str]) -> date:
    typed = request.args.get(name, "")
    try:
        return (
            parse_day(typed, name, f"“{typed[:30]}” is not a day. Choose one.")
            if typed
            else otherwise
        )
    except Refused as refusal:
        top.append(str(refusal))
        return otherwise


def _today() -> date:
    return now().astimezone(ZoneInfo(desk_zone())).date()


def _may(permission: str) -> bool:
    return (permission, "AllowanceView") in remembered(g.user)


may("AllowanceView", {(ADMINISTRATOR, FINANCE, APPROVER, MANAGER, AUDITOR): ("can_list",)})
may("AllowanceView", {(FINANCE,): ("can_list", "can_confirm")})
