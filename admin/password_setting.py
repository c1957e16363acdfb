"""Where staff set a password with a code from the mail: invited, or having forgotten theirs.

Whether an address has an account is told by the letter alone: the pages say the same to everybody.
"""

import math
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.models import User
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from admin import passwords
from app import limits, sessions
from app.db.session import act_as, transaction
from app.db.viewer import Viewer
from app.domain import codes
from app.domain.errors import Refused
from app.domain.sign_in import TokenPurpose
from app.log_lines import request_id
from app.services import sign_in, staff_accounts
from app.services.seats import address_of
from app.services.sign_in import Outcome

STALE = {
    Outcome.used: "That code was used already. Have a new one sent.",
    Outcome.expired: "That code has run out. Have a new one sent.",
    Outcome.spent: "That code was tried too often. Have a new one sent.",
}
WRONG = "That is not the code in our newest e-mail. Look for the last one we sent."


class AddressForm(FlaskForm):
    """Where the code goes."""

    address = StringField(
        "E-mail", validators=[InputRequired("Type your e-mail."), Length(max=254)]
    )


class NewPasswordForm(FlaskForm):
    """The code, and what is to be the password."""

    address = HiddenField()
    code = StringField("Code", validators=[InputRequired("Type the code."), Length(max=20)])
    new = PasswordField("New password", validators=[InputRequired("Type it."), Length(max=128)])
    again = PasswordField(
        "New password again", validators=[InputRequired("Type it again."), Length(max=128)]
    )


class PasswordSetting(BaseView):
    """Two pages: ask for a code, then type it with the new password."""

    route_base = "/admin/password"
    default_view = "ask"

    @expose("/", methods=["GET", "POST"])
    def ask(self) -> Response:
        """Ask for the address, and send a code there if it has an account."""
        form = AddressForm(data={"address": request.args.get("address", "")})
        if request.method == "POST" and form.validate():
            try:
                return _send(codes.check_address(form.address.data or ""))
            except Refused as refusal:
                form.address.errors = [str(refusal)]
        return _page("desk/password_ask.html", form, 422 if form.errors else 200)

    @expose("/new/", methods=["POST"])
    def choose(self) -> Response:
        """Take the code and the new password."""
        form = NewPasswordForm()
        if form.validate():
            try:
                with transaction() as db:
                    _set(db, form)
                flash("Your password is set. Sign in with it.", "success")
                return redirect(url_for("StaffSignIn.login"), 303)
            except Refused as refusal:
                field = getattr(form, refusal.field or "", form.code)
                field.errors = [str(refusal)]
        return _page("desk/password_new.html", form, 422)


def _send(address: str) -> Response:
    tries = limits.counters()
    wait = max(
        tries.take(limits.LINK_NETWORK, "staff-code", request.remote_addr or ""),
        tries.take(limits.LINK_ADDRESS, "staff-code", address),
    )
    if wait:
        count = math.ceil(wait / 60)
        minutes = "a minute" if count == 1 else f"{count} minutes"
        raise Refused(
            "We have sent several codes there already. The newest works; for another, wait"
            f" {minutes}."
        )
    with transaction() as db:
        asked = sign_in.ask(
            db,
            address=address,
            browser=sessions.browser_hash(),
            device=sessions.device(),
            purpose=TokenPurpose.staff_password,
        )
    form = NewPasswordForm(formdata=None, data={"address": address})
    return _page("desk/password_new.html", form, 202, asked=asked)


def _set(db: Session, form: Any) -> None:
    """Use the code up and set the password of the account behind it, or refuse both."""
    code = _code(form.code.data)
    if form.new.data != form.again.data:
        raise Refused("The two do not match. Type the new password twice.", field="again")
    hashed = passwords.made(form.new.data, form.address.data)
    attempt = sign_in.use(
        db,
        code=code,
        browser=sessions.known_browser_hash(),
        purpose=TokenPurpose.staff_password,
    )
    if attempt.outcome is not Outcome.ok or attempt.identity_id is None:
        db.commit()  # the try counts, whatever is said
        raise Refused(STALE.get(attempt.outcome, WRONG), field="code")
    account = staff_accounts.account_of(db, address_of(db, attempt.identity_id))
    if account is None:
        raise Refused(WRONG, field="code")
    act_as(
        Viewer(account.organisation_id, actor=f"staff:{account.user_id}", request_id=request_id())
    )
    db.get_one(User, account.user_id).password = hashed
    staff_accounts.accept(db, account.user_id)


def _code(typed: str | None) -> str:
    try:
        return codes.check_code(typed or "")
    except Refused as refusal:
        raise Refused(refusal.reason, field="code") from refusal


def _page(template: str, form: Any, status: int = 200, **more: Any) -> Response:
    g.desk_bare = True
    answer = make_response(render_template(template, form=form, **more), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
