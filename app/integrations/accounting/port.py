"""What we ask of a ledger: one bill for one payable, however often we ask."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill."""

    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """What the company owes somebody, as a ledger takes it."""

    number: str
    """Our own number: a ledger that was asked twice is searched by it."""
    payee: str
    currency: str
    due_on: date
    lines: tuple[BillLine, ...]

    @property
    def total(self) -> Decimal:
        """Return what the lines add up to."""
        return sum((line.amount for line in self.lines), Decimal(0))


class Ledger(Protocol):
    """Keeps bills. The same key gives the same bill."""

    def post(self, bill: Bill, *, key: str) -> str:
        """Enter the bill and return the ledger's own id for it."""
        ...
