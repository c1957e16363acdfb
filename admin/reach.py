"""Who has seen and confirmed a version, who has not, and what is done about it."""

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response

from admin.access import remembered
from admin.roles import ADMINISTRATOR, ALL, MANAGER, SCHEDULE, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.models import ScheduleVersion
from app.services.schedules import pursuing, reach
from app.services.schedules.pursuing import Nudged

LONGEST_NOTE = 500


class ReachView(BaseView):
    """The receipts of a version: figures, the list of the missing, a nudge, and phone calls."""

    route_base = "/admin/reach"
    default_view = "show"

    @expose("/<int:pk>")
    @has_access
    def show(self, pk: int) -> str:
        """Show whom a version has reached, by person and by call."""
        version = _version(pk)
        may_act = ("can_nudge", "ReachView") in remembered(g.user)
        found = reach.reach_of(session(), version)
        return str(
            self.render_template("desk/reach.html", version=version, reach=found, may_act=may_act)
        )

    @expose("/<int:pk>/nudge", methods=["POST"])
    @has_access
    def nudge(self, pk: int) -> Response:
        """Write to those who have not confirmed."""
        version = _version(pk)
        with transaction() as db:
            done = pursuing.nudge(db, version, now())
        flash(_said(done), "success" if done.told else "info")
        return redirect(url_for("ReachView.show", pk=pk), 303)

    @expose("/<int:pk>/phoned", methods=["POST"])
    @has_access
    def phoned(self, pk: int) -> Response:
        """Write down that somebody was told by phone."""
        version = _version(pk)
        key = request.form.get("person", "")
        if not key.isdecimal() or len(key) > 18:
            abort(404)
        note = request.form.get("note", "")[:LONGEST_NOTE]
        try:
            with transaction() as db:
                person = pursuing.told_by_phone(
                    db, version, int(key), by=f"staff:{g.user.id}", at=now(), note=note
                )
        except Refused as refusal:
            flash(refusal.reason, "warning")
        else:
            flash(f"Written down: you told {person.name} by phone.", "success")
        return redirect(url_for("ReachView.show", pk=pk), 303)


def _version(pk: int) -> ScheduleVersion:
    return session.get(ScheduleVersion, pk) or abort(404)


def _said(done: Nudged) -> str:
    parts = [f"{done.told} {'letter is' if done.told == 1 else 'letters are'} on the way."]
    if done.already:
        parts.append(f"{done.already} had a nudge today already.")
    if done.without_address:
        parts.append(f"{done.without_address} without an address: ring them up.")
    return " ".join(parts)


may(
    "ReachView",
    {
        (ADMINISTRATOR, SCHEDULE, MANAGER): ("can_show", "can_nudge", "can_phoned"),
        ALL: ("can_show",),
    },
)
