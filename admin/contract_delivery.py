"""How a contract goes out and comes back: sent with its choices, reassigned, reminded, packed."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin.contract_deeds import Deed, day_typed, number_typed
from app import served
from app.db.session import session
from app.domain.documents import safe_name
from app.domain.errors import Refused
from app.domain.reminders import parse_ladder
from app.integrations import providers
from app.models import Contract, Person
from app.presentation import desk_zone
from app.services.contracts import delivering, drafting, pack, sending

LAST_MINUTE = time(23, 59)


class ContractDelivery:
    """The routes of a contract's page that are about its signers."""

    record: Callable[[str], Any]
    _do: Callable[[str, Deed, str], AnyResponse]

    @expose("/send_out/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def send_out(self, pk: str) -> AnyResponse:
        """Send a contract with its signer, its time and its reminders."""

        def deed(db: Session, contract: Contract) -> str:
            signer = _person(db)
            if contract.signer_id != signer.id:
                sending.change_signers(db, contract, signer, contract.company_signatory_id or 0)
            content, made = sending.make_paper(contract)
            providers.files().put(content)
            sending.send_for_signature(db, contract, made, by_user_id=g.user.id, terms=_delivery())
            return f"{contract.number} is sent to {signer.name}."

        return self._do(pk, deed, "send_out")

    @expose("/wordings/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def wordings(self, pk: str) -> AnyResponse:
        """Choose which wording of its clauses a contract takes."""

        def deed(db: Session, contract: Contract) -> str:
            typed = request.form.items()
            chosen = {name[7:]: value for name, value in typed if name.startswith("clause-")}
            drafting.choose_wordings(db, contract, chosen)
            return "The text has the wordings you chose."

        return self._do(pk, deed, "wordings")

    @expose("/delivery/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def delivery(self, pk: str) -> AnyResponse:
        """Change until when a contract can be signed, and when its signer is reminded."""

        def deed(db: Session, contract: Contract) -> str:
            delivering.change_delivery(db, contract, _delivery())
            return "The time to sign and the reminders are changed."

        return self._do(pk, deed, "delivery")

    @expose("/reassign/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def reassign(self, pk: str) -> AnyResponse:
        """Ask somebody else to sign for the artist."""

        def deed(db: Session, contract: Contract) -> str:
            person = _person(db)
            delivering.reassign(db, contract, person)
            return f"{person.name} is asked to sign."

        return self._do(pk, deed, "reassign")

    @expose("/send_link/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def send_link(self, pk: str) -> AnyResponse:
        """Send the signer the link once more."""

        def deed(db: Session, contract: Contract) -> str:
            delivering.send_link(db, contract)
            return "The link is on its way. At most one letter an hour goes out."

        return self._do(pk, deed, "send_link")

    @expose("/evidence_pack/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def evidence_pack(self, pk: str) -> AnyResponse:
        """Hand out the signed papers with their evidence."""
        contract = self.record(pk)
        try:
            content = pack.pack(session(), contract, providers.files().read)
        except Refused as refusal:
            flash(refusal.reason, "danger")
            return redirect(url_for("ContractView.show", pk=pk), 303)
        return as_zip(content, f"{contract.number} evidence.zip")


def as_zip(content: bytes, name: str) -> Response:
    """Answer with a pack of papers."""
    answer = Response(content, mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=safe_name(name))
    answer.headers["Content-Security-Policy"] = served.SANDBOX
    return answer


def _delivery() -> sending.Delivery:
    day = day_typed("expires_on")
    until = datetime.combine(day, LAST_MINUTE, ZoneInfo(desk_zone())) if day else None
    return sending.Delivery(
        expires_at=until,
        reminder_days=parse_ladder(request.form.get("reminder_days", "")),
        copy_to_agent=bool(request.form.get("copy_to_agent")),
    )


def _person(db: Session) -> Person:
    person = db.get(Person, number_typed("signer_id"))
    if person is None:
        raise Refused("Choose who signs for the artist.", field="signer_id")
    return person
