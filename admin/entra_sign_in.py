"""Staff come in by Microsoft Entra ID, where the house has chosen so; the password stays beside it.

Nobody is let in who was not invited here: an account there opens an account here and makes none.
"""

import logging
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final

from flask import current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import roles, sign_in
from app import limits, sessions
from app.db.session import act_as, transaction
from app.db.viewer import Viewer
from app.domain.entra_roles import read_roles, roles_of
from app.domain.errors import Refused
from app.integrations.errors import Failure, Permanent
from app.integrations.identity import CLOCK, ELSEWHERE, KEY, Colleague, Entra, challenge_of
from app.log_lines import request_id
from app.redirects import safe_target
from app.services import entra_accounts
from app.services.staff_accounts import StaffAccount

log = logging.getLogger(__name__)

ASKED: Final = "entra"
SECONDS: Final = 600
STRANGER: Final = (
    "Your Microsoft account works, but nobody has invited it here, or your work here has ended. "
    "Ask an Administrator."
)
NO_ROLE: Final = "Your Microsoft account is in no group that has a role here. Ask an Administrator."
ONE_STEP: Final = (
    "Microsoft let you in by one step alone, so this portal asks for its own code too."
)
AWAY: Final = "Microsoft does not answer. Sign in with your password; nothing was lost."
NOT_VALID: Final = "Microsoft's answer was not valid. Try again, or sign in with your password."
WORDS: Final = {
    ELSEWHERE: "That Microsoft account belongs to another organisation. Choose the one you work with here, "
    "or sign in with your password.",
    CLOCK: "Microsoft's clock and this server's differ too much. Sign in with your password, and tell the "
    "platform's operator to set the clock.",
    KEY: "Microsoft does not know this portal any more. Sign in with your password, and tell the platform's "
    "operator to renew ENTRA_CLIENT_SECRET.",
}
"""What a person is told of each reason that has a code."""
REFUSED: Final = {
    "access_denied": "You stopped at Microsoft, or may not use this application there. Try again, or use "
    "your password.",
    "interaction_required": "Microsoft wants something of you first. Sign in at Microsoft once, then try "
    "again here, or use your password.",
}
"""What Microsoft answers in the address, and what a person is told."""
STALE: Final = "That sign-in took too long, or was begun in another window. Start it again here."


class EntraSignIn(BaseView):
    """To Microsoft and back."""

    route_base = "/admin/login/microsoft"
    default_view = "start"

    @expose("/")
    def start(self) -> Response:
        """Send the browser to Microsoft, with what only this browser knows kept here."""
        entra = entra_of_house()
        if entra is None:
            return redirect(url_for("StaffSignIn.login"))
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        try:
            there = entra.address_of_sign_in(
                back=_back(), state=state, nonce=nonce, challenge=challenge_of(verifier)
            )
        except Failure as failure:
            return _turn_back(AWAY, failure)
        sessions.current()[ASKED] = {
            "state": state, "nonce": nonce, "verifier": verifier, "at": int(time.time()),
            "next": safe_target(request.args.get("next"), "/admin/", under="/admin/"),
        }  # fmt: skip
        return redirect(there)

    @expose("/back/")
    def back(self) -> Response:
        """Take what Microsoft says, once, and let in whom it names."""
        entra, asked = entra_of_house(), sessions.current().pop(ASKED, None)
        limits.counters().check(limits.STAFF_NETWORK, "staff-network", request.remote_addr or "")
        given = request.args.get("state", "")
        if entra is None or not _is_ours(asked, given):
            return _turn_back(STALE)
        if "error" in request.args:
            log.warning("Microsoft let nobody in: %s", request.args["error"][:80])
            said = REFUSED.get(
                request.args["error"],
                "Microsoft did not let you in. Try again, or use your password.",
            )
            return _turn_back(said)
        try:
            somebody = entra.who(
                request.args.get("code", ""),
                back=_back(), nonce=asked["nonce"], verifier=asked["verifier"],
            )  # fmt: skip
            account = _let_in(somebody)
        except Refused as refusal:
            return _turn_back(str(refusal))
        except Failure as failure:
            return _turn_back(_words_of(failure), failure)
        is_wanted = current_app.config["HOUSE"].second_factor_required
        if is_wanted and not somebody.used_second_factor:
            flash(ONE_STEP, "info")
        return sign_in.proceed(
            account.user_id, asked["next"], has_second_factor=somebody.used_second_factor
        )


def entra_of_house() -> Entra | None:
    """Return the tenant that the house has chosen, if it has."""
    config = current_app.config["HOUSE"]
    if config.staff_sign_in != "entra":
        return None
    given = config.vendor
    chosen = (given["ENTRA_AUTHORITY"], given["ENTRA_TENANT_ID"], given["ENTRA_CLIENT_ID"])
    if chosen not in _tenants:
        _tenants[chosen] = Entra(*chosen, "")
    # Read again each time: a secret that was renewed in the vault counts without a restart.
    _tenants[chosen].client_secret = given["ENTRA_CLIENT_SECRET"]
    return _tenants[chosen]


_tenants: dict[tuple[str, str, str], Entra] = {}
"""What this process has read of them: addresses and keys."""


def _let_in(somebody: Colleague) -> StaffAccount:
    """Return whose account it is here, with the roles that the groups there stand for."""
    mapping = read_roles(current_app.config["HOUSE"].vendor["ENTRA_ROLES"], roles.ROLES)
    with transaction() as session:
        account = entra_accounts.account_of(session, somebody.oid, somebody.address)
        if account is None:
            raise Refused(STRANGER)
        act_as(
            Viewer(
                account.organisation_id, actor=f"staff:{account.user_id}", request_id=request_id()
            )
        )
        if mapping and somebody.groups is not None:
            wanted = roles_of(somebody.groups, mapping)
            if not wanted:
                raise Refused(NO_ROLE)
            _give_roles(session, account.user_id, wanted)
        entra_accounts.bind(session, account.user_id, somebody.oid)
    return account


def _give_roles(session: Session, user_id: int, wanted: Iterable[str]) -> None:
    """Let somebody have these roles of ours; others, such as the operator's, are not touched."""
    user: Any = session.get_one(User, user_id)
    others = [role for role in user.roles if role.name not in roles.ROLES]
    held = {role.name for role in user.roles if role.name in roles.ROLES}
    if held != set(wanted):
        given = session.scalars(select(Role).where(Role.name.in_(wanted))).all()
        user.roles = [*others, *given]


def _back() -> str:
    base: str = current_app.config["HOUSE"].base_url
    return f"{base}{url_for('EntraSignIn.back')}"


def _is_ours(asked: Any, given: str) -> bool:
    return (
        isinstance(asked, dict)
        and time.time() - asked["at"] <= SECONDS
        and secrets.compare_digest(asked["state"].encode(), given.encode())
    )


def _words_of(failure: Failure) -> str:
    """Say what a person can do about a failure; what it was stands in the log."""
    if isinstance(failure, Permanent):
        return WORDS.get(failure.code, NOT_VALID)
    return AWAY


def _turn_back(words: str, failure: Failure | None = None) -> Response:
    if failure is not None:
        log.warning("sign-in by Microsoft failed: %s", failure.reason)
    flash(words, "danger")
    return redirect(url_for("StaffSignIn.login"))
