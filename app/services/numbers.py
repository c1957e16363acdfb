"""The numbers papers are known by: given out one after the other, never twice, kept by a row lock."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.numbers import claim_number, contract_number, engagement_number

_TAKE = text(
    "INSERT INTO number_series AS known (organisation_id, series, last) "
    "VALUES (:organisation_id, :series, :count) "
    "ON CONFLICT (organisation_id, series) DO UPDATE SET last = known.last + :count "
    "RETURNING last"
)
"""Whoever takes a number holds the row until the transaction ends: a rolled-back number is not lost."""


def next_number(session: Session, organisation_id: int, series: str) -> int:
    """Return the next number of a series."""
    return next_numbers(session, organisation_id, series, 1)[0]


def next_numbers(session: Session, organisation_id: int, series: str, count: int) -> range:
    """Return the next ``count`` numbers of a series, all at once."""
    if count == 0:
        return range(0)
    values = {"organisation_id": organisation_id, "series": series, "count": count}
    last: int = session.execute(_TAKE, values).scalar_one()
    return range(last - count + 1, last + 1)


def next_contract_number(session: Session, organisation_id: int, year: int) -> str:
    """Return the number of the next contract of a year: C-2026-0147."""
    return next_contract_numbers(session, organisation_id, year, 1)[0]


def next_contract_numbers(
    session: Session, organisation_id: int, year: int, count: int
) -> list[str]:
    """Return the numbers of the next contracts of a year."""
    places = next_numbers(session, organisation_id, f"contract-{year}", count)
    return [contract_number(year, place) for place in places]


def next_engagement_numbers(session: Session, organisation_id: int, count: int) -> list[str]:
    """Return the numbers of the next engagements: ENG-0147."""
    return [
        engagement_number(place)
        for place in next_numbers(session, organisation_id, "engagement", count)
    ]


def next_claim_number(session: Session, organisation_id: int) -> str:
    """Return the number of the next expense claim: CL-0231."""
    return claim_number(next_number(session, organisation_id, "claim"))
