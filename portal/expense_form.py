"""The form of an expense: what was typed, the photo that is kept meanwhile, and what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from app.domain.currencies import parse_currency
from app.domain.errors import Invalid, Refused
from app.domain.expenses import ExpenseKind
from app.domain.money import parse_amount
from app.domain.periods import FIRST_DAY, parse_day
from app.models.documents import StoredFile
from app.services.expenses.receiving import NewLine, new_key

FIELDS: Final = (
    "kind", "amount", "currency", "base_amount", "spent_on", "engagement",
    "description", "declaration", "keep_both",
)  # fmt: skip
LONGEST: Final = 2000
Read = TypeVar("Read")


@dataclass(slots=True)
class ExpenseForm:
    """One expense as the page shows it."""

    key: UUID
    """Made when the form is, so that sending it twice is sending it once."""
    typed: dict[str, str]
    base_currency: str = "AUD"
    photo: StoredFile | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def blank(cls, base_currency: str, **known: str) -> "ExpenseForm":
        """Return a form with what is known beforehand."""
        return cls(new_key(), {**dict.fromkeys(FIELDS, ""), **known}, base_currency)

    @classmethod
    def sent(cls, base_currency: str, form: Mapping[str, str]) -> "ExpenseForm":
        """Return the form as it came back; an id that is none gets a new one."""
        typed = {name: form.get(name, "").replace("\0", "")[:LONGEST] for name in FIELDS}
        return cls(key_in(form.get("key", "")) or new_key(), typed, base_currency)

    def put(self, refusal: Refused) -> None:
        """Put a refusal beside the field it is about, or on top."""
        if isinstance(refusal, Invalid):
            self.errors.update(refusal.errors)
        else:
            self.errors[refusal.field or ""] = refusal.reason

    def line(self) -> NewLine:
        """Return the expense as it was entered, or refuse with a sentence for each field."""
        currency = self._read("currency", parse_currency, "AUD")
        base = self.typed["base_amount"].strip()
        made = NewLine(
            kind=self.typed["kind"] if self.typed["kind"] in ExpenseKind.__members__ else "",
            spent_on=self._read("spent_on", _day, FIRST_DAY),
            amount=self._read("amount", lambda text: parse_amount(text, currency), Decimal(1)),
            currency=currency,
            description=self.typed["description"],
            declaration=self.typed["declaration"],
            base_amount=self._read(
                "base_amount", lambda text: parse_amount(text, self.base_currency), Decimal(1)
            )
            if base
            else None,
            keep_both=self.typed["keep_both"] == "yes",
        )
        if self.errors:
            raise Invalid(self.errors)
        return made

    def _read(self, name: str, read: Callable[[str], Read], otherwise: Read) -> Read:
        try:
            return read(self.typed[name])
        except Refused as refusal:
            self.errors[name] = refusal.reason
            return otherwise


def key_in(text: str) -> UUID | None:
    """Return the id that stands in a text, if one does."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date:
    return parse_day(text, "spent_on", "Choose the day on the receipt.")
