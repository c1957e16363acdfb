"""Reports that the worker makes and a manager downloads."""

from enum import StrEnum, auto
from typing import Final

from app.domain.moves import follow


class ReportFormat(StrEnum):
    """The file a report comes as."""

    csv = auto()
    pdf = auto()
    xlsx = auto()


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
