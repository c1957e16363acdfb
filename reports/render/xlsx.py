"""A report as a workbook: a sheet for each table, numbers and days as such, text never a formula.

Rows go to the disk as they come (xlsxwriter's ``constant_memory``), so a million of them need no
more memory than ten.
"""

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.domain.currencies import decimals_of
from app.domain.spreadsheets import safe_text
from reports.render.port import preface
from reports.shape import Column, Head, Kind, Section

SHEET_ROWS: Final = 1_048_576
"""As many as a sheet has (ECMA-376); what is more goes on to another."""
NAME: Final = 31
"""As long as a sheet's name may be."""
TYPES: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDTHS: Final = {Kind.day: 11, Kind.instant: 19, Kind.amount: 15, Kind.whole: 10, Kind.rate: 12}


class XlsxFile:
    """Writes each table on a sheet of its own; the first sheet says what the report is."""

    book: Workbook
    head: Head
    about: Worksheet
    sheet: Worksheet
    table: Section
    bold: Format

    def __init__(self) -> None:
        self.columns: Sequence[Column] = ()
        self.titles: set[str] = set()
        self.line = 0
        self.formats: dict[str, Format] = {}
        self.zone = ZoneInfo("UTC")

    def open(self, place: Path, head: Head, width: int) -> None:
        """Begin the workbook with the sheet that says what it is."""
        options = {**TYPES, "constant_memory": True, "tmpdir": str(place.parent)}
        self.book = Workbook(str(place), options)
        made_at = head.as_of.astimezone(UTC).replace(tzinfo=None)
        self.book.set_properties({"title": head.title, "company": head.company, "created": made_at})
        self.head, self.zone = head, ZoneInfo(head.zone)
        self.bold = self.book.add_format({"bold": True})
        self.about = self._sheet("About")
        self.about.set_column(0, 0, 22)
        self.about.set_column(1, 1, 70)

    def section(self, section: Section, columns: Sequence[Column]) -> None:
        """Begin a table on a new sheet, its headings standing still."""
        self.table, self.columns = section, columns
        self.sheet = self._sheet(section.title)
        for place, column in enumerate(columns):
            self.sheet.set_column(place, place, WIDTHS.get(column.kind, 22))
        self.sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            self.sheet.write_string(0, place, column.label, self.bold)
        self.line = 1

    def row(self, texts: Sequence[str], values: Sequence[Any], currencies: Sequence[str]) -> None:
        """Write a row: amounts, days and instants typed, everything else as text."""
        if self.line == SHEET_ROWS:
            self.section(self.table, self.columns)
        for place, column in enumerate(self.columns):
            value = values[place]
            if value is not None:
                self._cell(place, column.kind, value, texts[place], currencies[place])
        self.line += 1

    def close(self, row_count: int, data_sha256: str) -> None:
        """Say on the first sheet what the report is, how much and what it hashes to."""
        facts = [
            *preface(self.head),
            ("Rows", str(row_count)),
            ("SHA-256 of the data", data_sha256),
        ]
        for line, (name, value) in enumerate(facts):
            self.about.write_string(line, 0, name, self.bold)
            self.about.write_string(line, 1, safe_text(value))
        self.book.close()

    def abandon(self) -> None:
        """Let go of the sheets' own files; the folder they lie in is taken away."""
        for sheet in self.book.worksheets():
            sheet.row_data_fh.close()

    def _cell(self, place: int, kind: Kind, value: Any, text: str, currency: str) -> None:
        if kind is Kind.amount:
            self.sheet.write_number(self.line, place, float(value), self._amount(currency))
        elif kind is Kind.day:
            self.sheet.write_datetime(self.line, place, value, self._format("yyyy-mm-dd"))
        elif kind is Kind.instant:
            local = value.astimezone(self.zone).replace(tzinfo=None)
            self.sheet.write_datetime(self.line, place, local, self._format("yyyy-mm-dd hh:mm:ss"))
        elif kind is Kind.whole and isinstance(value, (int, Decimal)):
            self.sheet.write_number(self.line, place, int(value))
        elif kind is Kind.rate:
            self.sheet.write_number(self.line, place, float(value), self._format("0.000000"))
        elif text:
            self.sheet.write_string(self.line, place, safe_text(text))

    def _amount(self, currency: str) -> Format:
        places = decimals_of(currency)
        return self._format("#,##0." + "0" * places if places else "#,##0")

    def _format(self, pattern: str) -> Format:
        known = self.formats.get(pattern)
        if known is None:
            known = self.formats[pattern] = self.book.add_format({"num_format": pattern})
        return known

    def _sheet(self, title: str) -> Worksheet:
        name, number = title[:NAME], 2
        while name.lower() in self.titles:
            tail = f" ({number})"
            name, number = title[: NAME - len(tail)] + tail, number + 1
        self.titles.add(name.lower())
        return self.book.add_worksheet(name)
