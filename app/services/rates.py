"""Rates that finance keeps by their day: what a currency, and what a kilometre, was worth."""

from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.currencies import parse_currency
from app.domain.errors import Refused
from app.domain.exchange_rates import (
    LASTS,
    DatedRate,
    check_rate,
    check_source,
    rate_for,
    read_list,
)
from app.domain.mileage import KilometreRate
from app.models.organisations import Organisation
from app.models.rates import ExchangeRate, MileageRate

A_KILOMETRE: Final = "what a kilometre is worth, above zero, such as 0.88"


def settle_exchange_rate(session: Session, rate: ExchangeRate) -> None:
    """Check an exchange rate; it is always of the company's own currency."""
    base = session.get_one(Organisation, rate.organisation_id).base_currency
    rate.currency, rate.base_currency = parse_currency(rate.currency or ""), base
    if rate.currency == base:
        raise Refused(f"{base} is your own currency. Choose the other one.", field="currency")
    rate.rate, rate.source = check_rate(rate.rate), check_source(rate.source or "")


def settle_mileage_rate(session: Session, rate: MileageRate) -> None:
    """Check what a kilometre is worth."""
    del session
    rate.currency = parse_currency(rate.currency or "")
    rate.rate = check_rate(rate.rate, wanted=A_KILOMETRE)
    rate.source = check_source(rate.source or "")


def table_rate(
    session: Session, organisation_id: int, currency: str, base_currency: str, day: date
) -> DatedRate | None:
    """Return the rate of the table that counts on a day, None where finance has to set one."""
    rows = session.scalars(
        select(ExchangeRate).where(
            ExchangeRate.organisation_id == organisation_id,
            ExchangeRate.currency == currency,
            ExchangeRate.base_currency == base_currency,
            ExchangeRate.valid_on.between(day - LASTS, day),
        )
    )
    return rate_for((DatedRate(r.currency, r.valid_on, r.rate, r.source) for r in rows), day)


def kilometre_rates(session: Session, organisation_id: int) -> list[KilometreRate]:
    """Return what a kilometre was worth in each vehicle, from when on."""
    rows = session.scalars(
        select(MileageRate)
        .where(MileageRate.organisation_id == organisation_id)
        .order_by(MileageRate.vehicle, MileageRate.valid_from)
    )
    return [KilometreRate(r.vehicle, r.valid_from, r.rate, r.currency) for r in rows]


def bring_in(session: Session, organisation_id: int, text: str) -> int:
    """Enter a list of rates; a day that is known is changed. Return how many there are in it."""
    base = session.get_one(Organisation, organisation_id).base_currency
    newest = {(each.currency, each.day): each for each in read_list(text, base)}
    rows = [
        {
            "organisation_id": organisation_id,
            "currency": each.currency,
            "base_currency": base,
            "valid_on": each.day,
            "rate": each.rate,
            "source": each.source,
        }
        for each in newest.values()
    ]
    entered = insert(ExchangeRate).values(rows)
    session.execute(
        entered.on_conflict_do_update(
            index_elements=["organisation_id", "currency", "base_currency", "valid_on"],
            set_={
                "rate": entered.excluded.rate,
                "source": entered.excluded.source,
                "updated_at": func.clock_timestamp(),
            },
        )
    )
    return len(rows)
