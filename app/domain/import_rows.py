"""One row seen through the mapping: its cells by our names, and what is wrong with each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from app.domain.errors import Refused
from app.domain.import_book import Cell, Row, Sheet, shown
from app.domain.import_columns import FIELDS, SheetMapping
from app.domain.import_report import Severity, SheetReport

Value = TypeVar("Value")


@dataclass(slots=True)
class RowCells:
    """The cells of one row by field. Problems are gathered, so that a person reads all at once."""

    number: int
    cells: dict[str, Cell]
    columns: dict[str, str]
    report: SheetReport
    is_refused: bool = field(default=False)

    def text(self, key: str) -> str:
        """Return the text of a cell, without blanks around it; empty where there is none."""
        return shown(self.cells.get(key))

    def need(self, key: str, parse: Callable[[Cell], Value]) -> Value | None:
        """Read a cell that must hold something; refuse the row where it does not."""
        if not self.text(key):
            self.refuse(
                key, f"{self._label(key)} is empty. Fill it in, and bring the workbook in again."
            )
            return None
        return self.read(key, parse)

    def read(self, key: str, parse: Callable[[Cell], Value]) -> Value | None:
        """Read a cell that may be empty; refuse the row where it cannot be read."""
        if not self.text(key):
            return None
        try:
            return parse(self.cells.get(key))
        except Refused as refusal:
            self.refuse(key, refusal.reason)
            return None

    def refuse(self, key: str, text: str) -> None:
        """Refuse the row because of a cell."""
        self.is_refused = True
        self.report.refuse(self.number, self.columns.get(key, ""), text)

    def conflict(self, key: str, text: str) -> None:
        """Say that somebody has to decide something about the row."""
        self.report.say(self.number, self.columns.get(key, ""), Severity.conflict, text)

    def note(self, key: str, text: str) -> None:
        """Say how a cell was read."""
        self.report.say(self.number, self.columns.get(key, ""), Severity.note, text)

    def same_as(self) -> tuple[str, ...]:
        """Return the mapped cells as text: two rows that agree in all of them say the same thing."""
        return tuple(self.text(key) for key in self.cells)

    def _label(self, key: str) -> str:
        return self.columns.get(key, key.replace("_", " "))


def rows_of(sheet: Sheet, chosen: SheetMapping, report: SheetReport) -> Iterator[RowCells]:
    """Give each row of a sheet with its cells by field."""
    places = {
        field.key: sheet.headings.index(chosen.columns[field.key])
        for field in FIELDS[chosen.topic]
        if field.key in chosen.columns
    }
    for row in sheet.rows:
        cells = {key: _cell(row, place) for key, place in places.items()}
        yield RowCells(row.number, cells, chosen.columns, report)


def _cell(row: Row, place: int) -> Cell:
    return row.cells[place] if place < len(row.cells) else None
