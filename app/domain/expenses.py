"""The life of an expense claim and of its lines (domain.md 3.4)."""

from enum import StrEnum, auto
from typing import Final

from app.domain.moves import follow


class ClaimStatus(StrEnum):
    """Where a claim stands. Derived from its lines and ledger documents from ``submitted`` on."""

    received = auto()
    submitted = auto()
    under_review = auto()
    decided = auto()
    posting = auto()
    post_failed = auto()
    posted = auto()
    paid = auto()
    closed = auto()
    recalled = auto()
    corrected = auto()


class LineStatus(StrEnum):
    """Where one line of a claim stands."""

    entered = auto()
    queried = auto()
    answered = auto()
    first_approved = auto()
    approved = auto()
    refused = auto()
    duplicate = auto()


class LineEvent(StrEnum):
    """What moves a line."""

    query = auto()
    answer = auto()
    approve_first = auto()
    approve = auto()
    refuse = auto()
    mark_duplicate = auto()
    reopen = auto()


class ExpenseKind(StrEnum):
    """What the money was spent on."""

    taxi = auto()
    public_transport = auto()
    flight = auto()
    hotel = auto()
    meal = auto()
    mileage = auto()
    materials = auto()
    baggage = auto()
    phone = auto()
    medical = auto()
    other = auto()


class PaidBy(StrEnum):
    """Who paid, and who bears it (Gigwell's four kinds)."""

    artist = auto()
    company = auto()
    buyout = auto()
    rechargeable = auto()


UNDECIDED: Final = (LineStatus.entered, LineStatus.answered, LineStatus.first_approved)
"""What waits for somebody of the staff."""

REIMBURSED: Final = frozenset({PaidBy.artist, PaidBy.rechargeable})
"""What the company paid itself, or a buy-out covers, is approved but not paid out."""


class RateSource(StrEnum):
    """Where an exchange rate on a line comes from."""

    same_currency = auto()
    entered = auto()
    card_statement = auto()
    table = auto()


class Proof(StrEnum):
    """What a paper behind a line proves."""

    receipt = auto()
    card_statement = auto()


MOVES: Final = {
    (LineStatus.entered, LineEvent.query): LineStatus.queried,
    (LineStatus.answered, LineEvent.query): LineStatus.queried,
    (LineStatus.first_approved, LineEvent.query): LineStatus.queried,
    (LineStatus.queried, LineEvent.answer): LineStatus.answered,
    (LineStatus.first_approved, LineEvent.approve): LineStatus.approved,
    (LineStatus.first_approved, LineEvent.refuse): LineStatus.refused,
    (LineStatus.first_approved, LineEvent.mark_duplicate): LineStatus.duplicate,
    (LineStatus.first_approved, LineEvent.reopen): LineStatus.entered,
    (LineStatus.approved, LineEvent.reopen): LineStatus.entered,
    (LineStatus.refused, LineEvent.reopen): LineStatus.entered,
    (LineStatus.duplicate, LineEvent.reopen): LineStatus.entered,
    **{
        (status, event): follows
        for status in (LineStatus.entered, LineStatus.queried, LineStatus.answered)
        for event, follows in (
            (LineEvent.approve_first, LineStatus.first_approved),
            (LineEvent.approve, LineStatus.approved),
            (LineEvent.refuse, LineStatus.refused),
            (LineEvent.mark_duplicate, LineStatus.duplicate),
        )
    },
}
"""Above a limit a first approval waits for a second person. A decision that no document carries can be
opened again, with a reason; what is posted is voided first."""


def next_line_status(status: LineStatus, event: LineEvent) -> LineStatus:
    """Return the status of a claim line that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "line")
