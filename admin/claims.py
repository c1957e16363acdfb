"""Expense claims at the finance desk: the list by age, and one claim decided line by line beside its receipt."""

from typing import Any, ClassVar

from flask import abort, flash, g, make_response, redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload
from werkzeug.wrappers import Response

from admin import claim_lists, claim_page, records
from admin.actors import actor_name
from admin.base import RecordInterface, RecordView
from admin.claim_decisions import DecisionForm, decide
from admin.claim_pairs import PairForm, pair_of
from admin.columns import Column
from admin.filters import Choice, Day, Words, has_words
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, may
from app import served
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.models import Engagement, Person, Production
from app.models.documents import StoredFile
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services.expenses import correcting, duplicates, reading
from app.services.expenses.deciding import By, post_decided


class ClaimView(RecordView):
    """Decide what artists claim; the oldest waits on top."""

    datamodel = RecordInterface(ExpenseClaim)
    noun, nouns = "claim", "claims"
    list_title = "Expense claims"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_decide", "can_post", "can_reopen", "can_compare", "can_keep",
    ]  # fmt: skip
    empty = "No claims wait. What artists send appears here, the oldest first."
    columns = (
        Column("engagement.person", "Artist", order=Person.folded),
        Column("engagement.production", "Production", order=Production.folded),
        Column("number", "Claim", phone_label=True),
        Column("lines", "Lines", value=lambda claim: len(claim.lines), phone_label=True),
        Column("claimed", "Claimed", value=claim_lists.claimed),
        Column("submitted_at", "Sent", phone_label=True),
        Column("pay_by", "Pay by", value=claim_lists.pay_by, order=ExpenseClaim.submitted_at, phone_label=True),
        Column("status"),
    )  # fmt: skip
    order_by = (ExpenseClaim.submitted_at, ExpenseClaim.id)
    load = (
        contains_eager(ExpenseClaim.engagement).contains_eager(Engagement.person),
        contains_eager(ExpenseClaim.engagement).contains_eager(Engagement.production),
        selectinload(ExpenseClaim.lines),
    )
    saved_views = claim_lists.VIEWS
    filters = (
        Words("q", "Artist, production or number", lambda typed: has_words(
            Person.folded, typed) | has_words(Production.folded, typed) | ExpenseClaim.number.icontains(typed, autoescape=True)),
        Choice.of("status", "Status", ExpenseClaim.status),
        Day("from", "Sent from", lambda day: ExpenseClaim.submitted_at >= day),
    )  # fmt: skip
    waits = staticmethod(claim_lists.is_waiting_for_me)
    show_template = "desk/claim.html"

    def statement(self) -> Any:
        """Join whom and what the list is sorted and searched by."""
        return (
            select(ExpenseClaim)
            .outerjoin(ExpenseClaim.engagement)
            .outerjoin(Engagement.person)
            .outerjoin(Engagement.production)
        )

    def base_where(self) -> list[Any]:
        """Show what was sent; what an artist has only begun is the artist's."""
        return [ExpenseClaim.submitted_at.is_not(None)]

    def name_of(self, record: ExpenseClaim) -> str:
        """Call it by artist and production."""
        return f"{record.engagement.person}, {record.engagement.production}"

    def show_context(self, record: ExpenseClaim) -> dict[str, Any]:
        """Bring the line in hand with its receipt, and where the money stands."""
        return claim_page.context(self, record, claim_page.chosen(record), DecisionForm())

    @expose("/decide/<pk>/<int:position>", methods=["POST"])
    @has_access
    def decide(self, pk: str, position: int) -> Response:
        """Decide one line, or ask about it."""
        claim = self.record(pk)
        line = _line(claim, position)
        form = DecisionForm.sent(request.form)
        try:
            with transaction() as db:
                said = decide(db, line, _who(form.version), form)
        except Refused as refusal:
            form.put(refusal)
            return self._again(pk, position, form)
        flash(said, "success")
        return redirect(claim_page.next_href(self, self.record(pk), position), 303)

    @expose("/reopen/<pk>/<int:position>", methods=["POST"])
    @has_access
    def reopen(self, pk: str, position: int) -> Response:
        """Open a decided line again, with a reason."""
        claim = self.record(pk)
        line = _line(claim, position)
        form = DecisionForm.sent(request.form)
        try:
            with transaction() as db:
                correcting.reopen(db, line, _who(form.version), reason=form.reason)
        except Refused as refusal:
            form.put_reopening(refusal)
            return self._again(pk, position, form)
        flash(f"Line {position} is open again. Decide it anew.", "success")
        return redirect(f"{self.href_of(claim)}?line={position}", 303)

    @expose("/post/<pk>", methods=["POST"])
    @has_access
    def post(self, pk: str) -> Response:
        """Post what is decided without waiting for the rest."""
        claim = self.record(pk)
        try:
            with transaction() as db:
                payable = post_decided(db, claim, _who(None))
        except Refused as refusal:
            flash(str(refusal), "danger")
        else:
            flash(f"{payable.number} is among the payables.", "success")
        return redirect(self.href_of(claim), 303)

    @expose("/compare/<pk>/<int:position>/<int:other_id>")
    @has_access
    def compare(self, pk: str, position: int, other_id: int) -> str:
        """Show two lines that look alike, side by side."""
        return self._pair(self.record(pk), position, other_id, PairForm())

    @expose("/keep/<pk>/<int:position>/<int:other_id>", methods=["POST"])
    @has_access
    def keep(self, pk: str, position: int, other_id: int) -> Response | str:
        """Keep both of two lines that look alike, with a reason."""
        claim = self.record(pk)
        form = PairForm.sent(request.form)
        line = _line(claim, position)
        other = session.get(ExpenseLine, other_id) or abort(404)
        who = _who(None)
        try:
            with transaction() as db:
                duplicates.keep_both(
                    db, line, other, by_id=who.user_id, by_name=who.name, reason=form.reason
                )
        except Refused as refusal:
            form.error = refusal.reason
            return make_response(self._pair(self.record(pk), position, other_id, form), 422)
        flash("Both are kept, with your reason.", "success")
        return redirect(f"{self.href_of(claim)}?line={position}", 303)

    def _pair(self, claim: ExpenseClaim, position: int, other_id: int, form: PairForm) -> str:
        pair = pair_of(self, _line(claim, position), other_id) or abort(404)
        return str(self.render_template("desk/claim_pair.html", record=claim, form=form, **pair))

    def _again(self, pk: str, position: int, form: DecisionForm) -> Response:
        claim = self.record(pk)
        context = claim_page.context(self, claim, _line(claim, position), form)
        page = records.page_of(self, claim)
        shown = self.render_template(self.show_template, page=page, record=claim, **context)
        return make_response(str(shown), 422)


