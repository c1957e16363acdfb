"""The company's rules for signing on one page: who signs for it, and when a signer is reminded."""

from typing import Any, ClassVar

from flask import Response, abort, flash, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, CONTRACTS, MANAGER, may
from app.db.session import session, transaction, viewer
from app.domain.errors import Invalid, Refused
from app.domain.reminders import parse_ladder, write_ladder
from app.models import Organisation
from app.services.contracts import signing_rules


class SigningRuleView(BaseView):
    """Who signs for the company, and the reminders that every contract and amendment starts with."""

    route_base = "/admin/signing-rules"
    default_view = "index"
    base_permissions: ClassVar[list[str]] = ["can_index", "can_set"]

    @expose("/")
    @has_access
    def index(self) -> str:
        """Show how it is set."""
        house = _house(session())
        return self._page(
            {
                "signatory": str(house.signatory_user_id or ""),
                "reminder_days": write_ladder(house.reminder_days),
            }
        )

    @expose("/set", methods=["POST"])
    @has_access
    def set(self) -> AnyResponse:
        """Set it."""
        typed = {
            name: request.form.get(name, "").strip() for name in ("signatory", "reminder_days")
        }
        try:
            with transaction() as db:
                signing_rules.set_rules(db, _house(db), **_read(typed))
        except Invalid as refusal:
            return self._wrong(typed, refusal.errors)
        except Refused as refusal:
            return self._wrong(typed, {refusal.field or "signatory": refusal.reason})
        flash("The rules hold for what is sent from now on.", "success")
        return redirect(url_for("SigningRuleView.index"), 303)

    def _wrong(self, typed: dict[str, str], wrong: dict[str, str]) -> Response:
        return make_response(self._page(typed, wrong), 422)

    def _page(self, typed: dict[str, str], wrong: dict[str, str] | None = None) -> str:
        db = session()
        return str(
            self.render_template(
                "desk/signing_rules.html",
                typed=typed,
                wrong=wrong or {},
                people=signing_rules.possible_signatories(db),
                may_set=self.appbuilder.sm.has_access("can_set", "SigningRuleView"),
            )
        )


def _read(typed: dict[str, str]) -> dict[str, Any]:
    """Return what was typed, or refuse each field that cannot be meant."""
    wrong: dict[str, str] = {}
    if not typed["signatory"].isascii() or not typed["signatory"].isdigit():
        wrong["signatory"] = "Choose who signs for the company."
    try:
        ladder = parse_ladder(typed["reminder_days"])
    except Refused as refusal:
        wrong["reminder_days"] = refusal.reason
    if wrong:
        raise Invalid(wrong)
    return {"signatory_user_id": int(typed["signatory"][:9]), "ladder": ladder}


def _house(db: Session) -> Organisation:
    known = viewer()
    number = 0 if known is None else known.organisation_id or 0
    return db.get(Organisation, number) or abort(404)


may(
    "SigningRuleView",
    {
        (ADMINISTRATOR,): ("can_index", "can_set"),
        (CONTRACTS, APPROVER, MANAGER, AUDITOR): ("can_index",),
    },
)
