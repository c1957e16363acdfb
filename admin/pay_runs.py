"""Pay runs: put together from what is open, checked, approved by another, exported once, and settled."""

from datetime import date
from typing import Any, ClassVar

from flask import flash, g, make_response, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse

from admin import records
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import SavedView, Words
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, may
from app import served
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.pay_run_checks import stopping
from app.domain.pay_runs import BankFile, PayRunStatus
from app.domain.periods import parse_day
from app.integrations import providers
from app.models import PayRun, PayRunLine
from app.models.payables import Payable
from app.presentation import today
from app.services import audit, company_accounts
from app.services.pay_runs import checking, exporting, making, paying
from app.services.pay_runs.making import Wanted

OFFERS = {
    PayRunStatus.draft: ("check", "add", "take_out", "cancel"),
    PayRunStatus.checked: ("check", "add", "take_out", "approve", "cancel"),
    PayRunStatus.approved: ("export", "cancel"),
    PayRunStatus.exported: ("export", "pay", "cancel"),
    PayRunStatus.paid: ("export",),
    PayRunStatus.closed: ("export",),
}
"""What the page of a run offers in each of its states."""


class PayRunView(RecordView):
    """The pay runs of the company, the newest first."""

    datamodel = RecordInterface(PayRun)
    noun, nouns = "pay run", "pay runs"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_begin", "can_add", "can_take_out", "can_check", "can_approve",
        "can_export", "can_pay", "can_cancel",
    ]  # fmt: skip
    empty = "No pay run yet. Make one from the payables that are due."
    columns = (
        Column("number", "Pay run"),
        Column("account", "Paid from", value=lambda run: run.account.name),
        Column("pay_on", "Pay on", phone_label=True),
        Column("total", "Total"),
        Column("line_count", "Payments"),
        Column("status"),
    )
    order_by = (PayRun.id.desc(),)
    load = (joinedload(PayRun.account),)
    saved_views = (
        SavedView(
            "going",
            "Going on",
            lambda: PayRun.status.not_in(
                (PayRunStatus.paid, PayRunStatus.closed, PayRunStatus.cancelled)
            ),
        ),
        SavedView("all", "All"),
    )
    filters = (Words("q", "Number", lambda typed: PayRun.number.icontains(typed, autoescape=True)),)
    list_template = "desk/pay_runs.html"
    show_template = "desk/pay_run.html"
    waits = staticmethod(lambda: PayRun.status == PayRunStatus.checked)

    def list_context(self) -> dict[str, Any]:
        """Tell whether the list offers to make one."""
        return {"may_begin": self.may("begin")}

    def may(self, what: str) -> bool:
        """Tell whether whoever is signed in may do this; a run has no form of FAB's."""
        return what not in ("edit", "delete") and super().may(what) and what != "add"

    def show_context(self, record: PayRun) -> dict[str, Any]:
        """Bring the lines with what is found about each, and what may be done next."""
        db = session()
        offered = [name for name in OFFERS.get(record.status, ()) if self._has(f"can_{name}")]
        found = checking.look(db, record) if record.status in making.OPEN else []
        return {
            "lines": _lines(record),
            "total": record.total if record.total is not None else _total(record),
            "found": found,
            "stops": len(stopping(found)),
            "offered": offered,
            "waiting": making.waiting(db, Wanted(record.currency)) if "add" in offered else [],
            "history": audit.history(db, "pay_run", record.id, limit=30),
            "today": today(),
            "wrong": {},
            "typed": {},
        }

    @expose("/begin", methods=["GET", "POST"])
    @has_access
    def begin(self) -> AnyResponse:
        """Choose what is paid together, and from which account."""
        wrong: dict[str, str] = {}
        if request.method == "POST":
            try:
                with transaction() as db:
                    run = making.begin(
                        db, _number(request.form.get("account", "")), file=_file(),
                        pay_on=_day("pay_on"), chosen=_chosen(), by=g.user.id,
                    )  # fmt: skip
                flash(f"{run.number} is made. Check it, then somebody else approves it.", "success")
                return redirect(self.href_of(run), 303)
            except Refused as refusal:
                wrong = {refusal.field or "": refusal.reason}
        page = self.render_template("desk/pay_run_new.html", **_choices(), wrong=wrong)
        return make_response(str(page), 422 if wrong else 200)

    @expose("/add/<pk>", methods=["POST"])
    @has_access
    def add(self, pk: str) -> AnyResponse:
        """Put more payables into a run."""

        def deed(run: PayRun) -> str:
            making.add(session(), run, _chosen(), by=g.user.id)
            return "Added. Check the run again."

        return self._do(pk, deed)

    @expose("/take-out/<pk>", methods=["POST"])
    @has_access
    def take_out(self, pk: str) -> AnyResponse:
        """Take one payable out of a run."""

        def deed(run: PayRun) -> str:
            line = making.take_out(session(), run, _number(request.form.get("line", "")) or 0)
            return f"{line.payable.number} is out of the run and waits for another."

        return self._do(pk, deed)

    @expose("/check/<pk>", methods=["POST"])
    @has_access
    def check(self, pk: str) -> AnyResponse:
        """Look at every payable of a run."""

        def deed(run: PayRun) -> str:
            found = stopping(checking.check(session(), run))
            if found:
                return f"{len(found)} to mend before somebody can approve it."
            return "Nothing stops it. Somebody else approves it now."

        return self._do(pk, deed)

    @expose("/approve/<pk>", methods=["POST"])
    @has_access
    def approve(self, pk: str) -> AnyResponse:
        """Freeze a run."""

        def deed(run: PayRun) -> str:
            seen = bool(request.form.get("seen"))
            exporting.approve(session(), run, by=g.user.id, has_seen=seen)
            return f"{run.number} is approved. Nothing in it changes any more."

        return self._do(pk, deed)

    @expose("/export/<pk>", methods=["POST"])
    @has_access
    def export(self, pk: str) -> AnyResponse:
        """Hand the run's file out: made once, the same bytes every time."""
        run = self.record(pk)
        try:
            with transaction() as db:
                stored = exporting.export(db, run, by=g.user.id, keep=providers.files().put)
        except Refused as refusal:
            return self._again(pk, refusal)
        return served.original(stored, is_linked=False)

    @expose("/pay/<pk>", methods=["POST"])
    @has_access
    def pay(self, pk: str) -> AnyResponse:
        """Say that the bank paid all of it."""

        def deed(run: PayRun) -> str:
            on, reference = _day("paid_on"), _words("reference")
            marked = paying.pay_run(session(), run, on=on, reference=reference, by=g.user.id)
            return marked.in_words

        return self._do(pk, deed)

    @expose("/cancel/<pk>", methods=["POST"])
    @has_access
    def cancel(self, pk: str) -> AnyResponse:
        """Give a run up."""

        def deed(run: PayRun) -> str:
            making.cancel(session(), run, reason=_words("reason"))
            return f"{run.number} is cancelled. Its payables wait for another run."

        return self._do(pk, deed)

    def _do(self, pk: str, deed: Any) -> AnyResponse:
        run = self.record(pk)
        href = self.href_of(run)
        try:
            with transaction():
                done = deed(run)
        except Refused as refusal:
            return self._again(pk, refusal)
        flash(done, "success")
        return redirect(href, 303)

    def _again(self, pk: str, refusal: Refused) -> AnyResponse:
        record = self.record(pk)
        context = self.show_context(record)
        context |= {"wrong": {refusal.field or "": refusal.reason}, "typed": request.form}
        page = records.page_of(self, record)
        shown = self.render_template(self.show_template, page=page, record=record, **context)
        return make_response(str(shown), 422)


