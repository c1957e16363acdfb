"""Who works here: an Administrator invites staff, gives roles, and ends an employment.

FAB's own list of users knows no company and is therefore for the platform operator alone, to read.
"""

import secrets
from typing import Any, ClassVar

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.security.sqla.models import Role, User
from flask_wtf import FlaskForm
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, StringField
from wtforms.validators import Email, InputRequired, Length

from admin import passwords
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import SavedView, Words, has_words
from admin.roles import ADMINISTRATOR, AUDITOR, OPERATOR, READ, ROLES, may
from app.db.clock import now
from app.db.session import session, transaction, viewer
from app.domain.conflicting_roles import check_roles
from app.domain.errors import Refused
from app.domain.sign_in import StaffEvent, StaffStatus
from app.models import StaffProfile
from app.services import second_factor, sessions

ROLE_CHOICES: Any = list(ROLES)
"""Plain words; the type stubs of WTForms still ask for pairs, which it now warns of."""


class RolesForm(FlaskForm):
    """What somebody may do here."""

    roles = SelectMultipleField(
        "Roles",
        choices=ROLE_CHOICES,
        validators=[InputRequired("Choose at least one role.")],
    )


class InviteForm(RolesForm):
    """Somebody who is to work here."""

    first_name = StringField("First name", validators=[InputRequired("Type it."), Length(max=64)])
    last_name = StringField("Last name", validators=[InputRequired("Type it."), Length(max=64)])
    email = StringField(
        "E-mail",
        validators=[
            InputRequired("Type it."),
            Email("That is no e-mail address."),
            Length(max=254),
        ],
    )
    position = StringField("Position", validators=[Length(max=120)])


class StaffView(RecordView):
    """The staff of one company: list, invite, give roles, end."""

    datamodel = RecordInterface(StaffProfile)
    noun, nouns = "member of staff", "staff"
    list_title = "Staff"
    route_base = "/admin/staff"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_invite", "can_roles"]
    columns = (
        Column("display_name", "Name"),
        Column("position", "Position"),
        Column("status"),
        Column("updated_at", "Changed"),
    )
    order_by = (StaffProfile.display_name,)
    saved_views = (
        SavedView("active", "Working here", lambda: StaffProfile.status == StaffStatus.active),
        SavedView("all", "All"),
    )
    filters = (
        Words("q", "Name", lambda typed: has_words(func.fold(StaffProfile.display_name), typed)),
    )
    show_parts = (("Who", ("display_name", "position", "phone", "status", "ended_at")),)
    list_template = "desk/staff_list.html"
    show_template = "desk/staff.html"

    def list_context(self) -> dict[str, Any]:
        """Tell whether the list offers the invitation."""
        return {"may_invite": self.may("invite")}

    def show_context(self, record: StaffProfile) -> dict[str, Any]:
        """Bring the account behind the employment."""
        user = session().get(User, record.user_id, options=[selectinload(User.roles)])
        return {
            "user": user,
            "roles": sorted(role.name for role in user.roles) if user else [],
            "may_give_roles": self.may("roles"),
            "has_second": second_factor.is_set_up(session(), record.user_id),
        }

    @expose("/invite", methods=["GET", "POST"])
    @has_access
    def invite(self) -> str | Response:
        """Add somebody, with a first password that is shown once."""
        form = InviteForm()
        if request.method == "POST" and form.validate():
            try:
                with transaction() as db:
                    profile, password = _invite(db, form)
                return self._page("desk/staff_invited.html", form, profile=profile, word=password)
            except Refused as refusal:
                wrong = form.roles if refusal.field == "roles" else form.email
                wrong.errors = [str(refusal)]
        return self._page("desk/staff_form.html", form, heading="New member of staff")

    @expose("/roles/<pk>", methods=["GET", "POST"])
    @has_access
    def roles(self, pk: str) -> str | Response:
        """Give somebody other roles; it signs them out everywhere."""
        profile = self.record(pk)
        user = session().get_one(User, profile.user_id, options=[selectinload(User.roles)])
        form = RolesForm(roles=[role.name for role in user.roles])
        if request.method == "POST" and form.validate():
            try:
                with transaction() as db:
                    _give(db, user, form.roles.data or [])
                flash(f"{profile} has other roles now, and is signed out.", "success")
                return redirect(self.href_of(profile), 303)
            except Refused as refusal:
                form.roles.errors = [str(refusal)]
        return self._page("desk/staff_form.html", form, heading=f"Roles of {profile}")

    @action("end_employment", "End employment", "End the employment of {n}?")
    def end_employment(self, chosen: list[StaffProfile]) -> str:
        """End an employment: sessions end with it, what they did stays."""
        for profile in chosen:
            if profile.user_id == g.user.id:
                raise Refused("You cannot end your own employment. Another Administrator can.")
            profile.advance(StaffEvent.end)
            profile.ended_at = now()
        return "The employment is ended, and they are signed out."

    @action("reset_second_factor", "Reset second factor", "Reset the second factor of {n}?")
    def reset_second_factor(self, chosen: list[StaffProfile]) -> str:
        """Let somebody who lost their phone set up a new authenticator at the next sign-in."""
        for profile in chosen:
            second_factor.forget(session(), profile.user_id)
            sessions.end_user(session(), profile.user_id, "the second factor was reset")
        return "At the next sign-in they set up a new authenticator."

    def _page(self, template: str, form: Any, **more: Any) -> str:
        back = url_for("StaffView.list")
        return str(self.render_template(template, form=form, back=back, **more))


