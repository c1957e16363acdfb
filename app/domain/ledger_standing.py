"""What a ledger outside says of a bill, held against what we know: what follows, and what differs."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, auto
from typing import Final

from app.domain.money import Money
from app.domain.payables import PayableStatus
from app.domain.periods import format_day

GONE: Final = frozenset({"VOIDED", "DELETED"})
PAID: Final = "PAID"


@dataclass(frozen=True, slots=True)
class Standing:
    """One bill as the ledger has it."""

    external_id: str
    number: str
    status: str
    total: Decimal
    currency: str
    amount_paid: Decimal
    payee: str = ""
    paid_on: date | None = None
    reference: str = ""
    url: str = ""
    is_ours: bool = False
    """It leads back to us: we entered it, and nobody else."""
    twin: str = ""
    """Another live bill with the same number for the same payee: somebody entered it as well."""
    seen_at: datetime | None = None
    """When the ledger last changed it, by its own clock."""

    @property
    def is_gone(self) -> bool:
        """Tell whether it was voided or deleted."""
        return self.status in GONE


@dataclass(frozen=True, slots=True)
class Known:
    """The same bill as we have it."""

    number: str
    amount: Decimal
    currency: str
    status: PayableStatus
    paid_on: date | None = None
    reference: str = ""
    is_paid_by_us: bool = False
    """Somebody here marked it paid, by hand or with a pay run."""
    was_paid_there: bool = False
    """The ledger had it as paid when it was last looked at."""
    is_in_run: str = ""
    """The pay run that has it and has not handed it to the bank."""


class Differs(StrEnum):
    """How the two may differ."""

    amount_differs = auto()
    voided_there = auto()
    entered_twice = auto()
    paid_twice = auto()
    paid_though_held = auto()
    paid_though_in_run = auto()
    paid_in_part = auto()
    payment_removed = auto()
    returned_here = auto()
    paid_though_voided = auto()
    live_though_voided = auto()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about which the two disagree, and what to do."""

    what: Differs
    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from looking."""

    is_newly_paid: bool = False
    differences: tuple[Difference, ...] = field(default=())


def compare(known: Known, there: Standing) -> Verdict:
    """Say what follows here from what the ledger says, and what a person has to look at."""
    if there.is_gone:
        return Verdict(differences=_gone(known))
    found = [*_doubled(known, there), *_amounts(known, there), *_payments(known, there)]
    is_new = there.status == PAID and not known.was_paid_there
    return Verdict(is_new and _can_be_paid(known), tuple(found))


def _can_be_paid(known: Known) -> bool:
    return known.status in (PayableStatus.open, PayableStatus.held, PayableStatus.exported)


def _gone(known: Known) -> tuple[Difference, ...]:
    if known.status is PayableStatus.voided:
        return ()
    return (
        Difference(
            Differs.voided_there,
            f"{known.number} was voided in Xero",
            "Void it here too, or restore it in Xero. Nothing was changed here.",
        ),
    )


def _doubled(known: Known, there: Standing) -> list[Difference]:
    if not there.twin or known.status is PayableStatus.voided:
        return []
    return [
        Difference(
            Differs.entered_twice,
            f"{known.number} is in Xero twice",
            f"Two bills of {there.payee} have this number: ours, and one that somebody entered there. "
            "Void the one that is too much before both are paid.",
        )
    ]


def _amounts(known: Known, there: Standing) -> list[Difference]:
    ours, theirs = Money(known.amount, known.currency), Money(there.total, there.currency)
    if known.status is PayableStatus.voided or (
        there.total == known.amount and there.currency == known.currency
    ):
        return []
    return [
        Difference(
            Differs.amount_differs,
            f"{known.number} is {theirs} in Xero, and {ours} here",
            f"Correct it in Xero to {ours}, or void it here and post what is right.",
        )
    ]


def _payments(known: Known, there: Standing) -> list[Difference]:
    if known.status is PayableStatus.voided:
        return _though_voided(known, there)
    found: list[Difference] = []
    if there.amount_paid > there.total:
        found.append(_twice(known, "Xero has more payments than the bill comes to."))
    if there.status == PAID:
        found += _paid_there(known, there)
    elif known.status is PayableStatus.paid and not known.is_paid_by_us:
        found.append(
            Difference(
                Differs.payment_removed,
                f"The payment of {known.number} was taken back in Xero",
                "If the bank returned it, take it back here too. Else enter the payment in Xero again.",
            )
        )
    elif there.amount_paid > 0 and known.status is not PayableStatus.paid:
        paid = Money(there.amount_paid, there.currency)
        found.append(
            Difference(
                Differs.paid_in_part,
                f"{known.number} is paid in part in Xero: {paid}",
                "Nothing is marked paid here until Xero shows the whole of it paid.",
            )
        )
    return found


def _though_voided(known: Known, there: Standing) -> list[Difference]:
    if there.amount_paid > 0:
        return [
            Difference(
                Differs.paid_though_voided,
                f"{known.number} is voided here, and paid in Xero",
                "Ask for the money back, or raise a credit note in Xero.",
            )
        ]
    return [
        Difference(
            Differs.live_though_voided,
            f"{known.number} is voided here, and open in Xero",
            "Void it in Xero, so that nobody pays it.",
        )
    ]


def _paid_there(known: Known, there: Standing) -> list[Difference]:
    if known.is_paid_by_us and there.paid_on and known.paid_on and there.paid_on != known.paid_on:
        here = f"here on {format_day(known.paid_on)} ({known.reference})"
        theirs = f"in Xero on {format_day(there.paid_on)} ({there.reference or 'no reference'})"
        return [_twice(known, f"It is paid {here} and {theirs}.")]
    if known.was_paid_there and _can_be_paid(known):
        return [
            Difference(
                Differs.returned_here,
                f"The payment of {known.number} came back, and Xero still has it as paid",
                "Remove the payment in Xero. Once it is paid anew, it is marked paid here by itself.",
            )
        ]
    if known.status is PayableStatus.held:
        return [
            Difference(
                Differs.paid_though_held,
                f"{known.number} was held here, and is paid in Xero",
                "It is marked paid. Look whether the reason it was held for still matters.",
            )
        ]
    if known.is_in_run and _can_be_paid(known):
        return [
            Difference(
                Differs.paid_though_in_run,
                f"{known.number} is paid in Xero, and stands in {known.is_in_run}",
                f"Cancel {known.is_in_run} and make it again without this payment.",
            )
        ]
    return []


def _twice(known: Known, fact: str) -> Difference:
    return Difference(
        Differs.paid_twice,
        f"{known.number} may be paid twice",
        f"{fact} If it is one payment, correct the day in Xero; if it is two, ask for one back.",
    )
