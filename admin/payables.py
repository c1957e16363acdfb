"""Payables: what is owed, by day; held, exported to the bank, marked paid by somebody else, or voided."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.wrappers import Response as AnyResponse

from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import Choice, Day, SavedView, Words, has_words
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.money import Money, add_up
from app.domain.payables import PayableStatus
from app.domain.periods import parse_day
from app.models import Engagement, Person, Production
from app.models.payables import Payable
from app.presentation import desk_zone
from app.services import audit, payables, payment_files, withholding
from app.services.pay_runs import paying, reading

OFFERS = {
    PayableStatus.open: {"hold", "void", "withhold"},
    PayableStatus.held: {"release", "void", "withhold"},
    PayableStatus.exported: {"pay", "bounce"},
    PayableStatus.paid: {"bounce"},
    PayableStatus.voided: set(),
}
LONGEST = 500


@dataclass(slots=True)
class Asked:
    """A question before a move that needs words: paid when and under which reference, held or voided why."""

    move: str
    title: str
    deed: str
    chosen: list[Payable]
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> str:
        """Write what the chosen come to."""
        sums = add_up(Money(one.amount, one.currency) for one in self.chosen)
        return ", ".join(str(each) for each in sums.values())


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
        joinedload(Payable.ledger_document),
    )
    saved_views = (
        SavedView("open", "Open", lambda: Payable.status == PayableStatus.open),
        SavedView("held", "Held", lambda: Payable.status == PayableStatus.held),
        SavedView("exported", "Exported", lambda: Payable.status == PayableStatus.exported),
        SavedView("paid", "Paid", lambda: Payable.status == PayableStatus.paid),
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
        )

    def name_of(self, record: Payable) -> str:
        """Call it by its number and payee."""
        return f"{record.number}, {record.payee_name}"

    def offers(self, record: Payable) -> set[str] | None:
        """Offer what its status allows."""
        offered = set(OFFERS[record.status])
        if not record.withholding_note or record.withholding_decision:
            offered.discard("withhold")
        return offered

    def show_context(self, record: Payable) -> dict[str, Any]:
        """Bring what it pays, and its history."""
        db = session()
        return {
            "lines": payables.lines_of(db, record),
            "approvers": payables.approver_names(db, record),
            "runs": reading.runs_of(db, record),
            "history": audit.history(db, "payable", record.id, limit=20),
        }

    @action("export", "Download list")
    def export(self, chosen: list[Payable]) -> Response:
        """Hand payables out as a list to read; the file for the bank comes from a pay run."""
        text = payment_files.as_csv(chosen)
        answer = Response(text, mimetype="text/csv")
        name = f"payables-{_today().isoformat()}.csv"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
        return answer

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
            typed["paid_on"] = _today().isoformat()
        words = MOVES[move]
        return Asked(move, f"{words.deed} {about}", f"{words.deed} {about}", chosen, typed)

    def _ask(self, move: str, chosen: list[Payable]) -> AnyResponse:
        keys = [str(one.id) for one in chosen]
        return redirect(url_for("PayableView.settle", move=move, rowid=keys), 303)


@dataclass(frozen=True, slots=True)
class Move:
    """A move that needs words: how it is called, and who makes it."""

    deed: str
    done: str
    make: Callable[[Payable, dict[str, str]], None]


def _pay(payable: Payable, typed: dict[str, str]) -> None:
    on = parse_day(typed["paid_on"], "paid_on", "Choose the day the bank paid.")
    paying.pay_one(session(), payable, on=on, reference=typed["reference"], by=g.user.id)


def _bounce(payable: Payable, typed: dict[str, str]) -> None:
    on = parse_day(typed["paid_on"], "paid_on", "Choose the day the payment came back.")
    paying.bounce(session(), payable, on=on, reason=typed["reason"])


def _withhold(payable: Payable, typed: dict[str, str]) -> None:
    withholding.decide(session(), payable, decision=typed["reason"], by=g.user.id)


def _hold(payable: Payable, typed: dict[str, str]) -> None:
    payables.hold(session(), payable, reason=typed["reason"])


def _void(payable: Payable, typed: dict[str, str]) -> None:
    payables.void(session(), payable, reason=typed["reason"])


MOVES = {
    "pay": Move("Mark paid", "marked paid", _pay),
    "hold": Move("Hold", "held", _hold),
    "void": Move("Void", "voided", _void),
    "bounce": Move("Take back", "taken back and held", _bounce),
    "withhold": Move("Decide on withholding for", "decided", _withhold),
}


def _today() -> date:
    return now().astimezone(ZoneInfo(desk_zone())).date()


READERS = (ADMINISTRATOR, FINANCE, APPROVER, MANAGER, AUDITOR)
may("PayableView", {READERS: READ})
may(
    "PayableView",
    {
        (FINANCE,): (
            *READ,
            "can_settle",
            "export",
            "pay",
            "hold",
            "release",
            "void",
            "bounce",
            "withhold",
        )
    },
)
