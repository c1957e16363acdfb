"""What the page of one report shows: how far it is, the bars, and the first rows of each table."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from admin.links import href_to
from app.domain.money import format_amount
from app.domain.reports import ReportStatus
from app.models.reports import ReportRun

AT_WORK: Final = (ReportStatus.waiting, ReportStatus.running)
BARS: Final = 12
ROOM: Final = 190
"""Width that the longest bar takes of the drawing's 400."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its value as written, where it lies and how long it is."""

    label: str
    said: str
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """The chart of a table, of one currency where it measures money."""

    title: str
    bars: list[Bar]

    @property
    def height(self) -> int:
        """Return how high the drawing is."""
        return 24 * len(self.bars) + 4

    @property
    def said(self) -> str:
        """Return the bars in words, for whoever does not see them."""
        return ", ".join(f"{bar.label} {bar.said}" for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its headings, its first rows as (text, address), and how many more the file has."""

    title: str
    note: str
    columns: Sequence[dict[str, Any]]
    rows: list[list[tuple[str, str]]]
    more: int
    chart: Drawn | None


def how_far(run: ReportRun) -> dict[str, Any]:
    """Return how far a report is: in words, and as numbers for the bar."""
    glance = run.glance
    done = glance.rows_done if glance else 0
    total = glance.rows_total if glance else None
    if run.status is ReportStatus.waiting:
        words = "Waits for the worker."
    elif total is None:
        words = "The rows are counted."
    else:
        words = f"{done:,} of {total:,} rows."
    return {
        "status": run.status.value,
        "is_at_work": run.status in AT_WORK,
        "words": words,
        "done": done,
        "total": total or 0,
    }


def tables_of(run: ReportRun) -> list[Table]:
    """Return the tables of a report that is made."""
    if run.status is not ReportStatus.ready or run.glance is None:
        return []
    return [_table(kept) for kept in run.glance.tables]


def _table(kept: dict[str, Any]) -> Table:
    columns = kept["columns"]
    rows = [
        [_cell(column, cell) for column, cell in zip(columns, row, strict=True)]
        for row in kept["rows"]
    ]
    more = kept["count"] - len(rows)
    return Table(kept["title"], kept["note"], columns, rows, more, _chart(kept.get("chart")))


def _cell(column: dict[str, Any], cell: Sequence[Any]) -> tuple[str, str]:
    text, currency = cell[0], cell[1]
    href = href_to(column["kind"], cell[2]) if len(cell) > 2 else ""
    return _written(text, currency), href


def _written(text: str, currency: str) -> str:
    return format_amount(Decimal(text), currency) if text and currency else text


def _chart(kept: dict[str, Any] | None) -> Drawn | None:
    """Draw the bars; of several currencies the one that most rows have, since they do not compare."""
    if kept is None or not kept["bars"]:
        return None
    currencies = [bar[3] for bar in kept["bars"]]
    main = max(currencies, key=currencies.count)
    shown = [bar for bar in kept["bars"] if bar[3] == main][:BARS]
    most = max((Decimal(bar[1]) for bar in shown), default=Decimal(0)) or Decimal(1)
    title = f"{kept['title']}, {main}" if main else kept["title"]
    bars = [
        Bar(label, _written(text, currency), 24 * place, _width(Decimal(value) / most))
        for place, (label, value, text, currency) in enumerate(shown)
    ]
    return Drawn(title, bars)


def _width(share: Decimal) -> float:
    return max(1.0, round(float(share) * ROOM, 1))
