"""Related records in a form: found by words and chosen, never a select of thousands.

FAB's own field lists the whole related table in every form; these look up on demand.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import select
from wtforms import Field
from wtforms.validators import StopValidation

from admin.filters import Condition, has_words
from app.db.session import session
from app.marks import word_of

DIGITS = 18
"""A bigint has at most 19 digits; more is no number of ours."""


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
        if not (pk.isascii() and pk.isdigit() and len(pk) <= DIGITS):
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


class RightsField(Field):
    """Several of a few: one box for each. ``data`` is the list of values that are ticked."""

    kind: ClassVar[str] = "boxes"

    def __init__(
        self, label: str, validators: Any = (), *, members: type[StrEnum], **rest: Any
    ) -> None:
        super().__init__(label, validators, **rest)
        self.members = members

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what is ticked, in the order of the members; what is no member is not read."""
        self.data = [member.value for member in self.members if member.value in valuelist]

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield value, word and whether it is ticked."""
        for member in self.members:
            yield member.value, word_of(member), member.value in (self.data or ()), {}
