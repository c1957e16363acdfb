"""Xero at the desk: let us in, choose how bills are coded, compare, work by hand, give the leave back."""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar, Final

from flask import flash, g, make_response, redirect, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin.accounting_form import AccountingForm
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, may
from app.db.clock import now
from app.db.session import session as database
from app.db.session import transaction, viewer
from app.domain.errors import Invalid, Refused
from app.integrations import providers
from app.integrations.errors import Failure
from app.services import xero_connection
from app.services.connections import Keys
from app.services.xero_connection import Come

STATE: Final = "xero_state"
PATIENCE: Final = timedelta(minutes=15)
XERO: Final = "xero"


class AccountingView(BaseView):
    """Where bills are entered, and how."""

    route_base = "/admin/accounting"
    default_view = "index"
    base_permissions: ClassVar[list[str]] = [
        "can_index", "can_connect", "can_choose", "can_disconnect", "can_compare", "can_by_hand",
        "can_callback", "can_place",
    ]  # fmt: skip

    @expose("/")
    @has_access
    def index(self) -> AnyResponse:
        """Show whether Xero is connected, and how bills are coded."""
        return self._page()

    @expose("/connect", methods=["POST"])
    @has_access
    def connect(self) -> AnyResponse:
        """Send the person to Xero, with a secret that only this session knows."""
        state = secrets.token_urlsafe(32)
        session[STATE] = {"secret": state, "until": (now() + PATIENCE).isoformat()}
        page = self.render_template(
            "desk/accounting_go.html", page=providers.xero_sign_in().page(state)
        )
        return make_response(str(page))

    @expose("/callback")
    @has_access
    def callback(self) -> AnyResponse:
        """Take the person back from Xero: the same session, once, and not too late."""
        try:
            _check_state(request.args.get("state", ""))
            if request.args.get("error"):
                raise Refused("Xero was not connected: access was not allowed there.")
            come = _come(request.args.get("code", ""))
            with transaction() as db:
                xero_connection.connect(
                    db, come, organisation_id=_house(), by=g.user.get_full_name()
                )
        except Refused as refusal:
            flash(refusal.reason, "danger")
        except Failure as failure:
            flash(f"{failure.reason} Nothing is changed. Connect again.", "danger")
        else:
            flash("Xero is connected. Its accounts are being read.", "success")
        return redirect(url_for("AccountingView.index"), 303)

    @expose("/place", methods=["POST"])
    @has_access
    def place(self) -> AnyResponse:
        """Choose among several organisations."""
        try:
            with transaction() as db:
                xero_connection.settle_in(db, request.form.get("place", "")[:64])
        except Refused as refusal:
            return self._page(errors={"place": refusal.reason})
        flash("Bills go to this organisation. Its accounts are being read.", "success")
        return redirect(url_for("AccountingView.index"), 303)

    @expose("/choose", methods=["POST"])
    @has_access
    def choose(self) -> AnyResponse:
        """Keep how bills are coded."""
        form = AccountingForm.sent(request.form, xero_connection.state_of(database()).productions)
        try:
            with transaction() as db:
                xero_connection.choose(db, form.settings())
        except Invalid as refusal:
            form.errors = refusal.errors
            return self._page(form)
        except Refused as refusal:
            form.errors = {"expense_account": refusal.reason}
            return self._page(form)
        flash("Bills are entered like this from now on.", "success")
        return redirect(url_for("AccountingView.index"), 303)

    @expose("/compare", methods=["POST"])
    @has_access
    def compare(self) -> AnyResponse:
        """Compare every open bill with Xero, and read its accounts again."""
        return self._done(
            lambda db: (
                f"{xero_connection.look_now(db)} bills are being compared; "
                "what differs appears among what needs a person."
            )
        )

    @expose("/by-hand", methods=["POST"])
    @has_access
    def by_hand(self) -> AnyResponse:
        """Leave bills to people for a while, or take them back."""
        is_manual = request.form.get("do") == "by_hand"
        reason = request.form.get("reason", "").replace("\0", "").strip()[:500]
        try:
            with transaction() as db:
                count = xero_connection.by_hand(
                    db, organisation_id=_house(), is_manual=is_manual, reason=reason,
                    by=g.user.get_full_name(),
                )  # fmt: skip
        except Refused as refusal:
            return self._page(errors={"reason": refusal.reason})
        done = (
            "Bills wait to be entered by hand."
            if is_manual
            else f"Bills go to Xero again: {count} that waited are looked for there, then entered."
        )
        flash(done, "success")
        return redirect(url_for("AccountingView.index"), 303)

    @expose("/disconnect", methods=["POST"])
    @has_access
    def disconnect(self) -> AnyResponse:
        """Give the leave back."""

        def give_back(db: Session) -> str:
            xero_connection.disconnect(db)
            return "Xero is disconnected. The leave is given back, and the keys are forgotten."

        return self._done(give_back)

    def _done(self, do: Callable[[Session], str]) -> AnyResponse:
        try:
            with transaction() as db:
                said = do(db)
        except Refused as refusal:
            flash(refusal.reason, "danger")
        else:
            flash(said, "success")
        return redirect(url_for("AccountingView.index"), 303)

    def _page(
        self, form: AccountingForm | None = None, errors: dict[str, str] | None = None
    ) -> AnyResponse:
        state = xero_connection.state_of(database())
        shown = form or AccountingForm.kept(state.chosen)
        wrong = errors or {}
        page = self.render_template(
            "desk/accounting.html",
            is_chosen=providers.choice("accounting") == XERO,
            xero=state,
            form=shown,
            wrong=wrong,
            reason=request.form.get("reason", ""),
            may={name: self._may(f"can_{name}") for name in ("connect", "choose", "disconnect", "compare", "by_hand")},
        )  # fmt: skip
        return make_response(str(page), 422 if shown.errors or wrong else 200)

    def _may(self, right: str) -> bool:
        return bool(self.appbuilder.sm.has_access(right, "AccountingView"))


def _check_state(given: str) -> None:
    """Refuse who comes back in another session, twice, too late, or was never sent."""
    kept = session.pop(STATE, None)
    if not kept or not hmac.compare_digest(kept["secret"].encode(), given.encode()):
        raise Refused(
            "This does not belong to a connection begun here. Nothing is changed. Connect again."
        )
    if datetime.fromisoformat(kept["until"]) < now():
        raise Refused("This took longer than 15 minutes. Nothing is changed. Connect again.")


def _come(code: str) -> Come:
    """Exchange the code for tokens, and ask which organisations they open."""
    signing = providers.xero_sign_in()
    tokens = signing.exchange(code)
    places = tuple((place.id, place.name) for place in signing.places(tokens.access))
    return Come(Keys(tokens.access, tokens.refresh), tokens.seconds, places)


def _house() -> int:
    known = viewer()
    return 0 if known is None or known.organisation_id is None else known.organisation_id


READERS = (FINANCE, APPROVER, MANAGER, AUDITOR)
may(
    "AccountingView",
    {
        (ADMINISTRATOR,): (
            "can_index", "can_connect", "can_choose", "can_disconnect", "can_compare", "can_by_hand",
            "can_callback", "can_place",
        ),
        (FINANCE,): ("can_index", "can_compare", "can_by_hand"),
        (APPROVER, MANAGER, AUDITOR): ("can_index",),
    },
)  # fmt: skip
