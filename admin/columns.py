"""Columns of a list and values of a record: which attribute, under which words, written how.

A value is written by its type: a state with its mark, an amount with its currency, a day, an
instant, a person by name. ``Column("fee", "Fee")`` is enough where the attribute says it all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, StrEnum
from operator import attrgetter
from typing import Any

from app.marks import MARKS, state, word_of
from app.presentation import day, hour, moment, money


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``name`` is an attribute path (``engagement.person``) unless ``value`` computes it.

    ``order`` is the SQL expression to sort by; a plain column of the record sorts by itself.
    ``phone_label`` shows the label before the value where the row is folded on a phone.
    """

    name: str
    label: str = ""
    value: Callable[[Any], Any] | None = None
    order: Any = None
    currency: str = "currency"
    phone_label: bool = False

    def read(self, record: Any) -> Any:
        """Return the value of this column for a record; an absent relation is an absent value."""
        if self.value is not None:
            return self.value(record)
        try:
            return attrgetter(self.name)(record)
        except AttributeError:
            if "." in self.name and _is_cut_short(record, self.name):
                return None
            raise

    def show(self, record: Any) -> Any:
        """Return the value as a page shows it."""
        value = self.read(record)
        is_amount = isinstance(value, Decimal)
        return present(value, _currency(record, self.currency) if is_amount else "")


def present(value: Any, currency: str = "") -> Any:
    """Write a value by its type."""
    match value:
        case None:
            return ""
        case bool():
            return state(value)
        case StrEnum() if type(value) in MARKS:
            return state(value)
        case Enum():
            return word_of(value)
        case Decimal():
            return money(value, currency) if currency else f"{value.normalize():f}"
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case time():
            return hour(value)
        case _:
            return value


def label_of(name: str) -> str:
    """Return the words for an attribute where a view gives none: starts_on is Starts on."""
    words = name.rpartition(".")[2].removesuffix("_id").replace("_", " ")
    return words[:1].upper() + words[1:]


def _currency(record: Any, path: str) -> str:
    try:
        found = attrgetter(path)(record)
    except AttributeError:
        return ""
    return str(found or "")


def _is_cut_short(record: Any, path: str) -> bool:
    """Tell whether a relation on the way of the path is None, rather than misspelt."""
    for part in path.split("."):
        record = getattr(record, part)
        if record is None:
            return True
    return False
