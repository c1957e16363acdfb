"""A report as PDF by typst: tagged (PDF/UA-1, ISO 14289-1), the same bytes for the same data."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import typst

from app.domain.errors import Refused
from reports.render.port import as_of, preface
from reports.shape import Column, Head, Kind, Section

TEMPLATE: Final = Path(__file__).resolve().parent.parent / "templates" / "report.typ"
STANDARDS: Final = ["ua-1", "a-3a"]
NUMBERS: Final = frozenset({Kind.whole, Kind.amount, Kind.rate})


class PdfFile:
    """Gathers the tables as data, and lets typst set them at the end."""

    place: Path

    def __init__(self) -> None:
        self.data: dict[str, Any] = {"sections": []}
        self.timestamp = 0
        self.amounts: list[int] = []

    def open(self, place: Path, head: Head, width: int) -> None:
        """Take what the report says of itself."""
        self.place = place
        self.data |= {
            "title": head.title,
            "company": head.company,
            "as_of": as_of(head),
            "preface": preface(head)[1:],
        }
        self.timestamp = int(head.as_of.timestamp())

    def section(self, section: Section, columns: Sequence[Column]) -> None:
        """Begin a table."""
        shown = [
            {"label": column.label, "number": column.kind in NUMBERS, "wide": column.name in WIDE}
            for column in columns
        ]
        table = {"title": section.title, "note": section.note, "columns": shown, "rows": []}
        self.data["sections"].append(table)
        self.amounts = [n for n, column in enumerate(columns) if column.kind is Kind.amount]

    def row(self, texts: Sequence[str], values: Sequence[Any], currencies: Sequence[str]) -> None:
        """Take a row; an amount gets its thousands apart, as people read it."""
        cells = list(texts)
        for place in self.amounts:
            cells[place] = _spaced(cells[place])
        self.data["sections"][-1]["rows"].append(cells)

    def close(self, row_count: int, data_sha256: str) -> None:
        """Set the paper."""
        self.data |= {"row_count": str(row_count), "sha256": data_sha256}
        error = ""
        # The typefaces typst brings; where they lack a letter, those of the machine.
        for only_own in (True, False):
            try:
                self.place.write_bytes(self._set(only_own=only_own))
            except typst.TypstError as failure:
                error = str(failure)
            else:
                return
        raise Refused(f"The PDF could not be set: {error}")

    def abandon(self) -> None:
        """Forget the tables: nothing is on the disk yet."""
        self.data.clear()

    def _set(self, *, only_own: bool) -> bytes:
        with TemporaryDirectory(prefix="report-") as room:
            Path(room, "main.typ").write_bytes(TEMPLATE.read_bytes())
            Path(room, "data.json").write_text(json.dumps(self.data), encoding="utf-8")
            # The wheel's stubs mix up the kinds of input that may stand beside each other.
            made: bytes = cast("Any", typst).compile(
                Path(room, "main.typ"),
                root=Path(room),
                format="pdf",
                pdf_standards=STANDARDS,
                ignore_system_fonts=only_own,
                timestamp=self.timestamp,
            )
        return made


WIDE: Final = frozenset({"production", "artist", "what", "after", "before", "missing"})


def _spaced(amount: str) -> str:
    return f"{Decimal(amount):,f}" if amount else ""
