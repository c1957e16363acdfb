"""What becomes of each row of a workbook that is brought in."""

from enum import StrEnum, auto
from typing import Final

from app.domain.moves import follow


class RowOutcome(StrEnum):
    """The five fates of a row; they add up to the rows that came in."""

    added = auto()
    changed = auto()
    unchanged = auto()
    merged = auto()
    refused = auto()


class ImportStatus(StrEnum):
    """Where an import stands."""

    uploaded = auto()
    checking = auto()
    checked = auto()
    importing = auto()
    done = auto()
    failed = auto()


class ImportEvent(StrEnum):
    """What moves an import."""

    check = auto()
    found = auto()
    run = auto()
    finish = auto()
    fail = auto()


MOVES: Final = {
    (ImportStatus.uploaded, ImportEvent.check): ImportStatus.checking,
    (ImportStatus.checking, ImportEvent.check): ImportStatus.checking,
    (ImportStatus.checking, ImportEvent.found): ImportStatus.checked,
    (ImportStatus.checking, ImportEvent.fail): ImportStatus.failed,
    (ImportStatus.checked, ImportEvent.check): ImportStatus.checking,
    (ImportStatus.checked, ImportEvent.run): ImportStatus.importing,
    (ImportStatus.importing, ImportEvent.run): ImportStatus.importing,
    (ImportStatus.importing, ImportEvent.finish): ImportStatus.done,
    (ImportStatus.importing, ImportEvent.fail): ImportStatus.failed,
    (ImportStatus.failed, ImportEvent.check): ImportStatus.checking,
}
"""Checking and importing may begin again: a worker that was killed leaves nothing half-written."""


def next_import_status(status: ImportStatus, event: ImportEvent) -> ImportStatus:
    """Return the status of an import that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "import")
