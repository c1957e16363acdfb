"""Companies, for the platform's operator: which there are, and founding another. Nothing of theirs is shown."""

from typing import ClassVar

from flask import abort, flash, g, make_response, redirect, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from admin.roles import OPERATOR, may
from app import sessions
from app.db.session import act_as, session, transaction, viewer
from app.domain.companies import NewCompany
from app.domain.errors import Invalid
from app.services import companies


def _asked(label: str, longest: int, hint: str = "", default: str = "") -> StringField:
    return StringField(
        label,
        validators=[InputRequired("Type it."), Length(max=longest)],
        description=hint,
        default=default,
    )


class CompanyForm(FlaskForm):
    """A company, and who begins there."""

    name = _asked("Company", 120)
    slug = _asked("Word in addresses", 60, "Small letters, digits and hyphens: meridian-ballet.")
    zone = _asked("Time zone", 64, "As the tz database names it.", "Australia/Brisbane")
    currency = _asked("Currency", 3, "Three letters.", "AUD")
    first_name = _asked("First name", 64)
    last_name = _asked("Last name", 64)
    email = _asked(
        "E-mail", 254, "An invitation goes there; the person sets a password with a code."
    )


class CompanyView(BaseView):
    """The companies of the platform."""

    route_base = "/admin/platform/companies"
    default_view = "list"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_found"]

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show which companies there are."""
        live = _operator()
        found = companies.companies(session(), live)
        return str(self.render_template("desk/companies.html", companies=found))

    @expose("/found", methods=["GET", "POST"])
    @has_access
    def found(self) -> str | Response:
        """Found a company and invite its first Administrator."""
        _operator()
        form = CompanyForm()
        known = viewer()
        if form.validate_on_submit() and known is not None:
            typed = NewCompany(
                **{name: getattr(form, name).data or "" for name in NewCompany.__slots__}
            )
            try:
                with transaction() as db:
                    by = f"{g.user.first_name} {g.user.last_name}"
                    made = companies.found(db, typed, actor=known.actor, by=by)
                    said = f"{made.name} is founded. The invitation is on its way to {typed.email}."
                flash(said, "success")
                return redirect(url_for("CompanyView.list"), 303)
            except Invalid as invalid:
                for field, reason in invalid.errors.items():
                    getattr(form, field).errors = [reason]
                act_as(known)
        page = self.render_template("desk/company_form.html", form=form)
        return make_response(str(page), 422 if form.errors else 200)


def _operator() -> bytes:
    """Return the hash of the operator's session; somebody of a company has no business here."""
    live, known = sessions.live(), viewer()
    if live is None or known is None or known.organisation_id is not None:
        abort(403)
    hashed = sessions.current().hashed
    return hashed if hashed is not None else abort(403)


may("CompanyView", {(OPERATOR,): ("can_list", "can_found")})
