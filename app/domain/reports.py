"""Reports that the worker makes and a manager downloads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, auto
from typing import Any, Final

from app.domain.errors import Refused
from app.domain.moves import follow

PAPER_ROWS: Final = 2_000
"""More rows than these are no paper that anybody reads: about sixty pages."""
LONG_ROWS: Final = 5_000
"""More rows than these are made in a process of their own, which gives back what it took."""
LONG_PAPER_ROWS: Final = 50
"""The same for a PDF: all its pages are held at once, about a third of a megabyte for each row."""
BIG_ROWS: Final = 50_000
"""From here on the link is sent by mail without being asked for: nobody waits at the page."""
KEEP_FOR: Final = timedelta(days=730)
"""How long the file of a report is kept; what it was, for whom and its hash stay on the list."""


class ReportFormat(StrEnum):
    """The file a report comes as."""

    csv = auto()
    pdf = auto()
    xlsx = auto()


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that has to be known to make a report."""

    run_id: int
    organisation_id: int
    request_id: str
    reference: str
    report: str
    format: ReportFormat
    parameters: Mapping[str, Any]
    words: str
    fees: bool
    zone: str
    base_currency: str
    today: date
    company: str
    made_for: str


class ReportStatus(StrEnum):
    """Where a requested report stands."""

    waiting = auto()
    running = auto()
    ready = auto()
    failed = auto()
    cancelled = auto()


class ReportEvent(StrEnum):
    """What moves a requested report."""

    start = auto()
    finish = auto()
    fail = auto()
    cancel = auto()


MOVES: Final = {
    (ReportStatus.waiting, ReportEvent.start): ReportStatus.running,
    (ReportStatus.running, ReportEvent.start): ReportStatus.running,
    (ReportStatus.failed, ReportEvent.start): ReportStatus.running,
    (ReportStatus.running, ReportEvent.finish): ReportStatus.ready,
    (ReportStatus.waiting, ReportEvent.fail): ReportStatus.failed,
    (ReportStatus.running, ReportEvent.fail): ReportStatus.failed,
    (ReportStatus.waiting, ReportEvent.cancel): ReportStatus.cancelled,
    (ReportStatus.running, ReportEvent.cancel): ReportStatus.cancelled,
}
"""A report that runs may start again: its worker may have been killed."""


def next_report_status(status: ReportStatus, event: ReportEvent) -> ReportStatus:
    """Return the status of a report run that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "report")


def check_size(report_format: ReportFormat, rows: int) -> None:
    """Refuse a paper that nobody could read, and say what to ask for instead."""
    if report_format is ReportFormat.pdf and rows > PAPER_ROWS:
        raise Refused(
            f"It has {rows:,} rows, and a PDF takes {PAPER_ROWS:,}. Make it as XLSX or CSV, or narrow "
            "it down.",
            field="format",
        )


def is_long(report_format: ReportFormat, rows: int) -> bool:
    """Tell whether a report is made in a process of its own."""
    return rows > (LONG_PAPER_ROWS if report_format is ReportFormat.pdf else LONG_ROWS)


def wants_letter(*, asked: bool, rows: int) -> bool:
    """Tell whether the link to a report is sent by mail."""
    return asked or rows >= BIG_ROWS
