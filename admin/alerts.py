"""Alerts about providers: what is wrong, who was told, saying that one sees to it, and who is told first."""

from typing import Any, ClassVar
from uuid import UUID

from flask import Response, abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from admin.bulk_runs import organisation
from admin.roles import ADMINISTRATOR, AUDITOR, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.alerts import MOST_PEOPLE, AlertStatus
from app.domain.errors import Refused
from app.domain.sign_in import StaffStatus
from app.models import Alert, StaffProfile
from app.services.alerts import telling, watching

SHOWN = 50


class AlertView(BaseView):
    """What is wrong with providers, and who is told."""

    route_base = "/admin/alerts"
    default_view = "list"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_acknowledge", "can_settle"]

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show the alerts, those that are not over first, and who is told."""
        return self._page({})

    @expose("/<uuid:key>/acknowledge", methods=["POST"])
    @has_access
    def acknowledge(self, key: UUID) -> AnyResponse:
        """Say that one sees to it."""
        alert = session.scalars(select(Alert).where(Alert.public_id == key)).one_or_none() or abort(
            404
        )
        try:
            with transaction() as db:
                watching.acknowledge(db, alert, user_id=g.user.id, at=now())
        except Refused as refusal:
            flash(refusal.reason, "warning")
        else:
            flash("You see to it. Nobody else is told.", "success")
        return redirect(url_for("AlertView.list"), 303)

    @expose("/settle", methods=["POST"])
    @has_access
    def settle(self) -> AnyResponse:
        """Settle who is told, in which order, and where alerts are posted."""
        typed = [request.form.get(f"person-{place}", "") for place in range(MOST_PEOPLE)]
        people = [int(each) for each in typed if each.isascii() and each.isdigit()]
        channel = request.form.get("channel", "").strip()
        keeps = not channel and not request.form.get("forget")
        try:
            with transaction() as db:
                telling.settle(
                    db, organisation_id=organisation(), people=people,
                    with_texts=bool(request.form.get("with_texts")),
                    channel=None if keeps else channel,
                    hosts=current_app.config["HOUSE"].alert_hosts,
                )  # fmt: skip
        except Refused as refusal:
            page = self._page({refusal.field or "people": refusal.reason})
            return Response(page, 422)
        flash("It is settled who is told.", "success")
        return redirect(url_for("AlertView.list"), 303)

    def _page(self, wrong: dict[str, str]) -> str:
        found = session.scalars(
            select(Alert).order_by((Alert.status == AlertStatus.over), Alert.id.desc()).limit(SHOWN)
        ).all()
        staff = session.execute(
            select(StaffProfile.user_id, StaffProfile.display_name)
            .where(StaffProfile.status == StaffStatus.active)
            .order_by(StaffProfile.display_name)
        ).all()
        setting = telling.setting_of(session(), organisation())
        page: Any = self.render_template(
            "desk/alerts.html",
            standing=[each for each in found if each.status is not AlertStatus.over],
            over=[each for each in found if each.status is AlertStatus.over],
            staff=staff,
            chain=telling.chain(session(), organisation()),
            people=list_of(setting.people if setting else []),
            with_texts=bool(setting and setting.with_texts),
            has_channel=bool(setting and setting.channel),
            hosts=sorted(current_app.config["HOUSE"].alert_hosts),
            may_acknowledge=self.appbuilder.sm.has_access("can_acknowledge", "AlertView"),
            may_settle=self.appbuilder.sm.has_access("can_settle", "AlertView"),
            wrong=wrong,
            typed=request.form,
        )
        return str(page)


def list_of(people: Any) -> Any:
    """Return the places of the form: those who are told, then empty ones."""
    return [*people, *[0] * (MOST_PEOPLE - len(people))]


may(
    "AlertView",
    {(ADMINISTRATOR,): ("can_list", "can_acknowledge", "can_settle"), (AUDITOR,): ("can_list",)},
)
