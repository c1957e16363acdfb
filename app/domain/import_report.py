"""What an import says of a book: the fate of every row, and what there is to do about it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum, auto

from app.domain.imports import RowOutcome


class Severity(StrEnum):
    """How much a message matters."""

    error = auto()
    """The row was refused."""
    conflict = auto()
    """The row came in, and somebody has to decide something."""
    note = auto()
    """The row came in, and this is how it was read."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about a row: where it stands and what to do."""

    row: int
    column: str
    severity: Severity
    text: str


@dataclass(slots=True)
class SheetReport:
    """The fates and remarks of one sheet."""

    sheet: str
    topic: str
    rows: int = 0
    """Rows that came in; the fates add up to it."""
    outcomes: dict[int, RowOutcome] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def settle(self, row: int, outcome: RowOutcome) -> None:
        """Record what became of a row."""
        self.outcomes[row] = outcome

    def say(self, row: int, column: str, severity: Severity, text: str) -> None:
        """Add a remark about a row."""
        self.remarks.append(Remark(row, column, severity, text))

    def refuse(self, row: int, column: str, text: str) -> None:
        """Refuse a row and say why."""
        self.settle(row, RowOutcome.refused)
        self.say(row, column, Severity.error, text)

    def counts(self) -> dict[str, int]:
        """Return the rows that came in and how many met each fate."""
        met = Counter(self.outcomes.values())
        return {"rows": self.rows} | {fate.value: met[fate] for fate in RowOutcome}


@dataclass(slots=True)
class BookReport:
    """The reports of all sheets of one book, and the sheets that were left aside."""

    sheets: list[SheetReport] = field(default_factory=list)
    left_aside: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the counts of each sheet."""
        return {sheet.sheet: sheet.counts() for sheet in self.sheets}

    def remarks(self) -> list[tuple[SheetReport, Remark]]:
        """Return every remark with its sheet, in the order of the book."""
        return [
            (sheet, remark)
            for sheet in self.sheets
            for remark in sorted(sheet.remarks, key=lambda remark: remark.row)
        ]

    def touched(self) -> int:
        """Return how many rows add or change something: none when the same book comes again."""
        return sum(
            counts[RowOutcome.added] + counts[RowOutcome.changed]
            for counts in self.counts().values()
        )


def adds_up(counts: dict[str, int]) -> bool:
    """Tell whether the fates of a sheet's rows add up to its rows."""
    return counts["rows"] == sum(counts[fate] for fate in RowOutcome)
