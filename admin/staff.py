"""Who works here: an Administrator invites staff, gives roles, and ends an employment.

FAB's own list of users knows no company and is therefore for the platform operator alone, to read.
"""

import secrets
from typing import Any, ClassVar

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access, permission_name
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
from app.services import open_work, second_factor, sessions, staff_accounts

ROLE_CHOICES: Any = list(ROLES)
"""Plain words; the type stubs of WTForms still ask for pairs, which it now warns of."""


class RolesForm(FlaskForm):
    """What somebody may do here."""

    roles = SelectMultipleField(
        "Roles",
        choices=ROLE_CHOICES,
        validators=[InputRequired("Choose at least one role.")],
    )


class PhoneForm(FlaskForm):
    """Where somebody gets texts, such as alerts about providers."""

    phone = StringField(
        "Telephone for texts",
        description="With its country, such as +61 412 345 678. Empty: no texts.",
        validators=[Length(max=40)],
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
        SavedView("invited", "Invited", lambda: StaffProfile.status == StaffStatus.invited),
        SavedView("all", "All"),
    )
    filters = (
        Words("q", "Name", lambda typed: has_words(func.fold(StaffProfile.display_name), typed)),
    )
    show_parts = (("Who", ("display_name", "position", "phone", "status", "ended_at")),)
    list_template = "desk/staff_list.html"
    show_template = "desk/staff.html"

    def offers(self, record: StaffProfile) -> set[str]:
        """Offer to invite again who has not come in yet, or has left."""
        if record.status is StaffStatus.active:
            return {"end_employment", "reset_second_factor"}
        return (
            {"invite_again", "end_employment"}
            if record.status is StaffStatus.invited
            else {"invite_again"}
        )

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
            "open_work": open_work.open_with(session(), record),
            "has_second": second_factor.is_set_up(session(), record.user_id),
        }

    @expose("/invite", methods=["GET", "POST"])
    @has_access
    def invite(self) -> str | Response:
        """Add somebody, and write to them: they set their own password with a code."""
        form = InviteForm()
        if request.method == "POST" and form.validate():
            try:
                with transaction() as db:
                    profile = _invite(db, form)
                flash(f"{profile} is invited. The letter is on its way.", "success")
                return redirect(self.href_of(profile), 303)
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

    @expose("/phone/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("roles")
    def phone(self, pk: str) -> str | Response:
        """Say at which number somebody gets texts."""
        profile = self.record(pk)
        form = PhoneForm(phone=profile.phone)
        if request.method == "POST" and form.validate():
            try:
                with transaction():
                    staff_accounts.reach(profile, form.phone.data or "")
                flash("The number is written down.", "success")
                return redirect(self.href_of(profile), 303)
            except Refused as refusal:
                form.phone.errors = [str(refusal)]
        return self._page("desk/staff_form.html", form, heading=f"Telephone of {profile}")

    @action("end_employment", "End employment", "End the employment of {n}?")
    def end_employment(self, chosen: list[StaffProfile]) -> str:
        """End an employment: sessions end with it, what they did stays, what is open is said."""
        left = []
        for profile in chosen:
            if profile.user_id == g.user.id:
                raise Refused("You cannot end your own employment. Another Administrator can.")
            left += [f"{profile}: {one.what}" for one in open_work.open_with(session(), profile)]
            open_work.end_deputies(session(), profile)
            profile.advance(StaffEvent.end)
            profile.ended_at = now()
        said = "The employment is ended, and they are signed out."
        return " ".join([said, *(f"{one}." for one in left)])

    @action("invite_again", "Invite again", "Write to {n} again?", multiple=False)
    def invite_again(self, chosen: list[StaffProfile]) -> str:
        """Send the invitation again, or take somebody back whose employment ended."""
        for profile in chosen:
            address = session().get_one(User, profile.user_id).email
            staff_accounts.invite(session(), profile, address=address, by=_myself())
        return "The invitation is on its way."

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


def _myself() -> str:
    return f"{g.user.first_name} {g.user.last_name}"


def _invite(db: Session, form: Any) -> StaffProfile:
    """Add the account and the employment; refuse an address that has an account."""
    check_roles(form.roles.data)
    known = viewer()
    email = form.email.data.strip().lower()
    taken = select(User.id).where(or_(func.lower(User.email) == email, User.username == email))
    if known is None or known.organisation_id is None:
        raise Refused("Only somebody of a company can invite staff to it.")
    if db.scalars(taken).first() is not None:
        raise Refused("That address has an account already. Use another, or ask the operator.")
    user = User(
        username=email,
        email=email,
        first_name=form.first_name.data.strip(),
        last_name=form.last_name.data.strip(),
        active=True,
        password=passwords.made(secrets.token_urlsafe(48)),
    )
    user.roles = _roles(db, form.roles.data)
    db.add(user)
    db.flush()
    profile = StaffProfile(
        organisation_id=known.organisation_id,
        user_id=user.id,
        display_name=f"{user.first_name} {user.last_name}",
        position=form.position.data.strip(),
        status=StaffStatus.invited,
    )
    db.add(profile)
    staff_accounts.invite(db, profile, address=email, by=_myself())
    return profile


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
            "invite_again",
            "reset_second_factor",
        ),
        (AUDITOR,): READ,
    },
)
may("PlatformUserView", {(OPERATOR,): READ})