def _lines(run: PayRun) -> list[PayRunLine]:
    return list(
        session().scalars(
            select(PayRunLine)
            .where(PayRunLine.pay_run_id == run.id)
            .options(joinedload(PayRunLine.payable).joinedload(Payable.engagement))
            .order_by(PayRunLine.position)
        )
    )


def _total(run: PayRun) -> Any:
    added = select(func.sum(PayRunLine.amount)).where(PayRunLine.pay_run_id == run.id)
    return session().scalar(added) or 0


def _choices() -> dict[str, Any]:
    """Return what may be chosen from, by what was asked for."""
    db = session()
    asked = {name: _words(name) for name in ("currency", "until", "production", "payee")}
    accounts = company_accounts.usable(db)
    chosen_account = _number(_words("account"))
    account = next((one for one in accounts if one.id == chosen_account), None)
    try:
        until: date | None = (
            parse_day(asked["until"], "until", "Choose a day.") if asked["until"] else None
        )
    except Refused:
        until = None
    wanted = Wanted(
        asked["currency"] or (account.currency if account else ""), until,
        _number(asked["production"]), asked["payee"],
    )  # fmt: skip
    return {
        "asked": asked, "accounts": accounts, "account": account, "files": list(BankFile),
        "productions": making.productions_waiting(db), "payables": making.waiting(db, wanted),
        "pay_on": _words("pay_on") or today().isoformat(), "file": _words("file"),
        "chosen": _chosen(),
    }  # fmt: skip


def _words(name: str) -> str:
    return request.values.get(name, "").replace("\0", "").strip()[:500]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _chosen() -> list[int]:
    found = (_number(text) for text in request.form.getlist("rowid"))
    return [key for key in dict.fromkeys(found) if key is not None]


def _day(name: str) -> date:
    return parse_day(_words(name), name, "Choose the day.")


def _file() -> BankFile | None:
    typed = _words("file")
    return BankFile(typed) if typed in set(BankFile) else None


_DIGITS = 18
HANDS = ("can_begin", "can_add", "can_take_out", "can_check", "can_export", "can_pay", "can_cancel")
may("PayRunView", {(FINANCE,): (*READ, *HANDS, "can_approve")})
may("PayRunView", {(APPROVER,): (*READ, "can_check", "can_approve")})
may("PayRunView", {(ADMINISTRATOR, MANAGER, AUDITOR): READ})
