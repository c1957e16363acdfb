"""How staff come in: password, then the code of an authenticator; and how they leave.

Between the two factors there is no session: who has shown a password is written, signed and for five
minutes, in the browser's own cookie. The row is made when both are shown, under a new id.
"""

import time
from typing import Any, Final

import segno
from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_login import current_user
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from admin import passwords
from app import limits, sessions
from app.db.session import act_as, transaction
from app.db.session import session as db
from app.db.viewer import Viewer
from app.domain.errors import Refused
from app.log_lines import request_id
from app.redirects import safe_target
from app.services import events, second_factor
from app.services import sessions as rows

HALF_WAY: Final = "half_way"
HALF_WAY_SECONDS: Final = 300
WRONG: Final = (
    "Name and password do not match, or the account is closed. An Administrator can help."
)


class PasswordForm(FlaskForm):
    """The first factor."""

    username = StringField(
        "E-mail", validators=[InputRequired("Type your e-mail."), Length(max=254)]
    )
    password = PasswordField(
        "Password", validators=[InputRequired("Type your password."), Length(max=128)]
    )


class CodeForm(FlaskForm):
    """The second factor."""

    code = StringField("Code", validators=[InputRequired("Type the code."), Length(max=20)])


class StaffSignIn(BaseView):
    """The door of the desk."""

    route_base = "/admin"
    default_view = "login"

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> str | Response:
        """Ask for name and password."""
        if current_user.is_authenticated:
            return redirect(_target(request.args.get("next")))
        form = PasswordForm()
        if request.method == "POST" and form.validate():
            user_id = _first_factor(form)
            if user_id is not None:
                return proceed(user_id, request.args.get("next"), has_second_factor=False)
        microsoft = current_app.config["HOUSE"].staff_sign_in == "entra"
        return _page(
            "desk/sign_in.html", form, microsoft=microsoft, wanted=request.args.get("next")
        )

    @expose("/login/second/", methods=["GET", "POST"])
    def second(self) -> str | Response:
        """Ask for the code of the authenticator, or a recovery code."""
        half_way = _half_way()
        if half_way is None:
            return redirect(url_for("StaffSignIn.login"))
        form = CodeForm()
        if request.method == "POST" and form.validate():
            limits.counters().check(limits.SECOND_FACTOR, "second-factor", str(half_way["user"]))
            try:
                with transaction() as session:
                    _act_as(half_way)
                    second_factor.accept(session, half_way["user"], form.code.data or "")
                return _come_in(half_way)
            except Refused as refusal:
                form.code.errors = [str(refusal)]
        return _page("desk/second.html", form)

    @expose("/login/authenticator/", methods=["GET", "POST"])
    def authenticator(self) -> str | Response:
        """Show the square code for a new authenticator, and take its first code."""
        half_way = _half_way()
        if half_way is None:
            return redirect(url_for("StaffSignIn.login"))
        _act_as(half_way)
        factor = second_factor.of(db(), half_way["user"])
        if factor is None or factor.confirmed_at is not None:
            return redirect(url_for("StaffSignIn.second"))
        form = CodeForm()
        if request.method == "POST" and form.validate():
            limits.counters().check(limits.SECOND_FACTOR, "second-factor", str(half_way["user"]))
            try:
                with transaction() as session:
                    codes = second_factor.confirm(session, half_way["user"], form.code.data or "")
                answer = _come_in(half_way)
                return _page("desk/recovery.html", None, codes=codes, href=answer.location)
            except Refused as refusal:
                form.code.errors = [str(refusal)]
        square = segno.make(second_factor.address_of(factor, half_way["name"]), error="m")
        drawn = square.svg_inline(scale=5, dark="#000", light="#fff", svgclass="qr", lineclass=None)
        return _page(
            "desk/authenticator.html",
            form,
            square=Markup(drawn),  # noqa: S704  drawn by us from our own address
            secret=second_factor.secret_of(factor),
        )

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """End the session, here and now."""
        here = sessions.current()
        if here.hashed is not None:
            with transaction() as session:
                rows.end(session, here.hashed, "signed out")
        here.finish()
        flash("You are signed out.", "info")
        answer = redirect(url_for("StaffSignIn.login"))
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer


def _first_factor(form: Any) -> int | None:
    """Return who it is, or leave the same words for every other case."""
    name = form.username.data.strip().lower()
    tries = limits.counters()
    tries.check(limits.STAFF_NETWORK, "staff-network", request.remote_addr or "")
    tries.check(limits.STAFF_ADDRESS, "staff-address", name)
    with transaction() as session:
        session.execute(select(func.set_config("app.actor", "sign-in", True)))
        user = passwords.check(session, name, form.password.data)
        user_id = None if user is None else int(user.id)
        if user_id is None:
            events.tell_of_door(session, "sign_in.failed", "desk")
    if user_id is not None and (_organisation(user_id) is not None or _is_operator(user)):
        tries.forgive(limits.STAFF_ADDRESS, "staff-address", name)
        return user_id
    form.password.errors = [WRONG]
    return None


def proceed(user_id: int, wanted: str | None, *, has_second_factor: bool) -> Response:
    """Open a session where a second factor was shown already or is not wanted; else ask for ours."""
    user_name = str(current_app.extensions["appbuilder"].sm.get_user_by_id(user_id).email)
    half_way: dict[str, Any] = {
        "user": user_id,
        "organisation": _organisation(user_id),
        "name": user_name,
        "at": int(time.time()),
        "next": _target(wanted),
    }
    if has_second_factor or not current_app.config["HOUSE"].second_factor_required:
        return _come_in(half_way)
    sessions.current()[HALF_WAY] = half_way
    with transaction() as session:
        _act_as(half_way)
        ready = second_factor.is_set_up(session, user_id)
        if not ready:
            second_factor.prepare(session, user_id, half_way["organisation"])
    return redirect(url_for("StaffSignIn.second" if ready else "StaffSignIn.authenticator"))


def _come_in(half_way: dict[str, Any]) -> Response:
    """Open the session under a new id, and remember the browser."""
    with transaction() as session:
        token = rows.open_staff(
            session,
            user_id=half_way["user"],
            organisation_id=half_way["organisation"],
            device=sessions.device(),
        )
    sessions.current().begin(token)
    return redirect(half_way["next"])


def _half_way() -> dict[str, Any] | None:
    found: dict[str, Any] | None = sessions.current().get(HALF_WAY)
    if found is None or time.time() - found["at"] > HALF_WAY_SECONDS:
        return None
    return found


def _act_as(half_way: dict[str, Any]) -> None:
    """See what the company's own staff may see, from here on."""
    act_as(
        Viewer(half_way["organisation"], actor=f"staff:{half_way['user']}", request_id=request_id())
    )


def _organisation(user_id: int) -> int | None:
    found: int | None = db.scalar(select(func.gate_staff(user_id)))
    return found


def _is_operator(user: Any) -> bool:
    return any(role.name == "Admin" for role in user.roles)


def _target(wanted: str | None) -> str:
    return safe_target(wanted, "/admin/", under="/admin/")


def _page(template: str, form: Any, **more: Any) -> str:
    g.desk_bare = True
    return render_template(template, form=form, **more)
