"""Bank details of payees: entered, phoned back, verified by a second person, shown whole only on purpose."""

from typing import Any, ClassVar

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as AnyResponse

from admin import records
from admin.account_form import AccountForm
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import SavedView, Words, has_words
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, READ, may
from app.db.session import session, transaction
from app.domain.bank_accounts import masked
from app.domain.errors import Refused
from app.domain.people import PENDING, PENDING_LIFE, BankDetailStatus
from app.models import BankDetail, PayeeProfile
from app.services import audit, bank_details

OFFERS = {
    BankDetailStatus.called_back: {"verify"},
}
FORMS = {
    BankDetailStatus.proposed: ("call_back", "refuse"),
    BankDetailStatus.called_back: ("refuse",),
    BankDetailStatus.verified: ("refuse",),
}
"""What the page of an account asks for in words, in each of its states."""


class BankDetailView(RecordView):
    """Accounts that payees are paid to, masked; what waits for a call stands first."""

    datamodel = RecordInterface(BankDetail)
    noun, nouns = "bank account", "bank accounts"
    list_title = "Bank details"
    route_base = "/admin/bank-details"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_enter", "can_call_back", "can_refuse", "can_unmask",
    ]  # fmt: skip
    empty = (
        "No bank account is known. Enter one from a payee's page, or the artist does on the phone."
    )
    columns = (
        Column("payee", "Payee", order=func.fold(PayeeProfile.name)),
        Column("ending", "Account", value=lambda detail: masked(detail.ending)),
        Column("holder", "Held in the name"),
        Column("currency"),
        Column("status"),
        Column("created_at", "Given", phone_label=True),
    )
    order_by = (BankDetail.created_at.desc(),)
    load = (contains_eager(BankDetail.payee).joinedload(PayeeProfile.person),)
    saved_views = (
        SavedView("waiting", "Waiting", lambda: BankDetail.status.in_(PENDING)),
        SavedView("verified", "Verified", lambda: BankDetail.status == BankDetailStatus.verified),
        SavedView("all", "All"),
    )
    filters = (Words("q", "Payee", lambda typed: has_words(func.fold(PayeeProfile.name), typed)),)
    show_parts = (("Account", ("holder", "kind", "country", "currency", "bic", "ended_because")),)
    label_columns: ClassVar[dict[str, str]] = {
        "holder": "Held in the name",
        "kind": "Written as",
        "bic": "BIC",
        "ended_because": "Why it is not used",
    }
    main_move = "verify"
    show_template = "desk/bank_detail.html"
    waits = staticmethod(lambda: BankDetail.status.in_(PENDING))

    def statement(self) -> Any:
        """Join whom the account belongs to."""
        return select(BankDetail).outerjoin(BankDetail.payee)

    def name_of(self, record: BankDetail) -> str:
        """Call it by payee and last characters."""
        return f"{record.payee.name}, {masked(record.ending)}"

    def offers(self, record: BankDetail) -> set[str] | None:
        """Offer to verify what was phoned about."""
        return OFFERS.get(record.status, set())

    def show_context(self, record: BankDetail) -> dict[str, Any]:
        """Bring who did what, the numbers that may be phoned, and the history."""
        db = session()
        offered = FORMS.get(record.status, ())
        return {
            "current": bank_details.verified(db, record.payee_id),
            "numbers": bank_details.numbers(db, record) if "call_back" in offered else [],
            "forms": [name for name in offered if self.may(name)],
            "may_unmask": self.may("unmask"),
            "lapses": record.created_at + PENDING_LIFE,
            "history": audit.history(db, "bank_detail", record.id, limit=30),
            "wrong": {},
            "typed": {},
            "shown": "",
        }

    @expose("/enter/<payee>", methods=["GET", "POST"])
    @has_access
    def enter(self, payee: str) -> str | AnyResponse:
        """Write down an account that a payee gave."""
        known = payee.isascii() and payee.isdigit() and len(payee) <= _DIGITS
        found = session().get(PayeeProfile, int(payee)) if known else None
        if found is None:
            abort(404)
        form = AccountForm.sent()
        if request.method == "POST":
            try:
                with transaction() as db:
                    made = bank_details.propose(db, found, form.account, by=f"staff:{g.user.id}")
                flash(
                    "The account waits for a call. The payee is told everywhere we know.", "success"
                )
                return redirect(self.href_of(made), 303)
            except Refused as refusal:
                form.take(refusal)
                found = session().get_one(PayeeProfile, int(payee))
        back = url_for("PersonView.show", pk=found.person_id)
        page = self.render_template("desk/account_form.html", form=form, payee=found, back=back)
        return make_response(str(page), 422 if form.errors else 200)

    @expose("/call-back/<pk>", methods=["POST"])
    @has_access
    def call_back(self, pk: str) -> AnyResponse:
        """Write down which number was phoned."""
        chosen = request.form.get("number", "")
        number = (
            int(chosen)
            if chosen.isascii() and chosen.isdigit() and len(chosen) <= _DIGITS
            else None
        )

        def deed(detail: BankDetail) -> None:
            bank_details.call_back(session(), detail, number, by=g.user.id)

        return self._do(pk, deed, "The call is written down. A second person verifies the account.")

    @expose("/refuse/<pk>", methods=["POST"])
    @has_access
    def refuse(self, pk: str) -> AnyResponse:
        """Turn an account away."""

        def deed(detail: BankDetail) -> None:
            bank_details.refuse(session(), detail, reason=_words("reason"))

        return self._do(pk, deed, "The account is not used. The payee is told.")

    @expose("/unmask/<pk>", methods=["POST"])
    @has_access
    def unmask(self, pk: str) -> AnyResponse:
        """Show the whole account on this one page; the look is written into the history."""
        detail = self.record(pk)
        try:
            with transaction() as db:
                shown = bank_details.show(db, detail, reason=_words("why"))
        except Refused as refusal:
            return self._again(pk, refusal)
        return self._page(self.record(pk), 200, shown=shown)

    @action(
        "verify",
        "Verify",
        "Did somebody else phone, and is the account right? Verify {n}?",
        multiple=False,
    )
    def verify(self, chosen: list[BankDetail]) -> str:
        """Let accounts be paid to."""
        for detail in chosen:
            bank_details.verify(session(), detail, by=g.user.id)
        return "The account is verified. The next pay run pays to it."

    def _do(self, pk: str, deed: Any, done: str) -> AnyResponse:
        detail = self.record(pk)
        href = self.href_of(detail)
        try:
            with transaction():
                deed(detail)
        except Refused as refusal:
            return self._again(pk, refusal)
        flash(done, "success")
        return redirect(href, 303)

    def _again(self, pk: str, refusal: Refused) -> AnyResponse:
        wrong = {refusal.field or "": refusal.reason}
        return self._page(self.record(pk), 422, wrong=wrong, typed=request.form)

    def _page(self, record: BankDetail, status: int, **more: Any) -> AnyResponse:
        page = records.page_of(self, record)
        context = {"page": page, "record": record, **self.show_context(record), **more}
        answer = make_response(str(self.render_template(self.show_template, **context)), status)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer


def _words(name: str) -> str:
    return request.form.get(name, "").replace("\0", "").strip()[:500]


_DIGITS = 18
HANDS = ("can_enter", "can_call_back", "can_refuse", "verify")
may("BankDetailView", {(FINANCE,): (*READ, *HANDS, "can_unmask")})
may("BankDetailView", {(APPROVER,): (*READ, "can_call_back", "can_refuse", "verify")})
may("BankDetailView", {(ADMINISTRATOR, AUDITOR): READ})
