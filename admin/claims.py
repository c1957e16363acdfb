"""Expense claims at the finance desk: the list by age, and one claim decided line by line beside its receipt."""

from typing import Any, ClassVar

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import exists, select
from sqlalchemy.orm import contains_eager, selectinload
from werkzeug.wrappers import Response

from admin import records
from admin.actors import actor_name
from admin.base import RecordInterface, RecordView
from admin.claim_decisions import DecisionForm, decide
from admin.columns import Column
from admin.filters import Choice, Day, SavedView, Words, has_words
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, may
from app import served
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.expenses import ClaimStatus, LineStatus
from app.domain.money import Money, add_up
from app.models import Engagement, Organisation, Person, Production
from app.models.documents import StoredFile
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt
from app.services import audit, payables
from app.services.expenses import flags, letters, reading
from app.services.expenses.deciders import why_not
from app.services.expenses.deciding import By, post_decided

OPEN = (LineStatus.entered, LineStatus.answered)
DECIDED = (ClaimStatus.decided, ClaimStatus.posting, ClaimStatus.post_failed, ClaimStatus.posted)


def has_line(*statuses: LineStatus) -> Any:
    """Return the condition that a claim has a line of that status."""
    return exists().where(ExpenseLine.claim_id == ExpenseClaim.id, ExpenseLine.status.in_(statuses))


def is_waiting() -> Any:
    """Return the condition that a claim waits for finance."""
    return (
        ExpenseClaim.submitted_at.is_not(None)
        & ExpenseClaim.recalled_at.is_(None)
        & has_line(*OPEN)
    )


def claimed(claim: ExpenseClaim) -> str:
    """Write what a claim asks for, currency by currency."""
    sums = add_up(Money(line.amount, line.currency) for line in claim.lines)
    return ", ".join(str(total) for total in sums.values())


class ClaimView(RecordView):
    """Decide what artists claim; the oldest waits on top."""

    datamodel = RecordInterface(ExpenseClaim)
    noun, nouns = "claim", "claims"
    list_title = "Expense claims"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_decide", "can_post"]
    empty = "No claims wait. What artists send appears here, the oldest first."
    columns = (
        Column("engagement.person", "Artist", order=Person.folded),
        Column("engagement.production", "Production", order=Production.folded),
        Column("number", "Claim", phone_label=True),
        Column("lines", "Lines", value=lambda claim: len(claim.lines), phone_label=True),
        Column("claimed", "Claimed", value=claimed),
        Column("submitted_at", "Sent", phone_label=True),
        Column("status"),
    )
    order_by = (ExpenseClaim.submitted_at,)
    load = (
        contains_eager(ExpenseClaim.engagement).contains_eager(Engagement.person),
        contains_eager(ExpenseClaim.engagement).contains_eager(Engagement.production),
        selectinload(ExpenseClaim.lines),
    )
    saved_views = (
        SavedView("waiting", "Waiting for us", is_waiting),
        SavedView("queried", "Waiting for the artist", lambda: ExpenseClaim.recalled_at.is_(None) & has_line(LineStatus.queried)),
        SavedView("decided", "Decided", lambda: ExpenseClaim.status.in_(DECIDED)),
        SavedView("paid", "Paid", lambda: ExpenseClaim.status == ClaimStatus.paid),
        SavedView("all", "All"),
    )  # fmt: skip
    filters = (
        Words("q", "Artist, production or number", lambda typed: has_words(
            Person.folded, typed) | has_words(Production.folded, typed) | ExpenseClaim.number.icontains(typed, autoescape=True)),
        Choice.of("status", "Status", ExpenseClaim.status),
        Day("from", "Sent from", lambda day: ExpenseClaim.submitted_at >= day),
    )  # fmt: skip
    waits = staticmethod(is_waiting)
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
        return self._context(record, _chosen(record), DecisionForm())

    @expose("/decide/<pk>/<int:position>", methods=["POST"])
    @has_access
    def decide(self, pk: str, position: int) -> Response:
        """Decide one line, or ask about it."""
        claim = self.record(pk)
        line = next((line for line in claim.lines if line.position == position), None) or abort(404)
        form = DecisionForm.sent(request.form)
        try:
            with transaction() as db:
                said = decide(db, line, _who(form.version), form)
        except Refused as refusal:
            form.put(refusal)
            return self._again(pk, position, form)
        flash(said, "success")
        return redirect(_next_href(self, self.record(pk), position), 303)

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

    def _again(self, pk: str, position: int, form: DecisionForm) -> Response:
        claim = self.record(pk)
        line = next(line for line in claim.lines if line.position == position)
        context = self._context(claim, line, form)
        page = records.page_of(self, claim)
        shown = self.render_template(self.show_template, page=page, record=claim, **context)
        return make_response(str(shown), 422)

    def _context(
        self, claim: ExpenseClaim, line: ExpenseLine | None, form: DecisionForm
    ) -> dict[str, Any]:
        db = session()
        lines = db.scalars(
            select(ExpenseLine)
            .where(ExpenseLine.claim_id == claim.id)
            .order_by(ExpenseLine.position)
            .options(
                selectinload(ExpenseLine.receipts).joinedload(Receipt.file),
                selectinload(ExpenseLine.notes),
            )
        ).all()
        is_open = line is not None and line.decided_at is None and claim.recalled_at is None
        return {
            "lines": lines,
            "here": line,
            "form": form,
            "twins": flags.twins(db, line) if line is not None and is_open else [],
            "cap": flags.cap_of(claim.engagement, line.kind) if line is not None else None,
            "cap_words": flags.cap_words,
            "is_open": is_open,
            "may_decide": self.may("decide"),
            "why_not": why_not(db, claim, g.user.id),
            "payables": letters.payables_of(db, claim),
            "expected": payables.expected_on(db, claim.organisation_id),
            "to_post": [line for line in lines if payables.is_to_post(line)],
            "may_post": self.may("post"),
            "total": claimed(claim),
            "approved": letters.approved_total(claim),
            "house_zone": db.get_one(Organisation, claim.organisation_id).zone,
            "next_claim": _next_claim(db, claim),
            "history": audit.history(db, "expense_claim", claim.id, limit=20),
        }