class PlatformUserView(RecordView):
    """Every account of the platform, for its operator to read."""

    datamodel = RecordInterface(User)
    noun, nouns = "account", "accounts"
    route_base = "/admin/platform/accounts"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show"]
    columns = (
        Column("username", "Account"),
        Column("email", "E-mail"),
        Column("active", "Open"),
        Column("roles", "Roles", value=lambda user: ", ".join(sorted(r.name for r in user.roles))),
        Column("last_login", "Last sign-in"),
    )
    order_by = (User.username,)
    load = (selectinload(User.roles),)
    filters = (Words("q", "Account", lambda typed: User.email.icontains(typed, autoescape=True)),)
    show_parts = (("Account", ("username", "email", "first_name", "last_name", "active")),)


def _invite(db: Session, form: Any) -> tuple[StaffProfile, str]:
    """Add the account and the employment; refuse an address that has an account."""
    check_roles(form.roles.data)
    known = viewer()
    email = form.email.data.strip().lower()
    taken = select(User.id).where(or_(func.lower(User.email) == email, User.username == email))
    if known is None or known.organisation_id is None:
        raise Refused("Only somebody of a company can invite staff to it.")
    if db.scalars(taken).first() is not None:
        raise Refused("That address has an account already. Use another, or ask the operator.")
    password = secrets.token_urlsafe(15)
    user = User(
        username=email,
        email=email,
        first_name=form.first_name.data.strip(),
        last_name=form.last_name.data.strip(),
        active=True,
        password=passwords.made(password),
    )
    user.roles = _roles(db, form.roles.data)
    db.add(user)
    db.flush()
    profile = StaffProfile(
        organisation_id=known.organisation_id,
        user_id=user.id,
        display_name=f"{user.first_name} {user.last_name}",
        position=form.position.data.strip(),
    )
    db.add(profile)
    return profile, password


def _give(db: Session, user: Any, names: list[str]) -> None:
    if user.id == g.user.id and ADMINISTRATOR not in names:
        raise Refused("You cannot take Administrator from yourself. Another Administrator can.")
    check_roles(names)
    kept = [role for role in user.roles if role.name not in ROLES]
    user.roles = [*kept, *_roles(db, names)]


def _roles(db: Session, names: list[str]) -> list[Any]:
    return list(db.scalars(select(Role).where(Role.name.in_(set(names) & set(ROLES)))))


may(
    "StaffView",
    {
        (ADMINISTRATOR,): (
            *READ,
            "can_invite",
            "can_roles",
            "end_employment",
            "reset_second_factor",
        ),
        (AUDITOR,): READ,
    },
)
may("PlatformUserView", {(OPERATOR,): READ})
