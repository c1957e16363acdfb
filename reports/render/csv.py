"""A report as CSV (RFC 4180) that no spreadsheet takes for formulas.

A cell that a spreadsheet would run gets an apostrophe in front (OWASP, "CSV Injection"); numbers and
days are written by us and stay as they are.
"""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Final

from app.domain.spreadsheets import safe_text
from reports.render.port import preface
from reports.shape import Column, Head, Kind

OURS: Final = frozenset({Kind.whole, Kind.amount, Kind.day})
BOM: Final = "utf-8-sig"
"""Spreadsheets take a file without it for the machine's own alphabet."""


class CsvFile:
    """Writes the tables one below the other, each under its title."""

    media_type = "text/csv"

    def __init__(self) -> None:
        self.out = StringIO(newline="")
        self.lines = csv.writer(self.out)

    def open(self, head: Head) -> None:
        """Write what the report says of itself."""
        for name, value in preface(head):
            self.lines.writerow((name, safe_text(value)))

    def section(self, title: str, columns: Sequence[Column]) -> None:
        """Begin a table: an empty line, its title, its headings."""
        self.lines.writerow(())
        self.lines.writerow((title,))
        self.lines.writerow([column.label for column in columns])

    def row(self, columns: Sequence[Column], cells: Sequence[str]) -> None:
        """Write a row."""
        self.lines.writerow(
            [
                cell if column.kind in OURS else safe_text(cell)
                for column, cell in zip(columns, cells, strict=True)
            ]
        )

    def close(self, row_count: int, data_sha256: str) -> bytes:
        """Write the number of rows and their hash: a file that was cut short lacks them."""
        self.lines.writerow(())
        self.lines.writerow(("Rows", row_count))
        self.lines.writerow(("SHA-256 of the data", data_sha256))
        return self.out.getvalue().encode(BOM)
