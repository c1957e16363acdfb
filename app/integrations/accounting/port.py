"""What we ask of a ledger: one bill for one payable, however often we ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from app.domain.ledger_settings import Coding, Offers
from app.domain.ledger_standing import Standing


@dataclass(frozen=True, slots=True)
class Leave:
    """An organisation's leave to act for it: where, and with which key."""

    place: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid, as a ledger knows people."""

    number: str
    """Our own number for them."""
    name: str
    email: str = ""
    external_id: str = ""
    """The ledger's, once it is known."""
    others: frozenset[str] = frozenset()
    """What the ledger calls our other payees, while theirs is not known: nobody is paid as somebody else."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill."""

    description: str
    amount: Decimal
    coding: Coding | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What the company owes somebody, as a ledger takes it."""

    number: str
    """Our own number: a ledger that was asked twice is searched by it."""
    payee: Payee
    currency: str
    dated_on: date
    due_on: date
    lines: tuple[BillLine, ...]
    status: str = ""
    url: str = ""
    """Where it leads back to."""

    @property
    def total(self) -> Decimal:
        """Return what the lines add up to."""
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Posted:
    """What a ledger calls a bill, and whoever it is owed to."""

    external_id: str
    payee_id: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that proves a bill."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


class Ledger(Protocol):
    """Keeps bills. The same key gives the same bill."""

    name: str

    def post(self, bill: Bill, *, key: str, leave: Leave) -> Posted:
        """Enter the bill, unless it is there."""
        ...


class LedgerOutside(Ledger, Protocol):
    """A ledger at a vendor's: it can be asked, and people work in it too."""

    def post(self, bill: Bill, *, key: str, leave: Leave, is_absent: bool = False) -> Posted:
        """Enter the bill, unless it is there; ``is_absent``: it was looked for a short while ago."""
        ...

    def absent(self, numbers: Sequence[str], *, leave: Leave) -> frozenset[str]:
        """Return those of the numbers that no live bill has: one question for many."""
        ...

    def find_all(
        self, wanted: Sequence[tuple[Bill, str]], *, leave: Leave
    ) -> list[Standing | None]:
        """Return each bill as ``find`` does, given with the number a person gave or nothing."""
        ...

    def find(self, bill: Bill, *, leave: Leave, also: str = "") -> Standing | None:
        """Return the bill that has our number for this payee and is not voided, whoever entered it.

        ``also`` is the number under which a person says to have entered it.
        """
        ...

    def read(
        self,
        external_ids: Sequence[str],
        *,
        leave: Leave,
        numbers: Mapping[str, str] | None = None,
    ) -> list[Standing]:
        """Return where bills stand; those that are not there are left out.

        ``numbers`` are ours, by external id: bills are asked for by them, so that twins are seen.
        """
        ...

    def attach(
        self,
        external_id: str,
        papers: Sequence[Paper],
        *,
        key: str,
        leave: Leave,
        is_first: bool = False,
    ) -> int:
        """Attach the papers that are not attached yet; return how many were.

        ``is_first``: nobody has tried before, so that there is nothing to look for.
        """
        ...

    def void(self, external_id: str, *, leave: Leave) -> None:
        """Void a bill, or delete it where it is only a draft; a voided one stays so."""
        ...

    def house(self, *, leave: Leave) -> str:
        """Return what the organisation is called there: one harmless question."""
        ...

    def offers(self, *, leave: Leave) -> Offers:
        """Return what can be chosen for bills."""
        ...
