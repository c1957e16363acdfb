"""A contract signed by hand: on which days it can have been signed."""

from datetime import date
from typing import Final

from app.domain.periods import format_date

EARLIEST_YEARS: Final = 5
"""So long before an engagement begins its contract may have been signed elsewhere."""


def about_signed_day(
    signed_on: date | None, *, issued_on: date | None, starts_on: date, today: date
) -> str:
    """Return what is wrong with the day a paper was signed on; empty where nothing is.

    ``issued_on`` is when our contract was drawn up; None where the paper was not ours.
    """
    if signed_on is None:
        return "Say on which day it was signed."
    if signed_on > today:
        return "That day has not come yet."
    if issued_on is not None and signed_on < issued_on:
        return (
            f"This contract was drawn up on {format_date(issued_on)}, so nobody signed it on "
            f"{format_date(signed_on)}. Choose {format_date(issued_on)} or later."
        )
    if signed_on.year < starts_on.year - EARLIEST_YEARS:
        return (
            f"The engagement begins on {format_date(starts_on)}. Look at the year: "
            f"{format_date(signed_on)} is too long before."
        )
    return ""
