"""What the company owes an artist, and how it is settled."""

from enum import StrEnum, auto


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


class LedgerStatus(StrEnum):
    """What a document in the ledger is."""

    posting = auto()
    posted = auto()
    paid = auto()
    failed = auto()
    voided = auto()
