"""When two expenses look like one: the same file, the same picture, or the same facts.

Words are neutral: two dancers may share a taxi, and a hotel bill may come back a year later.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from typing import Final

from app.domain.names import fold

SIDE: Final = 12
"""A picture is compared as 12 x 12 fields, each with its right and its lower neighbour."""
BITS: Final = 2 * SIDE * SIDE
DIGITS: Final = BITS // 4
NEAR: Final = 46
"""So many of 288 bits may differ in two pictures of one paper.

Measured on 30 scanned receipts (tests/unit/scan/test_looks.py): 3 of 435 pairs of different receipts
are nearer; of 240 copies, saved anew, scaled, darkened, brightened or turned by up to two degrees, 6
are farther, four of them so bright that the print is gone.
"""
DAYS_APART: Final = 1


class Ground(StrEnum):
    """Why two lines look like one."""

    same_file = auto()
    same_look = auto()
    same_facts = auto()


GROUNDS: Final = {
    Ground.same_file: "the same file",
    Ground.same_look: "a picture much like it",
    Ground.same_facts: "the same supplier, amount and day",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line says of an expense."""

    spent_on: date
    amount: Decimal
    currency: str
    supplier: str = ""


def upright(kept: str | None) -> str:
    """Return the hash of a picture as it stands; what an older release kept cannot be compared."""
    first = (kept or "").partition(",")[0]
    return first if len(first) == DIGITS else ""


def turned(kept: str | None) -> list[str]:
    """Return the hashes of a picture turned a little this way and that, itself first."""
    return [one for one in (kept or "").split(",") if len(one) == DIGITS]


def distance(kept: str, other: str) -> int:
    """Return in how many bits two pictures differ, one of them turned as suits best."""
    standing = upright(other)
    if not standing or not turned(kept):
        return BITS
    return min((int(one, 16) ^ int(standing, 16)).bit_count() for one in turned(kept))


def have_same_facts(one: Facts, other: Facts) -> bool:
    """Tell whether two lines have supplier, amount and currency in common, at most a day apart.

    Where one of them names no supplier, the day itself must be the same.
    """
    if (one.amount, one.currency) != (other.amount, other.currency):
        return False
    apart = abs((one.spent_on - other.spent_on).days)
    mine, theirs = _plain(one.supplier), _plain(other.supplier)
    if mine and theirs:
        return apart <= DAYS_APART and mine == theirs
    return apart == 0


def differences(one: Facts, other: Facts) -> list[str]:
    """Return what is different between two lines, field by field."""
    return [
        name
        for name, mine, theirs in (
            ("day", one.spent_on, other.spent_on),
            ("amount", one.amount, other.amount),
            ("currency", one.currency, other.currency),
            ("supplier", _plain(one.supplier), _plain(other.supplier)),
        )
        if mine != theirs
    ]


def _plain(supplier: str) -> str:
    return " ".join(fold(supplier).split())
