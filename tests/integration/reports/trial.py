"""Reports for the tests alone: as long as wanted, and able to go wrong half way."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Integer, Select, column, func, select
from sqlalchemy.orm import Session

from reports.shape import Column, Filters, Kind, Report, Section

_NUMBER = (Column("number", "Number", Kind.whole),)


def of_length(rows: int) -> Report:
    """Return a report with that many rows."""

    def numbers(_filters: Filters) -> Select[Any]:
        return select(
            func.generate_series(1, rows)
            .table_valued(column("number", Integer))
            .render_derived()
            .c.number
        )

    return Report("trial", "Trial", "Numbers.", (Section("Numbers", _NUMBER, numbers),))


def that_stops(half_way: Callable[[], None]) -> Report:
    """Return a report of 2,000 rows that calls ``half_way`` after a thousand."""

    def numbers(_session: Session, _filters: Filters) -> Iterator[Mapping[str, Any]]:
        for number in range(2_000):
            if number == 1_000:
                half_way()
            yield {"number": number}

    return Report("trial", "Trial", "Numbers.", (Section("Numbers", _NUMBER, rows=numbers),))