class ReceiptFileView(BaseView):
    """Receipts as files: the safe copy to look at, the original to save."""

    route_base = "/admin/files"
    default_view = "show"
    base_permissions: ClassVar[list[str]] = ["can_show", "can_original"]

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


def _receipt(key: Any) -> StoredFile:
    found = reading.receipt_file(session(), key)
    return found if found is not None else abort(404)


def _who(version: int | None) -> By:
    return By(g.user.id, actor_name(f"staff:{g.user.id}"), version)


def _chosen(claim: ExpenseClaim) -> ExpenseLine | None:
    """Return the line in hand: the one the address names, else the first that waits for us."""
    asked = request.args.get("line", "")
    waiting = [line for line in claim.lines if line.status in OPEN]
    named = [line for line in claim.lines if str(line.position) == asked]
    return next(iter([*named, *waiting, *claim.lines]), None)


def _next_href(view: ClaimView, claim: ExpenseClaim, position: int) -> str:
    """Return the address of the next line that waits; of the claim itself after the last."""
    waiting = [line.position for line in claim.lines if line.status in OPEN]
    after = [place for place in waiting if place > position] or waiting
    href = view.href_of(claim)
    return f"{href}?line={after[0]}" if after else href


def _next_claim(db: Any, claim: ExpenseClaim) -> str:
    found = db.scalar(
        select(ExpenseClaim.id)
        .where(is_waiting(), ExpenseClaim.id != claim.id)
        .order_by(ExpenseClaim.submitted_at, ExpenseClaim.id)
        .limit(1)
    )
    return "" if found is None else url_for("ClaimView.show", pk=found)


DECIDERS = (FINANCE, APPROVER)
READERS = (ADMINISTRATOR, FINANCE, APPROVER, MANAGER, AUDITOR)
may("ClaimView", {READERS: READ, DECIDERS: (*READ, "can_decide", "can_post")})
may("ReceiptFileView", {READERS: ("can_show", "can_original")})
