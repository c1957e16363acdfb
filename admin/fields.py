"""Form fields of the desk: what they accept, and what they say when they cannot.

FAB's own fields draw Bootstrap and list whole related tables; these draw nothing (the templates do)
and look related records up on demand.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import select
from wtforms import Field, IntegerField, SelectField, StringField
from wtforms.validators import StopValidation

from admin.filters import Condition, has_words
from app.db.session import session
from app.marks import word_of

RADIOS = 5
"""Up to this many choices stand open; more fold into a select."""


class AmountField(StringField):
    """An amount or rate, typed as people type it: 21,600.00."""

    data: Any
    kind: ClassVar[str] = "amount"

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the amount; refuse what is none, in words."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if typed:
            try:
                self.data = Decimal(typed.replace(",", "").replace("\u00a0", "").replace(" ", ""))
            except InvalidOperation:
                raise ValueError(f"“{typed}” is not an amount. Write it like 1,234.50.") from None
            if not self.data.is_finite():
                raise ValueError(f"“{typed}” is not an amount. Write it like 1,234.50.")

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
        try:
            self.data = int(typed) if typed else None
        except ValueError:
            self.data = None
            raise ValueError(f"“{typed}” is not a whole number. Write it in digits.") from None


class _IsoField(StringField):
    data: Any
    parse: ClassVar[Callable[..., Any]]
    refusal: ClassVar[str]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the value; refuse what is none, in words."""
        typed = str(valuelist[0]).strip() if valuelist else ""
        try:
            self.data = type(self).parse(typed) if typed else None
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
    parse = date.fromisoformat
    refusal = "“{}” is not a day. Write it like 2026-11-30."


class HourField(_IsoField):
    """A local time of day; its zone stands beside it on the page."""

    kind: ClassVar[str] = "TimeField"
    parse = time.fromisoformat
    refusal = "“{}” is not a time. Write it like 13:30."


class ChoiceField(SelectField):
    """A member of one of the trade's enums; a few stand open as radios."""

    def __init__(
        self, label: str, validators: Any = (), *, members: type[StrEnum], **rest: Any
    ) -> None:
        optional = rest.pop("optional", False)
        choices = [("", "Not said")] if optional else []
        choices += [(member.name, word_of(member)) for member in members]
        self.kind = "radios" if len(choices) <= RADIOS else "SelectField"
        self.members = members
        self.offered = choices
        super().__init__(label, validators, choices=choices, coerce=self._coerce, **rest)

    def _coerce(self, value: Any) -> StrEnum | None:
        if value is None or value == "":
            return None
        return value if isinstance(value, StrEnum) else self.members[str(value)]

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield value, word and whether it is chosen."""
        chosen = "" if self.data is None else self.data.name
        for value, word in self.offered:
            yield value, word, value == chosen, {}

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the choice; one that is not offered is refused."""
        try:
            self.data = self._coerce(valuelist[0]) if valuelist else None
        except KeyError:
            self.data = None
            raise ValueError("Choose one of these.") from None

    def pre_validate(self, form: Any) -> None:
        """Refuse nothing more: what is read is a member."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a related record is found by words, and told apart from others of that name.

    ``words`` is a folded text column; ``few`` offers all of them in a select (at most 50).
    """

    model: Any
    words: Any
    noun: str = "record"
    nouns: str = "records"
    label: Callable[[Any], str] = str
    hint: Callable[[Any], str] = lambda _record: ""
    where: Callable[[], Condition] | None = None
    load: tuple[Any, ...] = ()
    few: bool = False
    limit: int = 8

    def get(self, pk: str) -> Any:
        """Return the record with that key, or None; row-level security decides what exists."""
        if not (pk.isascii() and pk.isdigit()):
            return None
        return session.scalar(self._select().where(self.model.id == int(pk)))

    def find(self, typed: str) -> list[Any]:
        """Return the records that have all the words, one more than are shown."""
        statement = self._select().where(has_words(self.words, typed)).order_by(self.words)
        return list(session.scalars(statement.limit(self.limit + 1)).unique())

    def all(self) -> list[Any]:
        """Return them all, for the few that fit in a select."""
        return list(session.scalars(self._select().order_by(self.words).limit(50)).unique())

    def _select(self) -> Any:
        statement = select(self.model).options(*self.load)
        return statement if self.where is None else statement.where(self.where())


class RelatedField(Field):
    """A related record: words and Find, answered by radios. ``data`` is the record."""

    kind: ClassVar[str] = "related"

    def __init__(self, label: str, validators: Any = (), *, lookup: Lookup, **rest: Any) -> None:
        super().__init__(label, validators, **rest)
        self.lookup = lookup
        self.words = self.asked = ""
        self.records: list[Any] = []

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take the record from the page, or from what was typed and chosen."""
        super().process(None, data if hasattr(data, "id") else None, extra_filters)
        if formdata is None or f"{self.name}_words" not in formdata:
            self.words = self.asked = "" if self.data is None else self.lookup.label(self.data)
            self.records = [] if self.data is None else [self.data]
            return
        self.words = formdata.get(f"{self.name}_words", "").strip()
        self.asked = formdata.get(f"{self.name}_asked", "")
        chosen = self.lookup.get(formdata.get(self.name, ""))
        same = self.words == self.asked
        if same and formdata.get(self.name) == "":
            self.words = self.asked = ""
        self.data = chosen if same else None
        self.records = [] if self.data is None else [self.data]
        if same and chosen is not None and self.words != self.lookup.label(chosen):
            self.records = self._shown()

    def search(self) -> None:
        """Find what the words name and offer it; one alone is chosen at once."""
        self.records = self._shown() if self.words else []
        self.asked = self.words
        self.data = self.records[0] if len(self.records) == 1 else None

    @property
    def found(self) -> list[tuple[str, str, str, bool]]:
        """What the radios offer: key, name, what tells it apart, whether it is chosen."""
        return [
            (str(r.id), self.lookup.label(r), self.lookup.hint(r), r is self.data)
            for r in self.records
        ]

    def pre_validate(self, form: Any) -> None:
        """Look up words that nobody pressed Find for; refuse none and several."""
        if self.data is None and self.words:
            self.search()
            if not self.records:
                raise StopValidation(
                    f"No {self.lookup.noun} matches “{self.words}”. Type another part of the name."
                )
            if self.data is None:
                raise StopValidation(
                    f"{len(self.records)} {self.lookup.nouns} match. Choose one, or type more."
                )

    def _shown(self) -> list[Any]:
        return self.lookup.find(self.words)[: self.lookup.limit]


class FewField(Field):
    """A related record of which there are few: a select. ``data`` is the record."""

    kind: ClassVar[str] = "few"

    def __init__(self, label: str, validators: Any = (), *, lookup: Lookup, **rest: Any) -> None:
        super().__init__(label, validators, **rest)
        self.lookup = lookup

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the chosen record."""
        self.data = self.lookup.get(str(valuelist[0])) if valuelist else None

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield key, name and whether it is chosen."""
        yield "", "Choose" if self.flags.required else "None", self.data is None, {}
        for record in self.lookup.all():
            yield str(record.id), self.lookup.label(record), record is self.data, {}
