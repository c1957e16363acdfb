"""Filters and saved views of a list: what a reader may ask, in words, and the SQL it means.

A filter is one labelled control of the bar above the list, and a part of the address. A saved view
is a question asked so often that it has a name, and a count.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, true

from app.domain.errors import Refused
from app.domain.names import fold
from app.domain.periods import parse_day
from app.marks import word_of

Condition = ColumnElement[bool]
Choices = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SavedView:
    """A named question. Without ``where``: everything. ``archived``: what has been put away."""

    name: str
    label: str
    where: Callable[[], Condition] | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Free words. ``where`` is given what was typed."""

    name: str
    label: str
    where: Callable[[str], Condition]

    kind: ClassVar[str] = "words"

    def condition(self, typed: str) -> Condition | None:
        """Return the SQL for what was typed, or None for nothing."""
        words = typed.replace("\0", "").strip()
        return self.where(words) if words else None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few: a status, a season. Never a list of thousands; use Words for those."""

    name: str
    label: str
    options: Callable[[], Choices]
    where: Callable[[str], Condition]
    any: str = "All"

    kind: ClassVar[str] = "choice"

    @classmethod
    def of(cls, name: str, label: str, column: Any, any: str = "Any") -> "Choice":  # noqa: A002  the word on the screen
        """Offer the members of the enum that ``column`` holds."""
        members: type[StrEnum] = column.type.enum_class
        return cls(
            name,
            label,
            lambda: [(member.name, word_of(member)) for member in members],
            lambda typed: column == members[typed],
            any,
        )

    def condition(self, typed: str) -> Condition | None:
        """Return the SQL for the chosen option; what is not offered is not asked."""
        offered = {value for value, _ in self.options()}
        return self.where(typed) if typed in offered else None


@dataclass(frozen=True, slots=True)
class Day:
    """A day from which, or until which."""

    name: str
    label: str
    where: Callable[[date], Condition]

    kind: ClassVar[str] = "day"

    def condition(self, typed: str) -> Condition | None:
        """Return the SQL for the day, or None if it is none."""
        try:
            return self.where(parse_day(typed, self.name, ""))
        except Refused:
            return None


Filter = Words | Choice | Day


@dataclass(frozen=True, slots=True)
class Control:
    """A filter as the bar draws it, with what was typed into it."""

    name: str
    label: str
    kind: str
    value: str
    choices: list[tuple[str, str]]
    any: str


def control(asked: Filter, typed: str) -> Control:
    """Return the control for a filter."""
    if isinstance(asked, Choice):
        return Control(asked.name, asked.label, asked.kind, typed, list(asked.options()), asked.any)
    return Control(asked.name, asked.label, asked.kind, typed, [], "")


def has_words(folded: Any, typed: str) -> Condition:
    """Match every typed word somewhere in a folded column: diacritics and case do not count."""
    words = [word.translate(_WILD) for word in typed.split()]
    return and_(true(), *(folded.like(f"%{fold(word)}%") for word in words))


_WILD = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\", "\0": ""})
"""What LIKE would take for a wildcard stands for itself."""
