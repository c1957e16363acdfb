"""Phones and browsers that a person wants to be told on."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped
from app.models.people import Person


class PushSubscription(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """One browser's leave to tell a person that something changed, until it is taken back."""

    __tablename__ = "push_subscription"
    __table_args__ = (UniqueConstraint("person_id", "address_sha256"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address_sha256: Mapped[bytes]
    """By which the same browser is known again."""
    credentials: Mapped[str | None]
    """Sealed JSON: where the browser's push service is asked, and the keys it gave us."""
    label: Mapped[str] = mapped_column(default="", server_default="")
    """Which device it is, in words."""
    told_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str] = mapped_column(default="", server_default="")

    person: Mapped[Person] = relationship()
