"""Dated rates that a company keeps: of currencies, and of a kilometre."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.mileage import VehicleKind
from app.models.base import Base, Currency, Keyed, OwnedByOrganisation, Rate, Stamped


class ExchangeRate(Base, Keyed, OwnedByOrganisation, Stamped):
    """How many of the company's currency one of another was worth on a day, and who says so."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        UniqueConstraint("organisation_id", "currency", "base_currency", "valid_on"),
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint("currency <> base_currency", name="two_currencies"),
    )

    currency: Mapped[str] = mapped_column(Currency)
    base_currency: Mapped[str] = mapped_column(Currency)
    valid_on: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Rate)
    source: Mapped[str]

    def __str__(self) -> str:
        return f"{self.currency} on {self.valid_on.isoformat()}"


class MileageRate(Base, Keyed, OwnedByOrganisation, Stamped):
    """What a kilometre in one's own vehicle is worth from a day on."""

    __tablename__ = "mileage_rate"
    __table_args__ = (
        UniqueConstraint("organisation_id", "vehicle", "valid_from"),
        CheckConstraint("rate > 0", name="rate_positive"),
    )

    vehicle: Mapped[VehicleKind]
    valid_from: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Rate)
    currency: Mapped[str] = mapped_column(Currency)
    source: Mapped[str]

    def __str__(self) -> str:
        return f"{self.vehicle.value.capitalize()} from {self.valid_from.isoformat()}"
