"""What an expense is worth in the company's currency, by which rate, and who says so.

A price is provisional until the claim is sent, and frozen on the line from then on.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import Invalid, Refused
from app.domain.expenses import ExpenseKind, PaidBy, RateSource
from app.domain.mileage import VehicleKind, check_kilometres, rate_on, worth
from app.domain.money import Money, check_amount, convert, implied_rate
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services import rates


@dataclass(frozen=True, slots=True)
class NewLine:
    """An expense as it was entered."""

    kind: str
    spent_on: date
    amount: Decimal
    currency: str
    description: str = ""
    supplier: str = ""
    declaration: str = ""
    base_amount: Decimal | None = None
    """What the card statement says in the company's currency, where the expense is in another."""
    keep_both: bool = False
    """That it is another expense than the one it looks like."""
    paid_by: PaidBy = PaidBy.artist
    kilometres: Decimal | None = None
    """Of a journey in one's own vehicle; its amount is worked out."""
    vehicle: VehicleKind | None = None


def price(
    session: Session, claim: ExpenseClaim, new: NewLine, *, has_statement: bool
) -> dict[str, Any]:
    """Return the columns of a line that say what it is worth."""
    journey = _journey(session, claim, new)
    money = Money(journey["amount"], journey["currency"])
    if new.base_amount is None or money.currency == claim.currency or new.kilometres is not None:
        return {**journey, **_by_table(session, claim, money, new.spent_on)}
    stated = _by_card(claim, money, new)
    if not has_statement:
        base = Money(new.base_amount, claim.currency)
        raise Refused(
            f"Add a photo of the card statement that shows {base}. "
            "Without it, leave this empty: the rate of the day counts then.",
            field="statement",
        )
    return {**journey, **stated}


def freeze(session: Session, line: ExpenseLine) -> None:
    """Fix the rate of a line as its claim is sent: what the table says later changes it no more."""
    if line.rate_source is RateSource.card_statement:
        return
    money = Money(line.amount, line.currency)
    for name, value in _by_table(session, line.claim, money, line.spent_on).items():
        setattr(line, name, value)


def _journey(session: Session, claim: ExpenseClaim, new: NewLine) -> dict[str, Any]:
    nothing = dict.fromkeys(("kilometres", "vehicle", "kilometre_rate", "kilometre_rate_from"))
    if new.kind != ExpenseKind.mileage:
        check_amount(new.amount, new.currency)
        return {"amount": new.amount, "currency": new.currency, **nothing}
    if new.kilometres is None or new.vehicle is None:
        errors = {
            "kilometres": "" if new.kilometres else "Write how many kilometres you drove.",
            "vehicle": "" if new.vehicle else "Choose what you drove.",
        }
        raise Invalid({field: sentence for field, sentence in errors.items() if sentence})
    driven = check_kilometres(new.kilometres)
    known = rates.kilometre_rates(session, claim.organisation_id)
    rate = rate_on(known, new.vehicle, new.spent_on)
    total = worth(driven, rate)
    return {
        "amount": total.amount,
        "currency": total.currency,
        "kilometres": driven,
        "vehicle": new.vehicle,
        "kilometre_rate": rate.rate,
        "kilometre_rate_from": rate.valid_from,
    }


def _by_table(session: Session, claim: ExpenseClaim, money: Money, day: date) -> dict[str, Any]:
    if money.currency == claim.currency:
        return _worth(money.amount, Decimal(1), RateSource.same_currency, day)
    found = rates.table_rate(session, claim.organisation_id, money.currency, claim.currency, day)
    if found is None:
        # Finance enters the rate as it decides.
        return _worth(None, Decimal(1), RateSource.entered, None)
    base = convert(money, found.rate, claim.currency).amount
    if base <= 0:
        return _worth(None, Decimal(1), RateSource.entered, None)
    return _worth(base, found.rate, RateSource.table, found.day, found.source)


def _by_card(claim: ExpenseClaim, money: Money, new: NewLine) -> dict[str, Any]:
    base = check_amount(new.base_amount or Decimal(0), claim.currency, "base_amount")
    rate = implied_rate(money, Money(base, claim.currency))
    return _worth(base, rate, RateSource.card_statement, new.spent_on)


def _worth(
    base: Decimal | None, rate: Decimal, source: RateSource, day: date | None, note: str = ""
) -> dict[str, Any]:
    return {
        "base_amount": base,
        "rate": rate,
        "rate_source": source,
        "rate_date": day,
        "rate_note": note,
    }
