"""Amendments on the desk: the list, the form beside the terms in force, the page of one and its moves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager
from werkzeug.wrappers import Response as AnyResponse

from admin import records
from admin.access import sees_fees
from admin.amendment_writing import AmendmentWriting
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.contract_deeds import act_of, own_name
from admin.filters import Choice, SavedView, Words, has_words
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, CONTRACTS, FINANCE, MANAGER, READ, may
from app import served
from app.db.session import session, transaction
from app.domain.contracts import AMENDMENT_IS_OPEN, AmendmentStatus
from app.domain.documents import safe_name
from app.domain.errors import Refused
from app.domain.periods import format_date
from app.integrations import providers
from app.models import Amendment, Contract, Engagement, Person, Production, StoredFile
from app.services import second_factor
from app.services.amendments import drafting, ending, sending, signing
from app.services.amendments.requests import all_evidence, newest_request
from app.services.contracts import evidence
from app.services.contracts.terms import signatory_name

PATIENCE = timedelta(days=14)
OUT = (AmendmentStatus.sent, AmendmentStatus.signed_by_artist)
REACHED = {
    AmendmentStatus.draft: 0, AmendmentStatus.in_review: 1, AmendmentStatus.ready: 2,
    AmendmentStatus.sent: 3, AmendmentStatus.signed_by_artist: 4, AmendmentStatus.executed: 5,
}  # fmt: skip
STEPS = ("Drafted", "Reviewed", "Sent", "Signed by artist", "Countersigned")
OFFERS = {
    AmendmentStatus.draft: {"submit"},
    AmendmentStatus.in_review: {"approve"},
    AmendmentStatus.ready: {"send"},
    AmendmentStatus.declined: {"revise"},
    AmendmentStatus.expired: {"revise"},
}
Deed = Callable[[Session, Amendment], str]


class AmendmentView(AmendmentWriting, RecordView):
    """List, write, review, send and countersign amendments."""

    datamodel = RecordInterface(Amendment)
    noun, nouns = "amendment", "amendments"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_edit", "can_countersign", "can_review",
    ]  # fmt: skip
    columns = (
        Column("contract.engagement.person", "Artist", order=Person.folded),
        Column("contract.engagement.production", "Production", order=Production.folded),
        Column("title", "What it changes"),
        Column("effective_from", "From", order=Amendment.effective_from),
        Column("status", "Status", order=Amendment.status),
        Column("name", "Amendment", phone_label=True),
    )
    order_by = (Amendment.id.desc(),)
    load = (
        contains_eager(Amendment.contract).contains_eager(Contract.engagement).contains_eager(Engagement.person),
        contains_eager(Amendment.contract).contains_eager(Contract.engagement).contains_eager(Engagement.production),
    )  # fmt: skip
    saved_views = (
        SavedView("open", "Open", lambda: Amendment.status.in_(AMENDMENT_IS_OPEN)),
        SavedView("review", "In review", lambda: Amendment.status == AmendmentStatus.in_review),
        SavedView("out", "Out for signature", lambda: Amendment.status.in_(OUT)),
        SavedView("coming", "Signed, not in force yet", lambda: (
            Amendment.status == AmendmentStatus.executed) & Amendment.applied_at.is_(None)),
        SavedView("all", "All"),
    )  # fmt: skip
    filters = (
        Words("q", "Artist, production or contract", lambda typed: has_words(
            Person.folded + " " + Production.folded + " " + func.fold(Contract.number), typed)),
        Choice.of("status", "Status", Amendment.status),
    )  # fmt: skip
    show_template = "desk/amendment.html"
    main_move = ("submit", "approve", "send", "revise")

    def statement(self) -> Any:
        """Join what the list sorts and filters by."""
        return (
            select(Amendment)
            .outerjoin(Amendment.contract)
            .outerjoin(Contract.engagement)
            .outerjoin(Engagement.person)
            .outerjoin(Engagement.production)
        )

    def name_of(self, record: Amendment) -> str:
        """Call it by its number and its contract."""
        return record.name

    def may(self, what: str) -> bool:
        """Offer no button Edit in the head: it stands beside what can be edited."""
        return what != "edit" and super().may(what)

    def offers(self, record: Amendment) -> set[str] | None:
        """Offer the moves that its status allows."""
        return OFFERS.get(record.status, set())

    def show_context(self, record: Amendment) -> dict[str, Any]:
        """Bring what it changes, who signed, and what can be done."""
        db = session()
        ask = newest_request(db, record)
        proofs = all_evidence(db, record)
        return {
            "may_edit": super().may("edit"),
            "may_review": super().may("review"),
            "is_writable": record.status in {AmendmentStatus.draft, AmendmentStatus.in_review},
            "changes": drafting.changes_of(record) if sees_fees() else [],
            "fees": sees_fees(),
            "steps": steps_of(record),
            "ask": ask,
            "proofs": [(proof, evidence.facts_of(proof)) for proof in proofs],
            "signatory": signatory_name(db, record.company_signatory_id),
            "may_countersign": self._may_countersign(record),
            "asks_for_code": second_factor.is_set_up(db, g.user.id),
            "is_out": record.status in OUT,
            "is_open": record.status in AMENDMENT_IS_OPEN,
            "wrong": {},
            "typed": {},
        }

    def _may_countersign(self, record: Amendment) -> bool:
        is_signed = record.status is AmendmentStatus.signed_by_artist
        return is_signed and record.company_signatory_id in {None, g.user.id}

    @action("submit", "Pass on to review", multiple=False)
    def submit(self, chosen: list[Amendment]) -> str:
        """Put it before whoever reviews it."""
        drafting.submit(session(), chosen[0], by_user_id=g.user.id)
        return f"{chosen[0].name} is in review. Somebody else approves it."

    @action("approve", "Approve", multiple=False)
    def approve(self, chosen: list[Amendment]) -> str:
        """Find it good."""
        drafting.approve(session(), chosen[0], by_user_id=g.user.id)
        return f"{chosen[0].name} is ready to send."

    @action("send", "Send for signature", "Send {n} for signature?", multiple=False)
    def send(self, chosen: list[Amendment]) -> str:
        """Freeze it with its PDF and send it to its signer."""
        content, made = sending.make_paper(chosen[0])
        providers.files().put(content)
        sending.send(session(), chosen[0], made, by_user_id=g.user.id)
        return f"{chosen[0].name} is sent."

    @action("revise", "Write it again", multiple=False)
    def revise(self, chosen: list[Amendment]) -> str:
        """Open it again as a draft."""
        drafting.revise(session(), chosen[0], by_user_id=g.user.id)
        return f"{chosen[0].name} is a draft again."

    @expose("/void/<pk>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def void(self, pk: str) -> AnyResponse:
        """Take it back."""

        def deed(db: Session, amendment: Amendment) -> str:
            ending.void(db, amendment, reason=request.form.get("void", ""))
            return f"{amendment.name} is taken back. The terms stay as they are."

        return self._do(pk, deed, "void")

    @expose("/give_back/<pk>", methods=["POST"])
    @has_access
    @permission_name("review")
    def give_back(self, pk: str) -> AnyResponse:
        """Return it for changes."""

        def deed(db: Session, amendment: Amendment) -> str:
            drafting.return_for_changes(db, amendment, reason=request.form.get("give_back", ""))
            return f"{amendment.name} is a draft again."

        return self._do(pk, deed, "give_back")

    @expose("/countersign/<pk>", methods=["POST"])
    @has_access
    def countersign(self, pk: str) -> AnyResponse:
        """Sign for the company."""

        def deed(db: Session, amendment: Amendment) -> str:
            act = act_of(db, amendment.organisation_id)
            signing.countersign(db, amendment, user_id=g.user.id, name=own_name(db), act=act)
            day = format_date(amendment.effective_from)
            return f"{amendment.name} is executed; its terms hold from {day} on."

        return self._do(pk, deed, "code")

    @expose("/paper/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def paper(self, pk: str) -> AnyResponse:
        """Hand out its PDF: the sealed one once there is one."""
        amendment = self.record(pk)
        found = session().get(
            StoredFile, amendment.sealed_file_id or amendment.document_file_id or 0
        )
        if found is None:
            abort(404)
        answer = Response(providers.files().read(found.sha256), mimetype="application/pdf")
        name = safe_name(f"{amendment.contract.number} amendment {amendment.number}.pdf")
        answer.headers.set("Content-Disposition", "attachment", filename=name)
        answer.headers["Content-Security-Policy"] = served.SANDBOX
        return answer

    def _do(self, pk: str, deed: Deed, part: str) -> AnyResponse:
        amendment = self.record(pk)
        try:
            with transaction() as db:
                sentence = deed(db, amendment)
        except Refused as refusal:
            typed = {name: value for name, value in request.form.items() if name != "code"}
            wrong = {refusal.field or part: refusal.reason, "deed": part}
            return self._again(pk, wrong, typed)
        flash(sentence, "success")
        return redirect(url_for("AmendmentView.show", pk=pk), 303)

    def _again(self, pk: str, wrong: dict[str, str], typed: dict[str, str]) -> AnyResponse:
        amendment = self.record(pk)
        context = {**self.show_context(amendment), "wrong": wrong, "typed": typed}
        page = records.page_of(self, amendment)
        shown = self.render_template(self.show_template, page=page, record=amendment, **context)
        return Response(str(shown), 422)


def steps_of(amendment: Amendment) -> list[tuple[str, str, str]]:
    """Return (name, detail, done | now | empty) for each step of an amendment's life."""
    reached = REACHED.get(amendment.status)
    if reached is None:
        ended = amendment.status.value.capitalize()
        return [("Drafted", "", "done"), (ended, amendment.reason[:80], "now")]
    return [
        (name, "", "done" if place < reached else "now" if place == reached else "")
        for place, name in enumerate(STEPS)
    ]


MOVES = ("submit", "approve", "send", "revise")
may(
    "AmendmentView",
    {
        (ADMINISTRATOR, CONTRACTS): (*READ, "can_edit", *MOVES, "can_countersign", "can_review"),
        (APPROVER, MANAGER): (*READ, "approve", "can_review", "can_countersign"),
        (FINANCE, AUDITOR): READ,
    },
)
