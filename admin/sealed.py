"""What is sealed or private of a person: passport and travel needs, and the tax number of a payee.

Only its ending stands on a page; the whole is shown once, to whoever says why, and the history keeps it.
"""

from typing import Any, ClassVar

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response

from admin.access import remembered
from admin.roles import ADMINISTRATOR, AUDITOR, CONTRACTS, FINANCE, may
from app.db.session import session, transaction
from app.domain.errors import Invalid, Refused
from app.models import ArtistProfile, PayeeProfile, Person
from app.services import sealed_numbers
from app.services.sealed_numbers import PASSPORT, TAX_NUMBER, TRAVEL, Sealed

LABELS = {
    "home_base": "Travels from",
    "dietary": "Diet",
    "seat_preference": "Seat",
    "loyalty_numbers": "Loyalty numbers",
    "emergency_contact": "Whom to ring in an emergency",
}


class SealedView(BaseView):
    """A page about one record with a sealed number: see its ending, replace it, look at it."""

    sealed: Sealed
    model: Any
    base_permissions: ClassVar[list[str]] = ["can_show", "can_change", "can_unmask"]
    template = ""

    @expose("/<int:pk>")
    @has_access
    def show(self, pk: int) -> Response:
        """Show the page."""
        return self._page(self._record(pk), 200)

    @expose("/<int:pk>/unmask", methods=["POST"])
    @has_access
    def unmask(self, pk: int) -> Response:
        """Show the whole number on this one page; the look is written into the history."""
        record = self._record(pk)
        try:
            with transaction() as db:
                why = request.form.get("why", "").replace("\0", "")[:500]
                shown = sealed_numbers.show(db, record, self.sealed, reason=why)
        except Refused as refusal:
            return self._page(self._record(pk), 422, wrong=_wrong(refusal), typed=request.form)
        return self._page(self._record(pk), 200, shown=shown)

    @expose("/<int:pk>/change", methods=["POST"])
    @has_access
    def change(self, pk: int) -> Response:
        """Change what is kept."""
        record = self._record(pk)
        try:
            with transaction() as db:
                self.keep(db, record)
        except Refused as refusal:
            return self._page(self._record(pk), 422, wrong=_wrong(refusal), typed=request.form)
        flash("It is kept.", "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk), 303)

    def keep(self, db: Any, record: Any) -> None:
        """Write what was typed: each sealed number has fields of its own, so each page says how."""
        raise NotImplementedError

    def more(self, record: Any) -> dict[str, Any]:
        """Bring what else the page shows."""
        del record
        return {}

    def _record(self, pk: int) -> Any:
        found = session().get(self.model, pk) if pk < 2**63 else None
        return found if found is not None else abort(404)

    def _page(self, record: Any, status: int, **given: Any) -> Response:
        held = {what for what, view in remembered(g.user) if view == type(self).__name__}
        context = {
            "record": record,
            "person": record.person,
            "back": url_for("PersonView.show", pk=record.person_id),
            "ending": sealed_numbers.ending(record, self.sealed),
            "what": self.sealed.name,
            "history": sealed_numbers.looks(session(), record),
            "may_change": "can_change" in held,
            "may_unmask": "can_unmask" in held,
            "stamp": sealed_numbers.stamp_of(record),
            "wrong": {},
            "typed": {},
            "shown": "",
            **self.more(record),
            **given,
        }
        answer = make_response(str(self.render_template(self.template, **context)), status)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer


class TravelView(SealedView):
    """What is known for an artist's travel, with the passport."""

    route_base = "/admin/travel"
    sealed, model, template = PASSPORT, ArtistProfile, "desk/travel.html"

    def more(self, record: Any) -> dict[str, Any]:
        """Bring the fields and their labels."""
        return {"fields": [(name, LABELS[name], getattr(record, name)) for name in TRAVEL]}

    def keep(self, db: Any, record: Any) -> None:
        """Write the travel needs, and another passport number if one was typed."""
        typed = {name: value.replace("\0", "") for name, value in request.form.items()}
        person = db.get_one(Person, record.person_id)
        sealed_numbers.change_travel(db, person, typed, seen=typed.get("stamp", ""))


class TaxNumberView(SealedView):
    """The tax number of somebody who is paid."""

    route_base = "/admin/tax-number"
    sealed, model, template = TAX_NUMBER, PayeeProfile, "desk/tax_number.html"

    def keep(self, db: Any, record: Any) -> None:
        """Put another number in place of the one that is kept."""
        number = request.form.get("tax_number", "").replace("\0", "")
        sealed_numbers.replace(db, record, self.sealed, number)


def _wrong(refusal: Refused) -> dict[str, str]:
    if isinstance(refusal, Invalid):
        return refusal.errors
    return {refusal.field or "": refusal.reason}


may("TravelView", {(ADMINISTRATOR, CONTRACTS): ("can_show", "can_change", "can_unmask")})
may("TaxNumberView", {(FINANCE,): ("can_show", "can_change", "can_unmask")})
may("TaxNumberView", {(ADMINISTRATOR, CONTRACTS): ("can_show", "can_change")})
may("TaxNumberView", {(AUDITOR,): ("can_show",)})
