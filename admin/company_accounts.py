"""The company's own bank accounts: an Administrator enters one, a second person lets it be used."""

from typing import Any, ClassVar

from flask import flash, g, make_response, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response as AnyResponse

from admin.account_form import AccountForm
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import SavedView
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, may
from app.db.session import session, transaction, viewer
from app.domain.bank_accounts import masked
from app.domain.company_accounts import CompanyAccountStatus, cannot_be_written
from app.domain.errors import Refused
from app.models import CompanyAccount
from app.services import audit, company_accounts

OFFERS = {
    CompanyAccountStatus.proposed: {"approve", "refuse"},
    CompanyAccountStatus.approved: {"retire"},
}
SETTINGS = ("name", "bank", "user_name", "user_number", "is_balanced")


class CompanyAccountView(RecordView):
    """The accounts that pay runs are paid from."""

    datamodel = RecordInterface(CompanyAccount)
    noun, nouns = "company account", "company accounts"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_enter"]
    empty = (
        "A pay run is paid from an account of the company. Enter one; a second person approves it."
    )
    columns = (
        Column("name", "Account"),
        Column("ending", "Number", value=lambda account: masked(account.ending)),
        Column("kind", "Written as"),
        Column("currency"),
        Column("status"),
    )
    order_by = (CompanyAccount.name,)
    saved_views = (
        SavedView(
            "use",
            "In use and waiting",
            lambda: CompanyAccount.status.in_(
                (CompanyAccountStatus.proposed, CompanyAccountStatus.approved)
            ),
        ),
        SavedView("all", "All"),
    )
    show_parts = (
        ("Account", ("name", "holder", "kind", "ending", "bic", "country", "currency")),
        ("Direct entry", ("bank", "user_name", "user_number", "is_balanced")),
    )
    label_columns: ClassVar[dict[str, str]] = {
        "holder": "Held in the name",
        "kind": "Written as",
        "ending": "Last three characters",
        "bic": "BIC",
        "bank": "Bank's three letters",
        "user_name": "Name at the bank",
        "user_number": "User number (APCA)",
        "is_balanced": "File carries the debit",
    }
    main_move = "approve"
    list_template = "desk/company_accounts.html"
    show_template = "desk/company_account.html"
    waits = staticmethod(lambda: CompanyAccount.status == CompanyAccountStatus.proposed)

    def offers(self, record: CompanyAccount) -> set[str] | None:
        """Offer what its state allows."""
        return OFFERS.get(record.status, set())

    def list_context(self) -> dict[str, Any]:
        """Tell whether the list offers to enter one."""
        return {"may_enter": self.may("enter")}

    def show_context(self, record: CompanyAccount) -> dict[str, Any]:
        """Bring what happened to it, and whether a file can name whose account it is."""
        return {
            "history": audit.history(session(), "company_account", record.id, limit=20),
            "is_unwritable": cannot_be_written(record.kind, record.holder),
            "may_enter": self.may("enter"),
        }

    @expose("/enter", methods=["GET", "POST"])
    @has_access
    def enter(self) -> AnyResponse:
        """Write down an account of the company."""
        form = AccountForm.sent(*SETTINGS)
        if request.method == "POST":
            try:
                with transaction() as db:
                    made = company_accounts.enter(
                        db, _organisation(), form.account, form.typed, by=g.user.id
                    )
                flash("The account waits for a second person.", "success")
                return redirect(self.href_of(made), 303)
            except Refused as refusal:
                form.take(refusal)
        page = self.render_template(
            "desk/account_form.html", form=form, payee=None, back=self.list_href()
        )
        return make_response(str(page), 422 if form.errors else 200)

    @action("approve", "Approve", "Let pay runs be paid from {n}?", multiple=False)
    def approve(self, chosen: list[CompanyAccount]) -> str:
        """Let accounts be used."""
        for account in chosen:
            company_accounts.approve(session(), account, by=g.user.id)
        return "Pay runs may be paid from this account."

    @action("refuse", "Refuse", "Refuse {n}?", multiple=False)
    def refuse(self, chosen: list[CompanyAccount]) -> str:
        """Turn accounts away."""
        for account in chosen:
            company_accounts.refuse(session(), account)
        return "The account is not used."

    @action("retire", "Retire", "Pay from {n} no more?", multiple=False)
    def retire(self, chosen: list[CompanyAccount]) -> str:
        """Pay from accounts no more."""
        for account in chosen:
            company_accounts.retire(session(), account)
        return "Nothing is paid from this account any more."


def _organisation() -> int:
    here = viewer()
    if here is None or here.organisation_id is None:
        raise Refused("Your account belongs to no company.")
    return here.organisation_id


may("CompanyAccountView", {(ADMINISTRATOR,): (*READ, "can_enter", "approve", "refuse", "retire")})
may("CompanyAccountView", {(MANAGER, APPROVER): (*READ, "approve", "refuse")})
may("CompanyAccountView", {(FINANCE, AUDITOR): READ})
