"""FAB's security manager, for staff alone: artists never have an ``ab_user`` row.

What of FAB's is left out, and why, is architecture.md 5.11-5.16 and reliability.md C4: no security
API (password to token without a second factor), no signed session cookie, no list of every company's
staff for anybody but the platform operator.
"""

from typing import Any

from flask import Flask, current_app, g, redirect, request, url_for
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Group, User
from flask_limiter import Limiter
from flask_login import AnonymousUserMixin, LoginManager, current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from admin import endings, roles, seeded_rights
from admin.access import RememberedAccess
from admin.entra_sign_in import EntraSignIn
from admin.password_setting import PasswordSetting
from admin.seat import SeatView
from admin.sign_in import StaffSignIn
from app import sessions
from app.db.session import act_as
from app.db.session import session as db
from app.db.viewer import Viewer
from app.domain.sign_in import SessionKind
from app.errors import wants_json
from app.log_lines import request_id
from app.models import Organisation

OPEN = frozenset(
    {
        "StaffSignIn.login",
        "StaffSignIn.second",
        "StaffSignIn.authenticator",
        "EntraSignIn.start",
        "EntraSignIn.back",
        "PasswordSetting.ask",
        "PasswordSetting.choose",
    }
)
"""The pages of the desk that a stranger may see."""


class Stranger(AnonymousUserMixin):
    """Nobody in particular: has no role, not even FAB's public one."""

    id = None
    roles: tuple[()] = ()
    groups: tuple[()] = ()


class StaffSecurityManager(RememberedAccess, SecurityManager):
    """Knows staff by their session rows, and writes roles only when it is told to."""

    def create_login_manager(self, app: Flask) -> LoginManager:
        """Read who is there from the session's row; never remember anybody in a cookie."""
        manager = LoginManager(app)
        manager.session_protection = None
        manager.anonymous_user = Stranger
        manager.login_view = "StaffSignIn.login"
        manager.user_loader(self.load_user)
        return manager

    def create_limiter(self, app: Flask) -> Limiter:
        """Leave FAB's own limits off: tries are counted by ``app.limits``, also without Redis."""
        app.config.update(RATELIMIT_ENABLED=False, RATELIMIT_STORAGE_URI="memory://")
        limiter: Limiter = super().create_limiter(app)
        return limiter

    def load_user(self, pk: str) -> Any | None:
        """Return whoever a namespaced id names, if they may still work here."""
        kind, _, key = str(pk).partition(":")
        live = sessions.live()
        if kind == "artist" and live is not None and live.kind is SessionKind.artist:
            return sessions.SignedInArtist(live)
        if kind != "staff" or not key.isdigit():
            return None
        user = (
            db.scalars(
                select(User)
                .where(User.id == int(key))
                .options(joinedload(User.roles), joinedload(User.groups).joinedload(Group.roles))
            )
            .unique()
            .one_or_none()
        )
        return user if user is not None and user.is_active else None

    def register_views(self) -> None:
        """Register sign-in and one's own page; nothing of FAB's security API or its views."""
        self.auth_view = self.appbuilder.add_view_no_menu(StaffSignIn())
        self.appbuilder.add_view_no_menu(EntraSignIn())
        self.appbuilder.add_view_no_menu(PasswordSetting())
        self.appbuilder.add_view_no_menu(SeatView())

    def seed(self) -> None:
        """Write roles and permissions. Run at deploy, never by a web worker."""
        super(SecurityManager, self).create_db()
        for name in roles.ROLES:
            self.add_role(name)
        seeded_rights.write(db(), seeded_rights.of_roles(self.appbuilder))
        db.commit()


class Desk(AppBuilder):
    """FAB without its stock pages: no /back, no /lang, no menu API, no OpenAPI, no stock assets."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)
        self.sm.register_views()


def greet_staff() -> AnyResponse | None:
    """Tell the database which company whoever is signed in works for; send strangers to sign in."""
    if sessions.kind_of(request.path) is not SessionKind.staff:
        return None
    live = sessions.live()
    if live is None or not current_user.is_authenticated:
        return _turn_away() if request.path.startswith("/admin") else None
    act_as(Viewer(live.organisation_id, actor=f"staff:{live.user_id}", request_id=request_id()))
    if live.organisation_id is not None:
        g.organisation = db.get(Organisation, live.organisation_id)
        g.zone = g.organisation.zone
    return None


def _turn_away() -> AnyResponse | None:
    if request.endpoint in OPEN or request.endpoint is None:
        return None
    if request.method == "GET" and not wants_json():
        return redirect(url_for("StaffSignIn.login", next=request.full_path.rstrip("?")))
    raise Unauthorized


def install(app: Flask, **options: Any) -> AppBuilder:
    """Build FAB over our session, then greet whoever it finds."""
    app.config.update(
        FAB_CREATE_DB=False,
        FAB_UPDATE_PERMS=False,
        FAB_ADD_MENU_API=False,
        FAB_ADD_OPENAPI_VIEWS=False,
        FAB_ADD_SECURITY_API=False,
        FAB_API_SHOW_STACKTRACE=False,
        FAB_SAFE_REDIRECT_HOSTS=[],
        APP_NAME="BIG Live Portal",
        BABEL_DEFAULT_LOCALE="en",
        LANGUAGES={},
    )
    with app.app_context():
        desk = Desk(app, db, security_manager_class=StaffSecurityManager, **options)
    endings.install()
    app.before_request(greet_staff)
    return desk


def desk() -> AppBuilder:
    """Return the desk of the running application."""
    found: AppBuilder = current_app.extensions["appbuilder"]
    return found
