"""What the company owes an artist, and how it is settled."""

from enum import StrEnum, auto
from typing import Final

from app.domain.moves import follow


class PayableSource(StrEnum):
    """What a payable comes from."""

    fee = auto()
    allowance = auto()
    claim = auto()


class PayableStatus(StrEnum):
    """Where a payable stands in the ledger."""

    open = auto()
    held = auto()
    exported = auto()
    paid = auto()
    voided = auto()


class PayableEvent(StrEnum):
    """What moves a payable."""

    hold = auto()
    release = auto()
    export = auto()
    pay = auto()
    void = auto()
    bounce = auto()
    withdraw = auto()
    pay_there = auto()


class LedgerStatus(StrEnum):
    """What a document in the ledger is."""

    posting = auto()
    posted = auto()
    paid = auto()
    failed = auto()
    voided = auto()


class LedgerEvent(StrEnum):
    """What moves a document in the ledger."""

    post = auto()
    fail = auto()
    retry = auto()
    pay = auto()
    void = auto()
    bounce = auto()


MOVES: Final = {
    (PayableStatus.open, PayableEvent.hold): PayableStatus.held,
    (PayableStatus.open, PayableEvent.export): PayableStatus.exported,
    (PayableStatus.open, PayableEvent.void): PayableStatus.voided,
    (PayableStatus.held, PayableEvent.release): PayableStatus.open,
    (PayableStatus.held, PayableEvent.void): PayableStatus.voided,
    (PayableStatus.exported, PayableEvent.pay): PayableStatus.paid,
    (PayableStatus.exported, PayableEvent.void): PayableStatus.voided,
    (PayableStatus.exported, PayableEvent.withdraw): PayableStatus.open,
    (PayableStatus.exported, PayableEvent.bounce): PayableStatus.held,
    (PayableStatus.paid, PayableEvent.bounce): PayableStatus.held,
    (PayableStatus.open, PayableEvent.pay_there): PayableStatus.paid,
    (PayableStatus.held, PayableEvent.pay_there): PayableStatus.paid,
    (PayableStatus.exported, PayableEvent.pay_there): PayableStatus.paid,
}
"""A payment the bank sends back is held until somebody has looked at the account. What the ledger
outside has paid is paid, wherever it stood here: it must not go to the bank again."""

LEDGER_MOVES: Final = {
    (LedgerStatus.posting, LedgerEvent.post): LedgerStatus.posted,
    (LedgerStatus.posting, LedgerEvent.fail): LedgerStatus.failed,
    (LedgerStatus.failed, LedgerEvent.retry): LedgerStatus.posting,
    (LedgerStatus.failed, LedgerEvent.post): LedgerStatus.posted,
    (LedgerStatus.failed, LedgerEvent.void): LedgerStatus.voided,
    (LedgerStatus.posted, LedgerEvent.pay): LedgerStatus.paid,
    (LedgerStatus.posted, LedgerEvent.void): LedgerStatus.voided,
    (LedgerStatus.paid, LedgerEvent.bounce): LedgerStatus.posted,
}
"""A failed document may turn out posted: somebody entered it by hand, or it was found there."""


def next_payable_status(status: PayableStatus, event: PayableEvent) -> PayableStatus:
    """Return the status of a payable that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "payable")


def next_ledger_status(status: LedgerStatus, event: LedgerEvent) -> LedgerStatus:
    """Return the status of a ledger document that follows ``event``, or refuse."""
    return follow(LEDGER_MOVES, status, event, "ledger document")
