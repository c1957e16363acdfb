"""What a renderer is, and how a value is written in every one of them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.domain.currencies import decimals_of
from app.domain.local_time import offset_label
from reports.shape import Column, Head, Kind


class Renderer(Protocol):
    """Writes one report. ``close`` returns the file; nothing is kept anywhere else."""

    def open(self, head: Head) -> None:
        """Write what stands above the tables."""
        ...

    def section(self, title: str, columns: Sequence[Column]) -> None:
        """Begin a table."""
        ...

    def row(self, columns: Sequence[Column], cells: Sequence[str]) -> None:
        """Write a row of the table that was begun last."""
        ...

    def close(self, row_count: int, data_sha256: str) -> bytes:
        """Write how much it was and what it hashes to, and return the file."""
        ...


def written(column: Column, row: Any) -> str:
    """Return a value as text: the same in every format, so that their hashes agree."""
    value = getattr(row, column.name)
    if value is None:
        return ""
    if column.kind is Kind.amount:
        places = Decimal(1).scaleb(-decimals_of(row.currency))
        return str(Decimal(value).quantize(places))
    if column.kind is Kind.day and isinstance(value, date):
        return value.isoformat()
    if column.kind is Kind.word and isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    return str(value)


def as_of(head: Head) -> str:
    """Write when a report was true: 23 Nov 2026 15:20, Brisbane +10:00."""
    local = head.as_of.astimezone(ZoneInfo(head.zone))
    return f"{local.day} {local:%b %Y %H:%M:%S}, {offset_label(head.zone, head.as_of)}"


def preface(head: Head) -> list[tuple[str, str]]:
    """Return what a report says of itself, name and value."""
    return [
        ("Report", head.title),
        ("Company", head.company),
        ("As of", as_of(head)),
        ("Filters", head.filters),
        ("Made for", head.made_for),
    ]
