"""What is done to one contract with words of one's own: take back, answer, upload, countersign, edit."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin import records
from app import binding, limits, served, sessions, uploads
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.documents import DocumentKind, ScanStatus, safe_name
from app.domain.errors import Invalid, Refused
from app.integrations import providers
from app.models import Contract, Organisation, Person, StoredFile
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
    @permission_name("review")
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
            questions.answer(db, contract, author=own_name(db), body=body)
            return "Your answer is on its way."

        return self._do(pk, deed, "body")

    @expose("/upload/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def upload(self, pk: str) -> AnyResponse:
        """Take in a paper that was signed by hand or elsewhere."""

        def deed(db: Session, contract: Contract) -> str:
            taken = _uploaded()
            kept = binding.one_paper(taken, safe_name(f"{contract.number} signed on paper.pdf"))
            worst = max(taken, key=lambda one: one.scan_status is not ScanStatus.clean)
            ending.upload_signed(
                db, contract, _recorded(db, contract, kept, worst.scan_status),
                by_user_id=g.user.id, attestation=_attestation(),
                pages=[
                    _recorded(db, contract, one.kept, one.scan_status)
                    for one in taken if one.kept.sha256 != kept.sha256
                ],
            )  # fmt: skip
            return f"{contract.number} is executed, by the paper you uploaded."

        return self._do(pk, deed, "attestation")

    @expose("/signers/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def signers(self, pk: str) -> AnyResponse:
        """Choose who signs for the artist and for the company."""

        def deed(db: Session, contract: Contract) -> str:
            person = db.get(Person, number_typed("signer_id"))
            if person is None:
                raise Refused("Choose who signs for the artist.", field="signer_id")
            sending.change_signers(db, contract, person, number_typed("company_signatory_id"))
            return "It is settled who signs."

        return self._do(pk, deed, "signer_id")

    @expose("/countersign/<pk>", methods=["POST"])
    @has_access
    def countersign(self, pk: str) -> AnyResponse:
        """Sign for the company, after a code where an authenticator is set up."""

        def deed(db: Session, contract: Contract) -> str:
            signing.countersign(
                db,
                contract,
                user_id=g.user.id,
                name=own_name(db),
                act=act_of(db, contract.organisation_id),
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
                    drafting.edit_text(
                        db, contract, source, request.form.get("note", ""), by_user_id=g.user.id
                    )
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
            wrong = refusal.errors if isinstance(refusal, Invalid) else {}
            one = {} if wrong else {refusal.field or part: refusal.reason}
            return self._again(pk, {**wrong, **one, "deed": part}, typed)
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
            signatory_id=contract.company_signatory_id, chosen=contract.clause_choices,
        )  # fmt: skip
    except Refused as refusal:
        return None, refusal.reason
    return written, ""


def number_typed(name: str) -> int:
    """Return the number of a record somebody chose, 0 if it is none."""
    typed = request.form.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def _attestation() -> ending.Attestation:
    return ending.Attestation(
        who=request.form.get("attestation", ""),
        signed_on=day_typed("signed_on"),
        where=request.form.get("signed_where", ""),
    )


def day_typed(name: str) -> date | None:
    """Return the day somebody typed, None if they typed none; refuse what is no day."""
    typed = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise Refused("Write the day as year-month-day, such as 2026-11-25.", field=name) from error


def _uploaded() -> list[uploads.Taken]:
    given = [one for one in request.files.getlist("file") if uploads.is_given(one)]
    if not given:
        raise Refused("Choose the signed contract: a PDF, or photos of its pages.", field="file")
    if len(given) > binding.MOST_PAGES:
        raise Refused(f"{binding.MOST_PAGES} pages are the most.", field="file")
    return [uploads.take_in(one, DocumentKind.signed_upload) for one in given]


def _recorded(db: Session, contract: Contract, kept: files.Kept, scanned: ScanStatus) -> StoredFile:
    return files.record(
        db, kept, organisation_id=contract.organisation_id, stored_by=f"staff:{g.user.id}",
        owner_person_id=contract.engagement.person_id, scan_status=scanned,
    )  # fmt: skip


def act_of(db: Session, organisation_id: int) -> signing.Act:
    """Return what the door sees of an act of signing for the company."""
    device = sessions.device()
    return signing.Act(
        intent=INTENT,
        document_sha256=request.form.get("document", ""),
        address=device.ip,
        device=device.user_agent,
        zone=db.get_one(Organisation, organisation_id).zone,
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


def own_name(db: Session) -> str:
    """Return the name of whoever is signed in, as it stands on papers."""
    return signatory_name(db, g.user.id) or f"{g.user.first_name} {g.user.last_name}"
