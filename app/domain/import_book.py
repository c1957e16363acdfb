"""A workbook as the import reads it: sheets of rows, each row knowing its own number."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

Cell = str | int | float | bool | datetime | date | time | timedelta | None
"""What a cell of a spreadsheet holds."""

MAX_ROWS = 50_000
"""Rows of one sheet. The largest book we know has 4,084."""

MAX_COLUMNS = 60

MAX_BYTES = 20 * 1024 * 1024
"""Of the file as it is sent."""

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the headings; ``number`` is the one the spreadsheet shows."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its headings and the rows below that hold anything."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]

    def samples(self, heading: str, most: int = 3) -> list[str]:
        """Return a few different values of a column, for a person to recognise it by."""
        place = self.headings.index(heading)
        values = (row.cells[place] for row in self.rows if place < len(row.cells))
        found = dict.fromkeys(shown(value) for value in values if value is not None)
        found.pop("", None)
        return list(found)[:most]


@dataclass(frozen=True, slots=True)
class Book:
    """A whole workbook."""

    sheets: tuple[Sheet, ...]


def outline(book: Book) -> list[dict[str, Any]]:
    """Return what a person needs to recognise the columns of a book, without its rows."""
    return [
        {
            "name": sheet.name,
            "rows": len(sheet.rows),
            "columns": [[heading, sheet.samples(heading)] for heading in sheet.headings],
        }
        for sheet in book.sheets
    ]


def from_outline(kept: list[dict[str, Any]]) -> Book:
    """Return a book that has its sheets and headings, and no rows."""
    return Book(
        tuple(
            Sheet(sheet["name"], tuple(heading for heading, _ in sheet["columns"]), ())
            for sheet in kept
        )
    )


def shown(value: Cell) -> str:
    """Return a cell as a person would read it aloud: dates without an empty time of day."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def unique_headings(found: list[Cell]) -> tuple[str, ...]:
    """Return headings that differ: an empty one is named by its column, a repeated one numbered."""
    names: list[str] = []
    for place, value in enumerate(found):
        name = shown(value) or f"Column {column_letter(place)}"
        names.append(name if name not in names else f"{name} (column {column_letter(place)})")
    return tuple(names)


def column_letter(place: int) -> str:
    """Return the letters a spreadsheet puts over its column number ``place``, counted from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
