"""Journeys in one's own vehicle: kilometres at the rate of the day of the journey."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from typing import Final

from app.domain.errors import Refused
from app.domain.money import Money, parse_number, quantize
from app.domain.periods import spell_day

FARTHEST: Final = Decimal(3000)
"""Kilometres of one journey; a longer one is entered day by day."""


class VehicleKind(StrEnum):
    """What somebody drove in."""

    car = auto()
    motorcycle = auto()
    bicycle = auto()
    van = auto()


@dataclass(frozen=True, slots=True)
class KilometreRate:
    """What a kilometre is worth from a day on."""

    vehicle: VehicleKind
    valid_from: date
    rate: Decimal
    currency: str


def rate_on(rates: Iterable[KilometreRate], vehicle: VehicleKind, day: date) -> KilometreRate:
    """Return the rate of the day of a journey: an old journey keeps the old rate."""
    known = [each for each in rates if each.vehicle is vehicle and each.valid_from <= day]
    if not known:
        raise Refused(
            f"There is no rate for a {vehicle.value} on {spell_day(day)} {day.year}. "
            "Finance enters one; ask them, or choose another vehicle.",
            field="vehicle",
        )
    return max(known, key=lambda each: each.valid_from)


def parse_kilometres(text: str) -> Decimal:
    """Return the kilometres somebody typed, to a tenth, or refuse."""
    if not text.strip():
        raise Refused("Write how many kilometres you drove.", field="kilometres")
    try:
        driven = parse_number(text.lower().replace("km", ""), "kilometres", shown=text.strip())
    except Refused as refusal:
        raise Refused(
            f"{text.strip()} are no kilometres. Write a number, such as 120.5.", field="kilometres"
        ) from refusal
    return check_kilometres(driven)


def check_kilometres(driven: Decimal) -> Decimal:
    """Return the kilometres of a journey, or refuse what cannot be one."""
    if driven <= 0:
        raise Refused("Write how many kilometres you drove.", field="kilometres")
    if driven > FARTHEST:
        raise Refused(
            f"A journey has {FARTHEST:,} kilometres at most. Enter each day's on its own.",
            field="kilometres",
        )
    if driven != driven.quantize(Decimal("0.1")):
        raise Refused("Kilometres have one decimal, no more.", field="kilometres")
    return driven


def worth(driven: Decimal, rate: KilometreRate) -> Money:
    """Return what a journey is worth, rounded once."""
    amount = quantize(driven * rate.rate, rate.currency)
    if amount <= 0:
        raise Refused("This journey is worth nothing. Check the kilometres.", field="kilometres")
    return Money(amount, rate.currency)


def explain(driven: Decimal, rate: KilometreRate) -> str:
    """Say how the amount came about: 120.5 km by car at 0.88 AUD a km (rate from 1 July 2026)."""
    return (
        f"{driven.normalize():f} km by {rate.vehicle.value} at {rate.rate.normalize():f} "
        f"{rate.currency} a km (rate from {spell_day(rate.valid_from)} {rate.valid_from.year})"
    )
