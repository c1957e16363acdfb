"""A report as CSV (RFC 4180) that no spreadsheet takes for formulas.

A cell that a spreadsheet would run gets an apostrophe in front (OWASP, "CSV Injection"); numbers and
days are written by us and stay as they are. Every line has the same number of fields.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from app.domain.spreadsheets import safe_text
from reports.render.port import preface
from reports.shape import Column, Head, Kind, Section

OURS: Final = frozenset({Kind.whole, Kind.amount, Kind.rate, Kind.day, Kind.instant})
BOM: Final = "utf-8-sig"
"""Spreadsheets take a file without it for the machine's own alphabet."""
AT_ONCE: Final = 1 << 18
"""Bytes written to the disk at a time."""


class CsvFile:
    """Writes the tables one below the other, each under its title."""

    out: TextIO
    lines: Any

    def __init__(self) -> None:
        self.width = 2
        self.free: list[int] = []
        self.rest: list[str] = []

    def open(self, place: Path, head: Head, width: int) -> None:
        """Write what the report says of itself."""
        self.width = max(2, width)
        self.out = place.open("w", encoding=BOM, newline="", buffering=AT_ONCE)
        self.lines = csv.writer(self.out)
        for name, value in preface(head):
            self._line(name, safe_text(value))

    def section(self, section: Section, columns: Sequence[Column]) -> None:
        """Begin a table: an empty line, its title, its headings."""
        self._line()
        self._line(section.title)
        self._line(*(column.label for column in columns))
        self.free = [n for n, column in enumerate(columns) if column.kind not in OURS]
        self.rest = [""] * (self.width - len(columns))

    def row(self, texts: Sequence[str], values: Sequence[Any], currencies: Sequence[str]) -> None:
        """Write a row."""
        cells = list(texts)
        for place in self.free:
            cells[place] = safe_text(cells[place])
        self.lines.writerow(cells + self.rest)

    def close(self, row_count: int, data_sha256: str) -> None:
        """Write the number of rows and their hash: a file that was cut short lacks them."""
        self._line()
        self._line("Rows", str(row_count))
        self._line("SHA-256 of the data", data_sha256)
        self.out.close()

    def abandon(self) -> None:
        """Let go of the file."""
        self.out.close()

    def _line(self, *cells: str) -> None:
        self.lines.writerow([*cells, *[""] * (self.width - len(cells))])
