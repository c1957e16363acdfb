"""The company itself, its seasons, the numbers it gives out, and the staff who work for it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.sign_in import StaffEvent, StaffStatus, next_staff_status
from app.models.base import (
    Archivable,
    Base,
    Currency,
    Keyed,
    OwnedByOrganisation,
    Public,
    Stamped,
    Versioned,
)


class Organisation(Base, Keyed, Public, Stamped):
    """A performing-arts company: the tenant that every other row belongs to."""

    __tablename__ = "organisation"

    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    legal_name: Mapped[str] = mapped_column(default="")
    registration_number: Mapped[str] = mapped_column(default="")
    """ABN, company number or the like, as printed on contracts."""
    address: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    base_currency: Mapped[str] = mapped_column(Currency, default="AUD")
    zone: Mapped[str] = mapped_column(default="Australia/Brisbane")
    jurisdiction: Mapped[str] = mapped_column(default="AU")
    pay_run_weekday: Mapped[int] = mapped_column(default=4)
    """Day of the weekly pay run, Monday = 0 (ISO 8601 weekday minus one)."""
    pay_run_lead_days: Mapped[int] = mapped_column(default=3)
    signatory_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    """Who countersigns for the company."""
    reminder_days: Mapped[list[Any]] = mapped_column(
        default=lambda: [3, 7, 12], server_default="[3, 7, 12]"
    )
    """How many days after sending a signer is reminded, unless the sender says otherwise."""

    def __str__(self) -> str:
        return self.name


class NumberSeries(Base, OwnedByOrganisation):
    """The last number given out in a series (contracts of 2026, claims, engagements)."""

    __tablename__ = "number_series"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class Season(Base, Keyed, OwnedByOrganisation, Stamped, Archivable):
    """A season of productions, named as the company names it (2026-27)."""

    __tablename__ = "season"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )

    name: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    def __str__(self) -> str:
        return self.name


class StaffProfile(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """Somebody's employment with an organisation; the sign-in itself is FAB's ``ab_user``."""

    __tablename__ = "staff_profile"
    __table_args__ = (
        UniqueConstraint("user_id"),
        Index("uq_staff_profile_entra_oid", "entra_oid", unique=True),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    display_name: Mapped[str]
    position: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    status: Mapped[StaffStatus] = mapped_column(default=StaffStatus.active)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Set where a member of staff is also hired as an artist: nobody decides on their own claim."""
    ended_at: Mapped[datetime | None]
    entra_oid: Mapped[str | None] = mapped_column()
    """Their number at Microsoft Entra ID, once they have come in by it."""

    organisation: Mapped[Organisation] = relationship()

    def advance(self, event: StaffEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_staff_status(self.status, event)

    def __str__(self) -> str:
        return self.display_name
