"""The first rows of each table of a report, for its page, and the bars of its charts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from reports.shape import Column, Kind, Section

ROWS: Final = 40
"""Rows of each table that the page shows; the file has them all."""
NUMBERS: Final = frozenset({Kind.whole, Kind.amount, Kind.rate})


class Glance:
    """Gathers what a page can hold while the rows go by."""

    def __init__(self) -> None:
        self.tables: list[dict[str, Any]] = []
        self.columns: Sequence[Column] = ()
        self.chart: tuple[int, int] | None = None

    def begin(self, section: Section, columns: Sequence[Column]) -> None:
        """Begin a table, with a chart where the section has one and its columns are shown."""
        self.columns, self.chart = columns, None
        names = [column.name for column in columns]
        table: dict[str, Any] = {
            "title": section.title,
            "note": section.note,
            "columns": [
                {"label": c.label, "number": c.kind in NUMBERS, "kind": c.leads_to or c.kind.value}
                for c in columns
            ],
            "rows": [],
            "count": 0,
        }
        chart = section.chart
        if chart is not None and chart.value in names:
            self.chart = names.index(chart.label), names.index(chart.value)
            table["chart"] = {"title": chart.title, "bars": []}
        self.tables.append(table)

    def take(
        self,
        texts: Sequence[str],
        values: Sequence[Any],
        currencies: Sequence[str],
        targets: Sequence[Any],
    ) -> None:
        """Take a row, if the page still has room."""
        table = self.tables[-1]
        table["count"] += 1
        if table["count"] > ROWS:
            return
        table["rows"].append(
            [
                [text, currency, target] if target else [text, currency]
                for text, currency, target in zip(texts, currencies, targets, strict=True)
            ]
        )
        if self.chart is not None:
            label, value = self.chart
            bar = [texts[label], str(Decimal(values[value] or 0)), texts[value], currencies[value]]
            table["chart"]["bars"].append(bar)
