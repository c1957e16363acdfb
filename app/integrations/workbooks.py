"""Excel workbooks (ECMA-376 .xlsx) read into plain rows, with limits: a file is not to be trusted."""

import zipfile
from io import BytesIO
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.domain.errors import Refused
from app.domain.import_book import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    Book,
    Cell,
    Row,
    Sheet,
    shown,
    unique_headings,
)

MAX_UNPACKED: Final = 200 * 1024 * 1024
"""A workbook is a zip; what it unpacks to is asked before it is unpacked."""

_NOT_A_WORKBOOK: Final = (
    "This is not an Excel workbook (.xlsx). Save it as .xlsx in your spreadsheet program, and choose "
    "that file."
)
_OLD: Final = b"\xd0\xcf\x11\xe0"
"""First bytes of the formats before 2007, and of encrypted workbooks."""


def read_workbook(content: bytes) -> Book:
    """Return the sheets of a workbook, or refuse with a reason."""
    _check_package(content)
    try:
        workbook = load_workbook(BytesIO(content), read_only=True, data_only=True)
        try:
            sheets = tuple(
                sheet for found in workbook.worksheets if (sheet := _sheet(found)) is not None
            )
        finally:
            workbook.close()
    except Refused:
        raise
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:  # fmt: skip
        # openpyxl raises whatever its XML parser met; the person can only send a sound file.
        raise Refused(
            "The workbook is damaged and cannot be read. Open it, save it again, and choose that file.",
            field="file",
        ) from error
    if not sheets:
        raise Refused("The workbook has no sheet with headings and rows.", field="file")
    return Book(sheets)


def _check_package(content: bytes) -> None:
    if not content:
        raise Refused("The file is empty. Choose the workbook again.", field="file")
    if len(content) > MAX_BYTES:
        raise Refused("The workbook is larger than 20 MB. Split it by season.", field="file")
    if content.startswith(_OLD):
        raise Refused(
            "This workbook is encrypted or in the format before Excel 2007. Save it as .xlsx "
            "without a password, and choose that file.",
            field="file",
        )
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
    except zipfile.BadZipFile:
        raise Refused(_NOT_A_WORKBOOK, field="file") from None
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise Refused(_NOT_A_WORKBOOK, field="file")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused("The workbook unpacks to more than 200 MB. Split it by season.", field="file")


def _sheet(found: Any) -> Sheet | None:
    """Read one sheet: the first row that holds anything is the headings."""
    found.reset_dimensions()
    headings: tuple[str, ...] = ()
    rows: list[Row] = []
    for number, cells in enumerate(found.iter_rows(values_only=True), start=1):
        values = _trimmed(cells)
        if not values:
            continue
        if not headings:
            headings = unique_headings(list(values))
            continue
        if len(rows) >= MAX_ROWS:
            raise Refused(f"{found.title} has more than {MAX_ROWS:,} rows. Split it.", field="file")
        rows.append(Row(number, values))
    return Sheet(found.title, headings, tuple(rows)) if headings else None


def _trimmed(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Cut the empty cells at the end of a row."""
    last = len(cells)
    while last and not shown(cells[last - 1]):
        last -= 1
    return tuple(cells[: min(last, MAX_COLUMNS)])
