"""Payables: what is owed, by day; held, exported to the bank, marked paid by somebody else, or voided."""

from typing import Any, ClassVar

from flask import Response, abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as AnyResponse

from admin import promises
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import Choice, Day, SavedView, Words, has_words
from admin.payable_moves import (
    LONGEST,
    MOVES,
    Asked,
    ledger_offers,
    today,
    words_to_begin_with,
)
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.ledger_problems import LedgerProblem
from app.domain.payables import LedgerStatus, PayableStatus
from app.models import Engagement, Person, Production
from app.models.payables import LedgerDocument, Payable
from app.services import (
    audit,
    fees,
    ledger_deeds,
    ledger_lists,
    payables,
    payers,
    payment_files,
    tax_flags,
)
from app.services.pay_runs import reading

OFFERS = {
    PayableStatus.open: {"hold", "void", "withhold"},
    PayableStatus.held: {"release", "void", "withhold"},
    PayableStatus.exported: {"pay", "bounce"},
    PayableStatus.paid: {"bounce", "correct_payment"},
    PayableStatus.voided: set(),
}


class PayableView(RecordView):
    """What the company owes. Nothing is typed here: payables come from claims and fees."""

    datamodel = RecordInterface(Payable)
    noun, nouns = "payable", "payables"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_settle"]
    empty = "Nothing is owed. Decided claims and fees that fall due appear here."
    columns = (
        Column("payee_name", "Payee"),
        Column("number", "Number", phone_label=True),
        Column("engagement.person", "Artist", order=Person.folded),
        Column("engagement.production", "Production", order=Production.folded),
        Column("amount", "Amount"),
        Column("due_on", "Expected", phone_label=True),
        Column("status"),
        Column("ledger_document.status", "Ledger"),
    )
    order_by = (Payable.due_on,)
    load = (
        contains_eager(Payable.engagement).contains_eager(Engagement.person),
        contains_eager(Payable.engagement).contains_eager(Engagement.production),
        contains_eager(Payable.ledger_document),
    )
    saved_views = (
        SavedView("open", "Open", lambda: Payable.status == PayableStatus.open),
        SavedView("held", "Held", lambda: Payable.status == PayableStatus.held),
        SavedView("exported", "Exported", lambda: Payable.status == PayableStatus.exported),
        SavedView("paid", "Paid", lambda: Payable.status == PayableStatus.paid),
        SavedView(
            "refused", "Not in the ledger", lambda: LedgerDocument.status == LedgerStatus.failed
        ),
        SavedView(
            "by_hand", "To enter by hand", lambda: LedgerDocument.problem == LedgerProblem.by_hand
        ),
        SavedView("all", "All"),
    )
    filters = (
        Words("q", "Payee, artist or number", lambda typed: has_words(
            Person.folded, typed) | Payable.payee_name.icontains(typed, autoescape=True)
            | Payable.number.icontains(typed, autoescape=True)),
        Choice.of("source", "Source", Payable.source),
        Day("until", "Expected until", lambda day: Payable.due_on <= day),
    )  # fmt: skip
    show_parts = (
        ("What is owed", ("payee_name", "amount", "due_on", "source", "held_reason", "withholding_note",
                          "withholding_decision")),
        ("Payment", ("exported_at", "paid_on", "paid_reference")),
    )  # fmt: skip
    label_columns: ClassVar[dict[str, str]] = {
        "payee_name": "Paid to",
        "due_on": "Expected",
        "held_reason": "Why it is held or voided",
        "paid_reference": "Bank's reference",
        "withholding_note": "Withholding",
        "withholding_decision": "Decided on withholding",
    }
    main_move = "pay"
    show_template = "desk/payable.html"

    def statement(self) -> Any:
        """Join whom and what the list is sorted and searched by."""
        return (
            select(Payable)
            .outerjoin(Payable.engagement)
            .outerjoin(Engagement.person)
            .outerjoin(Engagement.production)
            .outerjoin(Payable.ledger_document)
        )

    def name_of(self, record: Payable) -> str:
        """Call it by its number and payee."""
        return f"{record.number}, {record.payee_name}"

    def offers(self, record: Payable) -> set[str] | None:
        """Offer what its status allows."""
        offered = set(OFFERS[record.status])
        if not record.withholding_note or record.withholding_decision:
            offered.discard("withhold")
        if "pay" in offered and payers.is_idle(session(), record, g.user.id):
            offered.discard("pay")
        if fees.may_owe_again(session(), record):
            offered.add("owe_again")
        return offered | ledger_offers(record)

    def show_context(self, record: Payable) -> dict[str, Any]:
        """Bring what it pays, and its history."""
        db = session()
        return {
            "lines": payables.lines_of(db, record),
            "approvers": payers.approver_names(db, record),
            "payers": payers.payers_of(db, record),
            "runs": reading.runs_of(db, record),
            "accounting": promises.choices()["accounting"],
            "advice": ledger_deeds.advice_for(record),
            "tax_flags": tax_flags.flags_of(db, record),
            "to_do": ledger_deeds.waiting_for(db, record),
            "history": audit.history(db, "payable", record.id, limit=20),
        }

    @action("export", "Download list")
    def export(self, chosen: list[Payable]) -> Response:
        """Hand payables out as a list to read; the file for the bank comes from a pay run."""
        text = payment_files.as_csv(chosen)
        answer = Response(text, mimetype="text/csv")
        name = f"payables-{today().isoformat()}.csv"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
        return answer

    @action("bills", "Bills as a list")
    def bills(self, chosen: list[Payable]) -> Response:
        """Hand bills out as a list that Xero imports, for whoever enters them by hand."""
        answer = Response(ledger_lists.as_csv(session(), chosen), mimetype="text/csv")
        name = f"bills-{today().isoformat()}.csv"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
        return answer

    @action("look", "Look in Xero")
    def look(self, chosen: list[Payable]) -> str:
        """Have it looked where bills stand in Xero."""
        count = ledger_deeds.look(session(), chosen)
        return f"{count} looked for in Xero. What differs appears here in a moment."

    @action("enter_again", "Enter again")
    def enter_again(self, chosen: list[Payable]) -> AnyResponse:
        """Ask for the date of the bill."""
        return self._ask("enter_again", chosen)

    @action("by_hand", "Mark as posted", multiple=False)
    def by_hand(self, chosen: list[Payable]) -> AnyResponse:
        """Ask for the number the bill has there."""
        return self._ask("by_hand", chosen)

    @action("correct_number", "Correct its number", multiple=False)
    def correct_number(self, chosen: list[Payable]) -> AnyResponse:
        """Ask for the right number and the reason."""
        return self._ask("correct_number", chosen)

    @action("correct_payment", "Correct the payment", multiple=False)
    def correct_payment(self, chosen: list[Payable]) -> AnyResponse:
        """Ask for the right day and reference, and the reason."""
        return self._ask("correct_payment", chosen)

    @action("bounce", "Returned by the bank", multiple=False)
    def bounce(self, chosen: list[Payable]) -> AnyResponse:
        """Ask when and why."""
        return self._ask("bounce", chosen)

    @action("withhold", "Decide on withholding", multiple=False)
    def withhold(self, chosen: list[Payable]) -> AnyResponse:
        """Ask what is decided."""
        return self._ask("withhold", chosen)

    @action("pay", "Mark paid")
    def pay(self, chosen: list[Payable]) -> AnyResponse:
        """Ask for day and reference of the payment."""
        return self._ask("pay", chosen)

    @action("hold", "Hold")
    def hold(self, chosen: list[Payable]) -> AnyResponse:
        """Ask why."""
        return self._ask("hold", chosen)

    @action("release", "Release", "Release {n}? The next open pay run takes it along.")
    def release(self, chosen: list[Payable]) -> str:
        """Let held payables go on."""
        for payable in chosen:
            payables.release(session(), payable)
        return f"{len(chosen)} released."

    @action("void", "Void")
    def void(self, chosen: list[Payable]) -> AnyResponse:
        """Ask why."""
        return self._ask("void", chosen)

    @action(
        "owe_again", "Owe it again",
        "Owe {n} again? It gets a further number, the payee of today and the amount now agreed.",
        multiple=False,
    )  # fmt: skip
    def owe_again(self, chosen: list[Payable]) -> str:
        """Make a further payable of a part of a fee that was voided."""
        made = [fees.owe_again(session(), payable, now()) for payable in chosen]
        return f"{made[0].number} is owed now."

    @expose("/settle/<string:move>", methods=["GET", "POST"])
    @has_access
    def settle(self, move: str) -> str | AnyResponse:
        """Ask for the words that a move needs, then make it on all or on none."""
        if move not in MOVES:
            abort(404)
        if not self.may_act(move):
            abort(403)
        chosen = [self.record(pk) for pk in dict.fromkeys(request.values.getlist("rowid"))]
        if not chosen:
            abort(404)
        asked = self._asked(move, chosen)
        if request.method == "GET":
            return str(self.render_template("desk/payable_settle.html", asked=asked))
        return self._settled(asked)

    def _settled(self, asked: Asked) -> AnyResponse:
        keys = [one.id for one in asked.chosen]
        try:
            with transaction():
                for payable in asked.chosen:
                    MOVES[asked.move].make(payable, asked.typed)
        except Refused as refusal:
            asked.errors[refusal.field or ""] = str(refusal)
            asked.chosen = [self.record(str(key)) for key in keys]
            page = self.render_template("desk/payable_settle.html", asked=asked)
            return make_response(str(page), 422)
        flash(f"{asked.total} {MOVES[asked.move].done}.", "success")
        one = asked.chosen[0]
        return redirect(self.href_of(one) if len(keys) == 1 else self.list_href(), 303)

    def _asked(self, move: str, chosen: list[Payable]) -> Asked:
        about = chosen[0].number if len(chosen) == 1 else f"{len(chosen)} payables"
        typed = {
            name: request.form.get(name, "").replace("\0", "").strip()[:LONGEST]
            for name in ("paid_on", "reference", "reason")
        }
        if request.method == "GET":
            typed |= words_to_begin_with(move, chosen)
        words = MOVES[move]
        return Asked(move, words.called(about), words.called(about), chosen, typed)

    def _ask(self, move: str, chosen: list[Payable]) -> AnyResponse:
        keys = [str(one.id) for one in chosen]
        return redirect(url_for("PayableView.settle", move=move, rowid=keys), 303)


READERS = (ADMINISTRATOR, FINANCE, APPROVER, MANAGER, AUDITOR)
may("PayableView", {READERS: READ})
may("PayableView", {(ADMINISTRATOR,): (*READ, "can_settle", "pay")})
may(
    "PayableView",
    {
        (FINANCE,): (
            *READ, "can_settle", "export", "bills", "look", "enter_again", "by_hand", "correct_number",
            "correct_payment", "pay", "hold", "release", "void", "owe_again", "bounce", "withhold",
        )
    },
)  # fmt: skip