class ReceiptFileView(BaseView):
    """Receipts as files: the safe copy to look at, the original to save."""

    route_base = "/admin/files"
    default_view = "show"
    base_permissions: ClassVar[list[str]] = ["can_show", "can_original", "can_paper"]

    @expose("/<uuid:key>")
    @has_access
    def show(self, key: Any) -> Response:
        """Show the safe copy of a receipt."""
        return served.safe_copy(_receipt(key))

    @expose("/<uuid:key>/original")
    @has_access
    def original(self, key: Any) -> Response:
        """Hand a receipt out as it was sent."""
        return served.original(_receipt(key))

    @expose("/<uuid:key>/paper")
    @has_access
    def paper(self, key: Any) -> Response:
        """Hand out all pages of a PDF without what acts."""
        return served.clean_paper(_receipt(key))


def _receipt(key: Any) -> StoredFile:
    found = reading.receipt_file(session(), key)
    return found if found is not None else abort(404)


def _line(claim: ExpenseClaim, position: int) -> ExpenseLine:
    return next((line for line in claim.lines if line.position == position), None) or abort(404)


def _who(version: int | None) -> By:
    return By(g.user.id, actor_name(f"staff:{g.user.id}"), version)


DECIDERS = (FINANCE, APPROVER)
READERS = (ADMINISTRATOR, FINANCE, APPROVER, MANAGER, AUDITOR)
SEES = (*READ, "can_compare")
may(
    "ClaimView",
    {READERS: SEES, DECIDERS: (*SEES, "can_decide", "can_post", "can_reopen", "can_keep")},
)
may("ReceiptFileView", {READERS: ("can_show", "can_original", "can_paper")})
