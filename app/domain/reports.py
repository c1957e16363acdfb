"""Reports that the worker makes and a manager downloads."""

from enum import StrEnum, auto


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
