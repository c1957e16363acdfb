"""What a renderer is, and how a value is written in every one of them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.domain.currencies import decimals_of
from app.domain.local_time import offset_label
from reports.shape import Column, Head, Kind, Section


class Renderer(Protocol):
    """Writes one report into a file, row by row; what it cannot write on it does not hold."""

    def open(self, place: Path, head: Head, width: int) -> None:
        """Begin the file. ``width`` is the number of columns of the widest table."""
        ...

    def section(self, section: Section, columns: Sequence[Column]) -> None:
        """Begin a table."""
        ...

    def row(self, texts: Sequence[str], values: Sequence[Any], currencies: Sequence[str]) -> None:
        """Write a row of the table that was begun last: as text, as it is, and in which currency."""
        ...

    def close(self, row_count: int, data_sha256: str) -> None:
        """Write how much it was and what it hashes to, and end the file."""
        ...

    def abandon(self) -> None:
        """Let go of a file that is not going to be finished."""
        ...


Writer = Callable[[Any, str], str]


def writer_of(column: Column, zone: str) -> Writer:
    """Return how the values of a column become text: the same in every format, so hashes agree."""
    if column.kind is Kind.amount:
        return _amount
    if column.kind is Kind.rate:
        return _rate
    if column.kind is Kind.word:
        return _word
    if column.kind is Kind.instant:
        place = ZoneInfo(zone)
        return lambda value, _: "" if value is None else _instant(value, place)
    return _plain


def _amount(value: Any, currency: str) -> str:
    if value is None:
        return ""
    return str(Decimal(value).quantize(STEPS[decimals_of(currency)]))


STEPS = {places: Decimal(1).scaleb(-places) for places in range(5)}


def _rate(value: Any, _currency: str) -> str:
    return "" if value is None else f"{Decimal(value).normalize():f}"


def _word(value: Any, _currency: str) -> str:
    if value is None:
        return ""
    return str(value.value if isinstance(value, Enum) else value).replace("_", " ")


def _instant(value: datetime, zone: ZoneInfo) -> str:
    return value.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _plain(value: Any, _currency: str) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def as_of(head: Head) -> str:
    """Write when a report was true: 23 Nov 2026 15:20:05, Brisbane +10:00."""
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
        ("Reference", head.reference),
    ]
