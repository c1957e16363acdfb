"""Making a report: its rows are read once, in one view of the database, and go straight to the file."""

import hashlib
from typing import Final

from sqlalchemy.orm import Session

from app.domain.reports import ReportFormat
from reports.render.csv import CsvFile
from reports.render.pdf import PdfFile
from reports.render.port import Renderer, written
from reports.shape import Filters, Head, Made, Report

AT_ONCE: Final = 500
"""Rows fetched at a time."""

RENDERERS: Final[dict[ReportFormat, type[CsvFile | PdfFile]]] = {
    ReportFormat.csv: CsvFile,
    ReportFormat.pdf: PdfFile,
}


def make(
    session: Session,
    report: Report,
    report_format: ReportFormat,
    head: Head,
    filters: Filters,
    *,
    fees: bool,
) -> Made:
    """Return a report as a file. The hash covers titles, headings and cells, whatever the format."""
    renderer: Renderer = RENDERERS[report_format]()
    digest = hashlib.sha256()
    renderer.open(head)
    count = 0
    for section in report.sections:
        columns = section.shown(fees=fees)
        renderer.section(section.title, columns)
        _mix(digest, [section.title, *(column.label for column in columns)])
        statement = section.query(filters).execution_options(yield_per=AT_ONCE)
        for row in session.execute(statement):
            cells = [written(column, row) for column in columns]
            renderer.row(columns, cells)
            _mix(digest, cells)
            count += 1
    sha256 = digest.hexdigest()
    return Made(renderer.close(count, sha256), count, sha256)


def _mix(digest: "hashlib._Hash", cells: list[str]) -> None:
    digest.update("\x1f".join(cells).encode() + b"\x1e")
