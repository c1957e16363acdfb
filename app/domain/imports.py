"""What becomes of each row of a workbook that is brought in."""

from enum import StrEnum, auto


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
