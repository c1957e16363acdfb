"""Where a record is looked at: services name the kind of a record, the desk knows its page."""

from typing import Final

from flask import Flask, current_app, url_for

PAGES: Final = {
    "engagement": "EngagementView.show",
    "engagement_edit": "EngagementView.edit",
    "contract": "ContractView.show",
    "call": "CallView.show",
    "claim": "ClaimView.show",
    "payable": "PayableView.show",
    "person": "PersonView.show",
    "production": "ProductionView.show",
    "report": "ReportView.show",
}


def href_to(kind: str, record_id: int) -> str:
    """Return the address of a record's page; empty for a kind that has none."""
    if kind == "role_add":
        return url_for("RoleView.add", engagement=record_id)
    endpoint = PAGES.get(kind, "")
    return url_for(endpoint, pk=record_id) if endpoint in current_app.view_functions else ""


def install(app: Flask) -> None:
    """Give templates the addresses."""
    app.add_template_global(href_to)
