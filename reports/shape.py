"""What a report is made of: sections with columns and a query each, and what it may be asked for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, auto
from pathlib import Path
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session


class Kind(StrEnum):
    """How the values of a column are written."""

    text = auto()
    word = auto()
    """A member of one of the trade's enums."""
    whole = auto()
    amount = auto()
    """With the decimals of the currency that the column names."""
    rate = auto()
    day = auto()
    instant = auto()
    """In the zone that stands above the tables, with its offset."""


class Audience(StrEnum):
    """Who reads a report. ``admin/reports.py`` says which roles these are."""

    company = auto()
    """All staff; what artists are paid is left out for whoever may not see it."""
    money = auto()
    access = auto()
    """Who may do what in the house."""
    log = auto()


class Parameter(StrEnum):
    """What a report can be narrowed to, and the name of its field."""

    production = auto()
    artist = auto()
    since = auto()
    until = auto()
    on = auto()
    """The day the figures are drawn up to."""
    entity = auto()
    actor = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name it has in the query, its heading, and how it is written."""

    name: str
    label: str
    kind: Kind = Kind.text
    is_fee: bool = False
    """Left out, column and all, for whoever may not see fees."""
    currency: str = "currency"
    """Which column of the query holds the currency of an amount."""
    leads_to: str = ""
    """What record the page links to, by the number in the query's ``<name>_id``."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What somebody narrowed a report down to."""

    zone: str
    base_currency: str
    today: date
    """The company's day when it was asked for."""
    production_id: int | None = None
    person_id: int | None = None
    since: date | None = None
    until: date | None = None
    on: date | None = None
    entity: str = ""
    actor: str = ""

    @property
    def day(self) -> date:
        """Return the day the figures are drawn up to."""
        return self.on or self.today


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one section: what each is called and which column it measures."""

    label: str
    value: str
    title: str


Query = Callable[[Filters], Select[Any]]
Rows = Callable[[Session, Filters], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report: from a query, or from rows that a service works out."""

    title: str
    columns: tuple[Column, ...]
    query: Query | None = None
    rows: Rows | None = None
    chart: Chart | None = None
    is_fee: bool = False
    """Left out altogether for whoever may not see fees."""
    note: str = ""
    """What a reader has to know of its figures."""

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
    audience: Audience = Audience.company
    parameters: tuple[Parameter, ...] = ()
    needed: tuple[Parameter, ...] = ()
    """Without these it cannot be made."""

    def tables(self, *, fees: bool) -> tuple[Section, ...]:
        """Return the sections for whoever reads it."""
        return tuple(section for section in self.sections if fees or not section.is_fee)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the tables: whose report, of when, narrowed how."""

    title: str
    company: str
    as_of: datetime
    zone: str
    filters: str
    made_for: str
    reference: str
    """Its own name, by which the list of reports finds it again."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report as a file, with how many rows it has, the hash of what they say, and its first rows."""

    path: Path
    row_count: int
    data_sha256: str
    tables: list[dict[str, Any]]
