"""What is done to one contract with words of one's own: take back, answer, upload, countersign, edit."""

from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin import records
from app import limits, served, sessions, uploads
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.documents import DocumentKind, safe_name
from app.domain.errors import Refused
from app.integrations import providers
from app.models import Contract, Organisation, Person
from app.services import files, second_factor
from app.services.contracts import drafting, ending, questions, reading, sending, signing
from app.services.contracts.drafting import Text
from app.services.contracts.terms import signatory_name

INTENT = "Countersign for the company"
"""The words on the button; they are part of the evidence."""

Deed = Callable[[Session, Contract], str]


class ContractDeeds:
    """The routes of a contract's page that take words; a refusal comes back beside its field."""

    record: Callable[[str], Any]
    render_template: Callable[..., Any]
    show_context: Callable[[Any], dict[str, Any]]
    show_template: str

    @expose("/void/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def void(self, pk: str) -> AnyResponse:
        """Take a contract back from its signers."""

        def deed(db: Session, contract: Contract) -> str:
            ending.void(db, contract, reason=request.form.get("void", ""))
            return f"{contract.number} is taken back. Everybody who had it is told."

        return self._do(pk, deed, "void")

    @expose("/give_back/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def give_back(self, pk: str) -> AnyResponse:
        """Return a text for changes."""

        def deed(db: Session, contract: Contract) -> str:
            drafting.return_for_changes(db, contract, reason=request.form.get("give_back", ""))
            return f"{contract.number} is a draft again."

        return self._do(pk, deed, "give_back")

    @expose("/answer/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def answer(self, pk: str) -> AnyResponse:
        """Answer what the artist asked."""

        def deed(db: Session, contract: Contract) -> str:
            body = request.form.get("body", "")
            questions.answer(db, contract, author=_own_name(db), body=body)
            return "Your answer is on its way."

        return self._do(pk, deed, "body")

    @expose("/upload/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def upload(self, pk: str) -> AnyResponse:
        """Take in a paper that was signed by hand or elsewhere."""

        def deed(db: Session, contract: Contract) -> str:
            taken = _uploaded()
            paper = files.record(
                db, taken.kept, organisation_id=contract.organisation_id,
                stored_by=f"staff:{g.user.id}", owner_person_id=contract.engagement.person_id,
                scan_status=taken.scan_status,
            )  # fmt: skip
            words = request.form.get("attestation", "")
            ending.upload_signed(db, contract, paper, by_user_id=g.user.id, attestation=words)
            return f"{contract.number} is executed, by the paper you uploaded."

        return self._do(pk, deed, "attestation")

    @expose("/signers/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def signers(self, pk: str) -> AnyResponse:
        """Choose who signs for the artist and for the company."""

        def deed(db: Session, contract: Contract) -> str:
            person = db.get(Person, _number("signer_id"))
            if person is None:
                raise Refused("Choose who signs for the artist.", field="signer_id")
            sending.change_signers(db, contract, person, _number("company_signatory_id"))
            return "It is settled who signs."

        return self._do(pk, deed, "signer_id")

    @expose("/countersign/<pk>", methods=["POST"])
    @has_access
    def countersign(self, pk: str) -> AnyResponse:
        """Sign for the company, after a code where an authenticator is set up."""

        def deed(db: Session, contract: Contract) -> str:
            signing.countersign(
                db, contract, user_id=g.user.id, name=_own_name(db), act=_act(db, contract)
            )
            return f"{contract.number} is executed. The sealed copy is being made."

        return self._do(pk, deed, "code")

    @expose("/text/<pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def text(self, pk: str) -> AnyResponse:
        """Change the text of one contract, and see at once how it reads."""
        contract = self.record(pk)
        if not contract.versions:
            abort(404)
        source = request.form.get("source", contract.current.source)
        wrong = ""
        if request.method == "POST" and "preview" not in request.form:
            try:
                with transaction() as db:
                    drafting.edit_text(db, contract, source, request.form.get("note", ""))
            except Refused as refusal:
                wrong, contract = refusal.reason, self.record(pk)
            else:
                flash(f"{contract.number} is saved.", "success")
                return redirect(url_for("ContractView.show", pk=pk), 303)
        written, complaint = _written(contract, source)
        page = self.render_template(
            "desk/contract_text.html", record=contract, source=source, written=written,
            wrong=wrong or complaint,
        )  # fmt: skip
        return Response(str(page), 422 if wrong else 200)

    @expose("/preview/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def preview(self, pk: str) -> AnyResponse:
        """Return how the typed text reads, for the script that shows it while one types."""
        written, wrong = _written(self.record(pk), request.form.get("source", ""))
        page = self.render_template("desk/contract_preview.html", written=written, wrong=wrong)
        return Response(str(page))

    @expose("/paper/<pk>/<int:number>", methods=["GET"])
    @has_access
    @permission_name("show")
    def paper(self, pk: str, number: int) -> AnyResponse:
        """Hand out the PDF of a version: the sealed one once there is one."""
        contract = self.record(pk)
        version = next((v for v in contract.versions if v.number == number), None) or abort(404)
        found = reading.paper_of_version(session(), version) or abort(404)
        answer = Response(providers.files().read(found.sha256), mimetype=found.media_type)
        name = safe_name(f"{contract.number} v{number}.pdf")
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        answer.headers["Content-Security-Policy"] = served.SANDBOX
        return answer

    def _do(self, pk: str, deed: Deed, part: str) -> AnyResponse:
        contract = self.record(pk)
        try:
            with transaction() as db:
                sentence = deed(db, contract)
        except Refused as refusal:
            typed = {name: value for name, value in request.form.items() if name != "code"}
            return self._again(pk, {refusal.field or part: refusal.reason, "deed": part}, typed)
        flash(sentence, "success")
        return redirect(url_for("ContractView.show", pk=pk), 303)

    def _again(self, pk: str, wrong: dict[str, str], typed: dict[str, str]) -> AnyResponse:
        contract = self.record(pk)
        context = {**self.show_context(contract), "wrong": wrong, "typed": typed}
        page = records.page_of(self, contract)
        shown = self.render_template(self.show_template, page=page, record=contract, **context)
        return Response(str(shown), 422)


def _written(contract: Contract, source: str) -> tuple[drafting.Written | None, str]:
    title = contract.template.title if contract.template else contract.title
    try:
        written = drafting.write(
            session(), contract.engagement, Text(title, source), number=contract.number,
            signatory_id=contract.company_signatory_id,
        )  # fmt: skip
    except Refused as refusal:
        return None, refusal.reason
    return written, ""


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def _uploaded() -> uploads.Taken:
    given = request.files.get("file")
    if given is None or not uploads.is_given(given):
        raise Refused("Choose the signed contract, as a PDF.", field="file")
    return uploads.take_in(given, DocumentKind.signed_upload)


def _act(db: Session, contract: Contract) -> signing.Act:
    device = sessions.device()
    return signing.Act(
        intent=INTENT,
        document_sha256=request.form.get("document", ""),
        address=device.ip,
        device=device.user_agent,
        zone=db.get_one(Organisation, contract.organisation_id).zone,
        step_up=_step_up(db),
    )


def _step_up(db: Session) -> str:
    """Take a code of the authenticator; without one the sign-in itself is what is known."""
    if second_factor.is_set_up(db, g.user.id):
        tries, about = limits.counters(), ("second-factor", str(g.user.id))
        tries.check(limits.SECOND_FACTOR, *about)
        try:
            second_factor.accept(db, g.user.id, request.form.get("code", ""))
        except Refused as refusal:
            raise Refused(refusal.reason, field="code") from refusal
        tries.forgive(limits.SECOND_FACTOR, *about)
        return f"code of the authenticator, {now().isoformat(timespec='seconds')}"
    live = sessions.live()
    at = live.created_at.isoformat(timespec="seconds") if live else "unknown"
    return f"password at sign-in, {at}"


def _own_name(db: Session) -> str:
    return signatory_name(db, g.user.id) or f"{g.user.first_name} {g.user.last_name}"
