"""Sums of money: an amount never goes without its currency, nor with decimals the currency lacks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from app.domain.currencies import decimals_of
from app.domain.errors import Refused

LARGEST_DIGITS: Final = 11
"""Digits before the point: what Numeric(14, 3) holds."""

LARGEST_RATE: Final = Decimal(10) ** 10
"""What Numeric(20, 10) holds."""

_BLANKS: Final = r"[\s\u2019']"
"""What people part thousands with, beside the comma."""

_TYPED: Final = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency. Sums and comparisons stay within one currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        check_amount(self.amount, self.currency, signed=True, zero=True)

    def __str__(self) -> str:
        return f"{format_amount(self.amount, self.currency)} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise Refused(
                f"{self.currency} and {other.currency} do not add up. Convert one of them first.",
                field="currency",
            )
        return other.amount


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round to the decimals of the currency, half away from zero."""
    return amount.quantize(_unit(currency), rounding=ROUND_HALF_UP)


def check_amount(
    amount: Decimal,
    currency: str,
    field: str = "amount",
    *,
    signed: bool = False,
    zero: bool = False,
) -> Decimal:
    """Return the amount with the decimals of its currency, or refuse. Trailing zeros are not decimals."""
    places = decimals_of(currency)
    if not amount.is_finite():
        raise Refused("Write the amount as a number.", field=field)
    if amount.adjusted() >= LARGEST_DIGITS:
        raise Refused(
            f"The amount is too large: at most {LARGEST_DIGITS} digits before the point.",
            field=field,
        )
    exact = amount.quantize(_unit(currency), rounding=ROUND_DOWN)
    if exact != amount:
        raise Refused(_too_fine(currency, places), field=field)
    if amount < 0 and not signed:
        raise Refused("The amount cannot be below zero.", field=field)
    if amount == 0 and not zero:
        raise Refused("The amount is zero. Write what it is, or leave the line out.", field=field)
    return exact


def parse_amount(
    text: str,
    currency: str,
    field: str = "amount",
    *,
    signed: bool = False,
    zero: bool = False,
) -> Decimal:
    """Return the amount somebody typed or a spreadsheet held as text: ``1,250.00``, ``400,000.00`` yen."""
    typed = re.sub(_BLANKS, "", text)
    typed = typed.removesuffix(currency).removeprefix(currency)
    amount = parse_number(typed, field, shown=text.strip())
    return check_amount(amount, currency, field, signed=signed, zero=zero)


def parse_number(text: str, field: str = "amount", *, shown: str = "") -> Decimal:
    """Return the number somebody typed, where its currency stands elsewhere; ``shown`` is what they see.

    A comma parts thousands and nothing else: ``1250,00`` is refused, not read as 125,000.
    """
    shown = shown or text.strip()
    typed = re.sub(_BLANKS, "", text)
    if not typed:
        raise Refused("Write the amount.", field=field)
    if re.fullmatch(r"[+-]?\d+,\d{1,2}", typed, re.ASCII) or re.search(r"\.\d+,", typed):
        raise Refused(
            f"{shown} could be read in two ways. Write the decimals after a point: 1,250.00.",
            field=field,
        )
    if _TYPED.fullmatch(typed) is None:
        raise Refused(
            f"{shown} is not an amount. Write it as a number, such as 1,250.00.",
            field=field,
        )
    return Decimal(typed.replace(",", ""))


def format_amount(amount: Decimal, currency: str) -> str:
    """Write an amount as it is read: ``4,600.00``, with the decimals of its currency."""
    return f"{quantize(amount, currency):,f}"


def convert(money: Money, rate: Decimal, to: str) -> Money:
    """Return what the money is worth in ``to``: so many of ``to`` for one of its own, rounded once."""
    if rate <= 0 or not rate.is_finite():
        raise Refused("The rate must be above zero.", field="rate")
    if money.currency == to and rate != 1:
        raise Refused(f"{to} to {to} has the rate 1.", field="rate")
    return Money(quantize(money.amount * rate, to), to)


def implied_rate(paid: Money, worth: Money, field: str = "base_amount") -> Decimal:
    """Return how many of the one currency were paid for the other, or refuse what is no rate."""
    rate = (worth.amount / paid.amount).quantize(Decimal("1e-10"), rounding=ROUND_HALF_UP)
    if not 0 < rate < LARGEST_RATE:
        raise Refused(f"{paid} cannot be {worth}. Check both amounts.", field=field)
    return rate


def share(total: Money, weights: Sequence[Decimal]) -> list[Money]:
    """Divide a sum by weights so that the parts add up to it exactly (largest remainder, first come first)."""
    whole = sum(weights, Decimal(0))
    if whole <= 0 or min(weights) < 0:
        raise Refused("There is nobody to share this with.")
    unit = _unit(total.currency)
    sign = -1 if total.amount < 0 else 1
    exact = [abs(total.amount) * weight / whole for weight in weights]
    parts = [part.quantize(unit, rounding=ROUND_DOWN) for part in exact]
    left = int((abs(total.amount) - sum(parts, Decimal(0))) / unit)
    by_remainder = sorted(
        (place for place, weight in enumerate(weights) if weight > 0),
        key=lambda place: parts[place] - exact[place],
    )
    for place in by_remainder[:left]:
        parts[place] += unit
    return [Money(sign * part, total.currency) for part in parts]


def add_up(sums: Iterable[Money]) -> dict[str, Money]:
    """Return the total of each currency, for there is no total across them."""
    totals: dict[str, Money] = {}
    for money in sums:
        known = totals.get(money.currency)
        totals[money.currency] = money if known is None else known + money
    return dict(sorted(totals.items()))


def tax_within(amount: Money, percent: Decimal = Decimal(10)) -> Money:
    """Return the tax that a price includes, rounded on this line.

    Tax is counted per line and the lines are added, as Xero does with amounts that include tax:
    seven lines of 9.99 hold 6.37 of GST, where their total would hold 6.36.
    """
    return Money(
        quantize(amount.amount * percent / (100 + percent), amount.currency), amount.currency
    )


def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-decimals_of(currency))


def _too_fine(currency: str, places: int) -> str:
    if places == 0:
        return f"{currency} has no decimals. Write a whole number."
    return f"{currency} has {places} decimals, no more."
