"""The reports there are: each is a file in ``reports/queries`` and a line here."""

from typing import Final

from app.domain.errors import Refused
from reports.queries.access_review import ACCESS_REVIEW
from reports.queries.artist_statement import ARTIST_STATEMENT
from reports.queries.audit_extract import AUDIT_EXTRACT
from reports.queries.compliance import COMPLIANCE
from reports.queries.contract_status import CONTRACT_STATUS
from reports.queries.cost_position import COST_POSITION
from reports.queries.expenses import EXPENSES
from reports.shape import Report

REPORTS: Final[dict[str, Report]] = {
    report.name: report
    for report in (
        CONTRACT_STATUS,
        COMPLIANCE,
        COST_POSITION,
        EXPENSES,
        ARTIST_STATEMENT,
        ACCESS_REVIEW,
        AUDIT_EXTRACT,
    )
}


def report_named(name: str) -> Report:
    """Return a report of the catalogue, or refuse."""
    found = REPORTS.get(name)
    if found is None:
        raise Refused("There is no such report. Choose one of the list.", field="report")
    return found
