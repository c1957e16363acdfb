"""The form of a decision on one line: what was chosen and typed, what is wrong with it, and the deed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from app.domain.errors import Invalid, Refused
from app.domain.expenses import LineStatus
from app.domain.money import LARGEST_RATE, Money, parse_amount, parse_number
from app.models.expenses import ExpenseLine
from app.services.expenses import deciding
from app.services.expenses.deciding import By

LONGEST: Final = 4000
PLACES: Final = {"approved_amount": "amount", "body": "reason"}
"""What a rule calls a field, and what the page calls it."""
WORDS: Final = {
    "approve": "Approve", "reduce": "Reduce", "refuse": "Refuse", "ask": "Ask the artist",
    "cap": "Reduce to what is left",
}  # fmt: skip


@dataclass(slots=True)
class DecisionForm:
    """What somebody is about to decide."""

    choice: str = ""
    amount: str = ""
    rate: str = ""
    reason: str = ""
    version: int | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls, form: Mapping[str, str]) -> "DecisionForm":
        """Return the form as it came back."""

        def typed(name: str) -> str:
            return form.get(name, "").replace("\0", "").strip()[:LONGEST]

        version = typed("version")
        is_number = version.isascii() and version.isdigit() and len(version) < 10
        return cls(
            typed("choice"),
            typed("amount"),
            typed("rate"),
            typed("reason"),
            int(version) if is_number else None,
        )

    def put(self, refusal: Refused) -> None:
        """Put a refusal beside its field, or on top."""
        errors = (
            refusal.errors
            if isinstance(refusal, Invalid)
            else {refusal.field or "": refusal.reason}
        )
        self.errors.update({PLACES.get(name, name): said for name, said in errors.items()})

    def put_reopening(self, refusal: Refused) -> None:
        """Put a refusal to open a line again beside its own reason, or on top."""
        self.errors["reopen" if refusal.field == "reason" else ""] = refusal.reason

    @property
    def on_top(self) -> str:
        """Return what is wrong with none of the fields in particular."""
        shown = {"choice", "amount", "rate", "reason", "reopen"}
        return next((said for name, said in self.errors.items() if name not in shown), "")

    @property
    def summary(self) -> str:
        """Say what was chosen, so that a decision that came too late is not lost."""
        parts = (WORDS.get(self.choice, self.choice), self.amount, self.reason)
        return ", ".join(part for part in parts if part)


def decide(db: Session, line: ExpenseLine, by: By, form: DecisionForm) -> str:
    """Do what the form says, and return the sentence that tells of it."""
    kind, _, other = form.choice.partition("-")
    match kind:
        case "approve" | "reduce":
            return _approve(db, line, by, form)
        case "cap":
            deciding.approve_what_is_left(db, line, by, reason=form.reason)
            return _approved(line)
        case "refuse":
            deciding.refuse(db, line, by, reason=form.reason)
            return f"Line {line.position} is refused."
        case "ask":
            deciding.query(db, line, by, question=form.reason)
            return f"The question on line {line.position} is on its way."
        case "duplicate":
            deciding.mark_duplicate(db, line, by, of=_other(db, other))
            return f"Line {line.position} is a duplicate."
        case _:
            raise Refused("Choose what to do with this line.", field="choice")


def _approve(db: Session, line: ExpenseLine, by: By, form: DecisionForm) -> str:
    amount = parse_amount(form.amount, line.base_currency) if form.amount else None
    if form.choice == "reduce" and amount is None:
        raise Refused("Write what you approve instead.", field="amount")
    if form.choice == "approve" and amount not in (None, line.first_amount or line.base_amount):
        raise Refused(
            "You wrote another amount. Choose Reduce, or clear the amount.", field="amount"
        )
    deciding.approve(db, line, by, amount=amount, reason=form.reason, rate=_rate(form.rate))
    return _approved(line)


def _approved(line: ExpenseLine) -> str:
    if line.status is LineStatus.first_approved:
        return f"Line {line.position} waits for a second approval: {line.second_because}."
    approved = Money(line.approved_amount or Decimal(0), line.base_currency)
    return f"Line {line.position}: {approved} approved."


def _rate(typed: str) -> Decimal | None:
    if not typed:
        return None
    try:
        # A comma is refused: 1,665 may mean 1.665 or 1665.
        rate = Decimal(0) if "," in typed else parse_number(typed)
    except Refused:
        rate = Decimal(0)
    if not 0 < rate < LARGEST_RATE:
        raise Refused(f"{typed} is not a rate. Write it like 1.6650.", field="rate")
    return rate.quantize(Decimal("1e-10")).normalize()


def _other(db: Session, key: str) -> ExpenseLine:
    found = (
        db.get(ExpenseLine, int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
    )
    if found is None:
        raise Refused("That other line is not there any more. Choose again.", field="choice")
    return found
