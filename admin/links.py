"""Where a record is looked at: services name the kind of a record, the desk knows its page."""

from typing import Final

from flask import Flask, current_app, g, url_for

from admin.access import remembered

PAGES: Final = {
    "engagement": "EngagementView.show",
    "engagement_edit": "EngagementView.edit",
    "contract": "ContractView.show",
    "amendment": "AmendmentView.show",
    "call": "CallView.show",
    "claim": "ClaimView.show",
    "payable": "PayableView.show",
    "pay_run": "PayRunView.show",
    "company_account": "CompanyAccountView.show",
    "company_accounts": "CompanyAccountView.list",
    "bank": "BankDetailView.show",
    "bank_enter": "BankDetailView.enter",
    "travel": "TravelView.show",
    "tax_number": "TaxNumberView.show",
    "person": "PersonView.show",
    "production": "ProductionView.show",
    "report": "ReportView.show",
}


def href_to(kind: str, record_id: int) -> str:
    """Return the address of a record's page; empty where there is none or it would be refused."""
    endpoint = "RoleView.add" if kind == "role_add" else PAGES.get(kind, "")
    view, _, right = endpoint.partition(".")
    if endpoint not in current_app.view_functions or (f"can_{right}", view) not in remembered(
        g.user
    ):
        return ""
    if kind == "role_add":
        return url_for(endpoint, engagement=record_id)
    if kind == "company_accounts":
        return url_for(endpoint)
    if kind == "bank_enter":
        return url_for(endpoint, payee=record_id)
    return url_for(endpoint, pk=record_id)


def install(app: Flask) -> None:
    """Give templates the addresses."""
    app.add_template_global(href_to)
