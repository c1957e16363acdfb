"""One's own page: who I am here, on which devices I am signed in, and my password."""

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from admin import passwords
from app import limits, sessions
from app.db.session import session as db
from app.db.session import transaction
from app.domain.errors import Refused
from app.services import second_factor
from app.services import sessions as rows


class NewPasswordForm(FlaskForm):
    """A change of password."""

    old = PasswordField("Password now", validators=[InputRequired("Type it."), Length(max=128)])
    new = PasswordField("New password", validators=[InputRequired("Type it."), Length(max=128)])
    again = PasswordField(
        "New password again", validators=[InputRequired("Type it."), Length(max=128)]
    )


class SeatView(BaseView):
    """The page behind one's name in the bar."""

    route_base = "/admin/seat"
    default_view = "show"

    @expose("/")
    @has_access
    def show(self) -> str:
        """Show who I am here and where I am signed in."""
        return self._page(NewPasswordForm())

    @expose("/password", methods=["POST"])
    @has_access
    def password(self) -> str | Response:
        """Change my password: every other device is signed out, this one goes on under a new id."""
        form = NewPasswordForm()
        if not form.validate():
            return self._page(form)
        limits.counters().check(limits.STAFF_ADDRESS, "staff-password", str(g.user.id))
        live = sessions.live()
        organisation_id = None if live is None else live.organisation_id
        try:
            with transaction() as session:
                user = session.merge(g.user._get_current_object())  # noqa: SLF001  werkzeug's own way
                passwords.change(
                    session, user, *(field.data or "" for field in (form.old, form.new, form.again))
                )
                session.flush()
                token = rows.open_staff(
                    session,
                    user_id=user.id,
                    organisation_id=organisation_id,
                    device=sessions.device(),
                )
        except Refused as refusal:
            field = getattr(form, refusal.field or "", form.old)
            field.errors = [str(refusal)]
            return self._page(form)
        sessions.current().begin(token)
        flash("Your password is changed. You are signed out everywhere else.", "success")
        return redirect(url_for("SeatView.show"))

    @expose("/others", methods=["POST"])
    @has_access
    def sign_out_others(self) -> Response:
        """End every session of mine but this one."""
        here = sessions.current().hashed
        with transaction() as session:
            ended = rows.end_user(session, g.user.id, "signed out elsewhere", spare=here)
        flash(f"Signed out on {ended} other {'device' if ended == 1 else 'devices'}.", "success")
        return redirect(url_for("SeatView.show"))

    @expose("/devices/<uuid:key>", methods=["POST"])
    @has_access
    def end_device(self, key: UUID) -> Response:
        """End one session of mine."""
        here = sessions.current().hashed
        if here is not None:
            with transaction() as session:
                rows.end_device(session, here, key, "signed out elsewhere")
        return redirect(url_for("SeatView.show"))

    def _page(self, form: Any) -> str:
        here = sessions.current()
        devices = [] if here.hashed is None else rows.devices(db(), here.hashed)
        return str(
            self.render_template(
                "desk/seat.html",
                form=form,
                devices=devices,
                here=here.live and here.live.public_id,
                roles=sorted(role.name for role in g.user.roles),
                has_second=second_factor.is_set_up(db(), g.user.id),
                action=request.path,
            )
        )
