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
    approved = auto()
    refused = auto()
    duplicate = auto()


class LineEvent(StrEnum):
    """What moves a line."""

    query = auto()
    answer = auto()
    approve = auto()
    refuse = auto()
    mark_duplicate = auto()


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


class RateSource(StrEnum):
    """Where an exchange rate on a line comes from."""

    same_currency = auto()
    entered = auto()
    card_statement = auto()
    table = auto()


MOVES: Final = {
    (LineStatus.entered, LineEvent.query): LineStatus.queried,
    (LineStatus.answered, LineEvent.query): LineStatus.queried,
    (LineStatus.queried, LineEvent.answer): LineStatus.answered,
    **{
        (status, event): follows
        for status in (LineStatus.entered, LineStatus.queried, LineStatus.answered)
        for event, follows in (
            (LineEvent.approve, LineStatus.approved),
            (LineEvent.refuse, LineStatus.refused),
            (LineEvent.mark_duplicate, LineStatus.duplicate),
        )
    },
}


def next_line_status(status: LineStatus, event: LineEvent) -> LineStatus:
    """Return the status of a claim line that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "line")
