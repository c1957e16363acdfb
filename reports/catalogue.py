"""The reports there are."""

from typing import Final

from app.domain.errors import Refused
from reports.queries.contract_status import CONTRACT_STATUS
from reports.shape import Report

REPORTS: Final[dict[str, Report]] = {report.name: report for report in (CONTRACT_STATUS,)}


def report_named(name: str) -> Report:
    """Return a report of the catalogue, or refuse."""
    found = REPORTS.get(name)
    if found is None:
        raise Refused("There is no such report. Choose one of the list.", field="report")
    return found
