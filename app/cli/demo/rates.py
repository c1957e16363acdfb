"""Rates that finance has entered: a kilometre by car, dearer since the last July, and three currencies."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from app.domain.mileage import VehicleKind
from app.models import Organisation
from app.models.rates import ExchangeRate, MileageRate

EXAMPLE: Final = "Made up for trying"
CURRENCIES: Final = {"EUR": "1.6540", "NZD": "0.9120", "JPY": "0.0102"}


def enter(session: Session, organisation: Organisation, today: date) -> None:
    """Enter what artists on tour claim by: the old year's kilometres keep the old rate."""
    own = {"organisation_id": organisation.id, "source": EXAMPLE}
    july = date(today.year if today >= date(today.year, 7, 1) else today.year - 1, 7, 1)
    session.add_all(
        MileageRate(**own, vehicle=VehicleKind.car, valid_from=since, rate=Decimal(rate), currency="AUD")
        for since, rate in ((july.replace(year=july.year - 1), "0.88"), (july, "0.91"))
    )  # fmt: skip
    session.add_all(
        ExchangeRate(
            **own, currency=currency, base_currency=organisation.base_currency, rate=Decimal(rate),
            valid_on=today - timedelta(days=days),
        )
        for currency, rate in CURRENCIES.items()
        for days in range(0, 42, 7)
    )  # fmt: skip
    session.flush()
