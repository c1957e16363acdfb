"""Making a report: its rows are read once, in one view of the database, and go straight to the file."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Result, func, select
from sqlalchemy.orm import Session

from app.domain.reports import ReportFormat, check_size
from reports.glance import Glance
from reports.render.port import Renderer, writer_of
from reports.shape import Column, Filters, Head, Kind, Made, Report, Section

AT_ONCE: Final = 500
"""Rows fetched at a time, through a cursor on the server."""

RENDERERS: Final = {
    ReportFormat.csv: ("reports.render.csv", "CsvFile"),
    ReportFormat.xlsx: ("reports.render.xlsx", "XlsxFile"),
    ReportFormat.pdf: ("reports.render.pdf", "PdfFile"),
}
"""Loaded with the first report of its kind: what sets a paper weighs more than all the others."""
MEDIA_TYPES: Final = {
    ReportFormat.csv: "text/csv",
    ReportFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportFormat.pdf: "application/pdf",
}

Tell = Callable[[int, int], None]
"""Is told rows so far, and of how many; whoever wants the work to stop raises."""
Record = tuple[Any, ...]


def make(
    session: Session,
    report: Report,
    report_format: ReportFormat,
    head: Head,
    filters: Filters,
    *,
    fees: bool,
    place: Path,
    total: int,
    tell: Tell,
) -> Made:
    """Write a report to ``place``. The hash covers titles, headings and cells, whatever the format.

    ``total`` is how many rows were counted beforehand.
    """
    sections = report.tables(fees=fees)
    check_size(report_format, total)
    tell(0, total)
    renderer = renderer_of(report_format)
    renderer.open(place, head, max(len(section.shown(fees=fees)) for section in sections))
    writing = _Writing(renderer, report_format, head.zone, tell, total)
    try:
        for section in sections:
            writing.write(session, section, section.shown(fees=fees), filters)
        tell(writing.count, total)
        renderer.close(writing.count, writing.digest.hexdigest())
    except BaseException:
        renderer.abandon()
        raise
    return Made(place, writing.count, writing.digest.hexdigest(), writing.glance.tables)


def renderer_of(report_format: ReportFormat) -> Renderer:
    """Return a renderer that has not begun."""
    module, name = RENDERERS[report_format]
    return cast("Renderer", getattr(import_module(module), name)())


@dataclass(slots=True)
class _Writing:
    """Takes the rows one by one to the file, the hash and the page, and tells how far it is."""

    renderer: Renderer
    format: ReportFormat
    zone: str
    tell: Tell
    total: int
    count: int = 0
    glance: Glance = field(default_factory=Glance)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def write(
        self, session: Session, section: Section, columns: Sequence[Column], filters: Filters
    ) -> None:
        """Write one table."""
        writers = [writer_of(column, self.zone) for column in columns]
        self.renderer.section(section, columns)
        self.glance.begin(section, columns)
        self._mix([section.title, *(column.label for column in columns)])
        for values, currencies, targets in _records(session, section, columns, filters):
            texts = [
                write(value, currency)
                for write, value, currency in zip(writers, values, currencies, strict=True)
            ]
            self.renderer.row(texts, values, currencies)
            self.glance.take(texts, values, currencies, targets)
            self._mix(texts)
            self.count += 1
            if self.count % AT_ONCE == 0:
                check_size(self.format, self.count)
                self.tell(self.count, max(self.total, self.count))

    def _mix(self, cells: Sequence[str]) -> None:
        self.digest.update("\x1f".join(cells).encode() + b"\x1e")


def size(session: Session, report: Report, filters: Filters, *, fees: bool) -> int:
    """Count the rows there will be; those that a service works out are few and count as they come."""
    tables = report.tables(fees=fees)
    queries = [section.query(filters) for section in tables if section.query is not None]
    counts = [
        select(func.count()).select_from(query.order_by(None).subquery()) for query in queries
    ]
    return sum(session.scalar(count) or 0 for count in counts)


def _records(
    session: Session, section: Section, columns: Sequence[Column], filters: Filters
) -> Iterator[tuple[Record, Record, Record]]:
    """Yield each row as its values, the currency of each, and what each leads to."""
    if section.query is not None:
        statement = section.query(filters).execution_options(yield_per=AT_ONCE)
        yield from _of_query(session.execute(statement), columns)
    if section.rows is not None:
        for row in section.rows(session, filters):
            yield (
                tuple(row[column.name] for column in columns),
                tuple(_currency_of(row, column) for column in columns),
                tuple(row.get(f"{column.name}_id") for column in columns),
            )


def _currency_of(row: Any, column: Column) -> str:
    return row[column.currency] if column.kind is Kind.amount else ""


def _of_query(
    result: Result[Any], columns: Sequence[Column]
) -> Iterator[tuple[Record, Record, Record]]:
    keys = list(result.keys())
    places = [keys.index(column.name) for column in columns]
    monies = [keys.index(c.currency) if c.kind is Kind.amount else -1 for c in columns]
    leads = [keys.index(f"{c.name}_id") if c.leads_to else -1 for c in columns]
    for row in result:
        whole = (*row, "")
        yield (
            tuple(whole[place] for place in places),
            tuple(whole[place] for place in monies),
            tuple(whole[place] for place in leads),
        )
