"""What can be typed into a form of the desk: what a field accepts, and what it says when it cannot.

FAB's own fields draw Bootstrap; these draw nothing (the templates do) and refuse in sentences.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from wtforms import Field, IntegerField, StringField

from app.domain.errors import Refused
from app.domain.money import parse_number
from app.domain.periods import check_day
from app.marks import word_of

DIGITS = 18
"""A bigint has at most 19 digits; more is no number of ours."""

LIMIT = Decimal(10) ** 11
"""Amounts are kept as Numeric(14, 3)."""

RADIOS = 5
"""Up to this many choices stand open; more fold into a select."""


class AmountField(StringField):
    """An amount or rate, typed as people type it: 21,600.00."""

    data: Any
    kind: ClassVar[str] = "amount"

    def process_data(self, value: Any) -> None:
        """Take the record's value, or what an address says of a new record."""
        self.data = None
        self.data = _amount(value) if isinstance(value, str) else value

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the amount; refuse what is none, in words."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if typed:
            self.data = _amount(typed)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        cents = self.data.quantize(Decimal("0.01"))
        return f"{cents:,}" if cents == self.data else f"{self.data.normalize():,f}"


class WholeField(IntegerField):
    """A whole number."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the number; refuse what is none, in words."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if typed and not (typed.removeprefix("-").isdecimal() and len(typed) <= DIGITS):
            raise ValueError(f"“{typed}” is not a whole number. Write it in digits.")
        self.data = int(typed) if typed else None


def _day(typed: str) -> date:
    return check_day(date.fromisoformat(typed))


def _hour(typed: str) -> time:
    clock = time.fromisoformat(typed)
    if clock.tzinfo is not None or clock.second or clock.microsecond:
        raise ValueError(typed)
    return clock


class _IsoField(StringField):
    data: Any

    def process_data(self, value: Any) -> None:
        """Take the record's value, or what an address says of a new record."""
        self.data = None
        if isinstance(value, str):
            self.process_formdata([value])
        else:
            self.data = value

    parse: ClassVar[Callable[..., Any]]
    refusal: ClassVar[str]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the value; refuse what is none, in words."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        try:
            self.data = type(self).parse(typed) if typed else None
        except Refused as refusal:
            self.data = None
            raise ValueError(refusal.reason) from refusal
        except ValueError:
            self.data = None
            raise ValueError(self.refusal.format(typed)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data.isoformat())[:10]


class DayField(_IsoField):
    """A day, by the browser's own picker or typed."""

    kind: ClassVar[str] = "DateField"
    parse = staticmethod(_day)
    refusal = "“{}” is not a day. Write it like 2026-11-30."


class HourField(_IsoField):
    """A local time of day; its zone stands beside it on the page."""

    kind: ClassVar[str] = "TimeField"
    parse = staticmethod(_hour)
    refusal = "“{}” is not a time. Write it like 13:30."


class ChoiceField(Field):
    """A member of one of the trade's enums; a few stand open as radios."""

    def __init__(
        self, label: str, validators: Any = (), *, members: type[StrEnum], **rest: Any
    ) -> None:
        is_optional = rest.pop("optional", False)
        self.members = members
        self.offered = [("", "Not said")] if is_optional else []
        self.offered += [(member.name, word_of(member)) for member in members]
        self.kind = "radios" if len(self.offered) <= RADIOS else "SelectField"
        super().__init__(label, validators, **rest)

    def process_data(self, value: Any) -> None:
        """Take the record's value, or what an address says of a new record."""
        self.data = self._member(value)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the choice; one that is not offered is refused."""
        self.data = None
        self.data = self._member(valuelist[0]) if valuelist else None

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield value, word and whether it is chosen."""
        chosen = "" if self.data is None else self.data.name
        for value, word in self.offered:
            yield value, word, value == chosen, {}

    def _member(self, value: Any) -> StrEnum | None:
        if value is None or value == "":
            return None
        if isinstance(value, StrEnum):
            return value
        if str(value) not in self.members.__members__:
            raise ValueError("Choose one of these.")
        return self.members[str(value)]


def _amount(typed: str) -> Decimal:
    try:
        value = parse_number(typed)
    except Refused as refusal:
        raise ValueError(refusal.reason) from refusal
    if abs(value) >= LIMIT:
        raise ValueError("This is more than can be written down. Check the number of digits.")
    return value
