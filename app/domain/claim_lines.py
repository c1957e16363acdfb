"""What one line of a claim must say before it is sent, and what is told where it is above a cap."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.domain.errors import Invalid, Refused
from app.domain.expenses import ExpenseKind, PaidBy
from app.domain.local_time import today_in, zone_place
from app.domain.money import Money, check_amount, format_amount
from app.domain.periods import check_day, spell_day

LONGEST: Final = 2000
"""Characters of what an expense was for, or of why there is no receipt."""


@dataclass(frozen=True, slots=True)
class EnteredLine:
    """A line as somebody entered it."""

    kind: str
    spent_on: date
    amount: Decimal
    currency: str
    receipts: int
    declaration: str = ""
    paid_by: PaidBy = PaidBy.artist
    description: str = ""


def check_line(line: EnteredLine, zone: str, now: datetime) -> None:
    """Refuse a line that cannot be a claim, with a sentence for each field."""
    errors = {
        "kind": ""
        if line.kind in ExpenseKind.__members__
        else "Choose what the money was spent on.",
        "spent_on": _about_date(line.spent_on, zone, now),
        "declaration": _about_proof(line),
        "description": _about_other(line),
        **_about_amount(line),
    }
    errors = {field: sentence for field, sentence in errors.items() if sentence}
    if errors:
        raise Invalid(errors)


def check_cap(line: Money, cap: Money | None, rule: str) -> str:
    """Return what to tell of a line above what the contract gives, or nothing."""
    if cap is None or cap.currency != line.currency or line <= cap:
        return ""
    over = line - cap
    return (
        f"{rule}: {format_amount(cap.amount, cap.currency)} {cap.currency}. "
        f"This is {format_amount(over.amount, over.currency)} more."
    )


def _about_date(spent_on: date, zone: str, now: datetime) -> str:
    today = today_in(zone, now)
    try:
        check_day(spent_on)
    except Refused as refusal:
        return refusal.reason
    if spent_on <= today:
        return ""
    begun = f"{spell_day(spent_on)} has not begun in {zone_place(zone)}."
    if spent_on - today == timedelta(days=1) or spent_on.year == today.year:
        return f"{begun} Choose {spell_day(today)} or earlier."
    return f"{begun} Choose {spell_day(today)} {today.year} or earlier."


def _about_proof(line: EnteredLine) -> str:
    if len(line.declaration) > LONGEST:
        return f"Keep it under {LONGEST:,} characters."
    if line.receipts or line.declaration.strip() or line.kind == ExpenseKind.mileage:
        return ""
    return "Add the receipt, or say why there is none."


def _about_other(line: EnteredLine) -> str:
    if len(line.description) > LONGEST:
        return f"Keep it under {LONGEST:,} characters."
    if line.kind == ExpenseKind.other and not line.description.strip():
        return "Say what it was for."
    return ""


def _about_amount(line: EnteredLine) -> dict[str, str]:
    try:
        check_amount(line.amount, line.currency)
    except Refused as refusal:
        return {refusal.field or "amount": refusal.reason}
    return {}
