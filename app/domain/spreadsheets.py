"""What goes into a spreadsheet as text stays text: no cell of ours is taken for a formula.

OWASP, "CSV Injection": a cell that begins with = + - @, a tab or a line break is run by the program
that opens it. Numbers of our own making are written as numbers.
"""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import Final

RISKY: Final = frozenset("=+-@\t\r\n|%＝＋－＠")
"""Signs that begin a formula or a command, also in their full-width forms."""
BOM: Final = "\ufeff"
"""Without it Excel reads the file in the machine's old code page, and Þórdís is lost."""


def safe_text(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs: a risky one gets an apostrophe in front."""
    shown = text.replace("\0", "")
    return f"'{shown}" if shown.lstrip(" \u00a0")[:1] in RISKY and shown.strip() else shown


def safe_cell(value: object) -> object:
    """Return a value as a cell: text that a program might run gets an apostrophe in front."""
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV (RFC 4180) that is safe to open in a spreadsheet."""
    out = StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue()
