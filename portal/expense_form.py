"""The form of an expense: what was typed, the photos that are kept meanwhile, and what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from app.domain.currencies import parse_currency
from app.domain.errors import Invalid, Refused
from app.domain.expenses import ExpenseKind, PaidBy, Proof, RateSource
from app.domain.mileage import VehicleKind, parse_kilometres
from app.domain.money import parse_amount
from app.domain.periods import FIRST_DAY, parse_day
from app.models.documents import StoredFile
from app.models.expenses import ExpenseDraft, ExpenseLine
from app.services.expenses.pricing import NewLine
from app.services.expenses.receiving import new_key

FIELDS: Final = (
    "kind", "amount", "currency", "base_amount", "spent_on", "engagement", "description",
    "declaration", "keep_both", "paid_by", "kilometres", "vehicle", "claim", "line",
)  # fmt: skip
LONGEST: Final = 20_000
"""What is longer than a line may say comes back whole, to be shortened."""
Read = TypeVar("Read")


@dataclass(slots=True)
class ExpenseForm:
    """One expense as the page shows it."""

    key: UUID
    """Made when the form is, so that sending it twice is sending it once."""
    typed: dict[str, str]
    base_currency: str = "AUD"
    photos: list[StoredFile] = field(default_factory=list)
    statements: list[StoredFile] = field(default_factory=list)
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

    @classmethod
    def of_draft(cls, base_currency: str, draft: ExpenseDraft) -> "ExpenseForm":
        """Return the form as it was kept."""
        typed = {name: str(draft.typed.get(name, "")) for name in FIELDS}
        return cls(draft.client_key, typed, base_currency)

    @classmethod
    def of_line(cls, line: ExpenseLine) -> "ExpenseForm":
        """Return the form of an expense that is on a claim already, to change it."""
        by_card = line.rate_source is RateSource.card_statement
        made = cls.blank(
            line.base_currency,
            kind=line.kind.name,
            amount=f"{line.amount.normalize():f}",
            currency=line.currency,
            base_amount=f"{line.base_amount.normalize():f}" if by_card and line.base_amount else "",
            spent_on=line.spent_on.isoformat(),
            description=line.description,
            declaration=line.declaration,
            paid_by=line.paid_by.name,
            kilometres="" if line.kilometres is None else f"{line.kilometres.normalize():f}",
            vehicle="" if line.vehicle is None else line.vehicle.name,
            claim=str(line.claim.public_id),
            line=str(line.public_id),
        )
        made.photos = [r.file for r in line.receipts if r.proves is Proof.receipt]
        made.statements = [r.file for r in line.receipts if r.proves is Proof.card_statement]
        return made

    def put(self, refusal: Refused) -> None:
        """Put a refusal beside the field it is about, or on top."""
        if isinstance(refusal, Invalid):
            self.errors.update(refusal.errors)
        else:
            self.errors[refusal.field or ""] = refusal.reason

    def line(self) -> NewLine:
        """Return the expense as it was entered, or refuse with a sentence for each field."""
        is_journey = self.typed["kind"] == ExpenseKind.mileage
        currency = (
            self.base_currency if is_journey else self._read("currency", parse_currency, "AUD")
        )
        base = self.typed["base_amount"].strip()
        made = NewLine(
            kind=self.typed["kind"] if self.typed["kind"] in ExpenseKind.__members__ else "",
            spent_on=self._read("spent_on", _day, FIRST_DAY),
            amount=Decimal(1)
            if is_journey
            else self._read("amount", lambda text: parse_amount(text, currency), Decimal(1)),
            currency=currency,
            description=self.typed["description"],
            declaration=self.typed["declaration"],
            base_amount=self._read(
                "base_amount", lambda text: parse_amount(text, self.base_currency), Decimal(1)
            )
            if base and not is_journey
            else None,
            keep_both=self.typed["keep_both"] == "yes",
            paid_by=self._one_of("paid_by", PaidBy) or PaidBy.artist,
            kilometres=self._read("kilometres", parse_kilometres, None) if is_journey else None,
            vehicle=self._one_of("vehicle", VehicleKind) if is_journey else None,
        )
        if is_journey and made.vehicle is None:
            self.errors["vehicle"] = "Choose what you drove."
        if self.errors:
            raise Invalid(self.errors)
        return made

    def _one_of(self, name: str, kinds: type[Read]) -> Read | None:
        members: Mapping[str, Read] = getattr(kinds, "__members__", {})
        return members.get(self.typed[name])

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
