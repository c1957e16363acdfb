"""What a report is made of: sections with columns and a query each, and what it was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Select


class Kind(StrEnum):
    """How the values of a column are written."""

    text = auto()
    word = auto()
    """A member of one of the trade's enums."""
    whole = auto()
    amount = auto()
    """With the decimals of the row's ``currency``."""
    day = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name it has in the query, its heading, and how it is written."""

    name: str
    label: str
    kind: Kind = Kind.text
    is_fee: bool = False
    """Left out, column and all, for whoever may not see fees."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What somebody narrowed a report down to."""

    zone: str
    production_id: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report."""

    title: str
    columns: tuple[Column, ...]
    query: Callable[[Filters], Select[Any]]

    def shown(self, *, fees: bool) -> tuple[Column, ...]:
        """Return the columns for whoever reads it."""
        return tuple(column for column in self.columns if fees or not column.is_fee)


@dataclass(frozen=True, slots=True)
class Report:
    """One report of the catalogue."""

    name: str
    title: str
    about: str
    sections: tuple[Section, ...]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the tables: whose report, of when, narrowed how."""

    title: str
    company: str
    as_of: datetime
    zone: str
    filters: str
    made_for: str


@dataclass(frozen=True, slots=True)
class Made:
    """A report as a file, with how many rows it has and the hash of what they say."""

    content: bytes
    row_count: int
    data_sha256: str
