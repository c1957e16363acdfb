"""Writing an amendment on the desk: the form over the terms in force, new or changed."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin.amendment_form import CHOICES, rows_of, typed_of, wanted_of
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.errors import Invalid, Refused
from app.domain.local_time import today_in
from app.models import Amendment, Contract, Organisation
from app.services.amendments import drafting


class AmendmentWriting:
    """The routes that take the terms of an amendment; what is wrong comes back beside its field."""

    record: Callable[[str], Any]
    render_template: Callable[..., Any]

    @expose("/write/<int:contract_id>", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def write(self, contract_id: int) -> AnyResponse:
        """Write a new amendment of a contract."""
        contract = session().get(Contract, contract_id) or abort(404)
        today = today_in(_zone(contract), now())
        held = drafting.base_of(session(), contract, today).terms
        shown = typed_of(held, title="", effective_from=today.isoformat(), words="")

        def keep(db: Session) -> int:
            again = db.get_one(Contract, contract_id)
            wanted = wanted_of(request.form, _held(db, again))
            return drafting.draft(db, again, wanted, by_user_id=g.user.id).id

        back = url_for("ContractView.show", pk=contract_id)
        return self._form(contract, f"Amend {contract.number}", shown, keep, back)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> AnyResponse:
        """Change an amendment that nobody has approved."""
        amendment = self.record(pk)
        shown = typed_of(
            {**amendment.before, **amendment.changes},
            title=amendment.title,
            effective_from=amendment.effective_from.isoformat(),
            words=amendment.words,
        )

        def keep(db: Session) -> int:
            again = db.get_one(Amendment, amendment.id)
            wanted = wanted_of(request.form, _held(db, again.contract))
            drafting.edit(db, again, wanted, by_user_id=g.user.id)
            return again.id

        back = url_for("AmendmentView.show", pk=pk)
        return self._form(amendment.contract, amendment.name, shown, keep, back)

    def _form(
        self,
        contract: Contract,
        title: str,
        shown: dict[str, str],
        keep: Callable[[Session], int],
        back: str,
    ) -> AnyResponse:
        wrong: dict[str, str] = {}
        number, contract_id = contract.number, contract.id
        if request.method == "POST":
            shown = dict(request.form.items())
            try:
                with transaction() as db:
                    made = keep(db)
            except Invalid as refusal:
                wrong = refusal.errors
            except Refused as refusal:
                wrong = {refusal.field or "": refusal.reason}
            else:
                flash("The amendment is kept as a draft. Nobody is told yet.", "success")
                return redirect(url_for("AmendmentView.show", pk=made), 303)
            contract = session().get_one(Contract, contract_id)
        page = self.render_template(
            "desk/amendment_form.html", contract=contract, title=title, number=number, typed=shown,
            rows=rows_of(shown), choices=CHOICES, wrong=wrong, back=back,
        )  # fmt: skip
        return Response(str(page), 422 if wrong else 200)


def _held(db: Session, contract: Contract) -> Any:
    typed = request.form.get("effective_from", "")
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = today_in(_zone(contract), now())
    return drafting.base_of(db, contract, day).terms


def _zone(contract: Contract) -> str:
    return session().get_one(Organisation, contract.organisation_id).zone
