"""Productions, and the venues they are rehearsed and shown in."""

from datetime import date

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

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
from app.models.organisations import Season


class Production(Base, Keyed, Public, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """A ballet, opera, play or concert that artists are engaged for."""

    __tablename__ = "production"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        Index("ix_production_search", "search", postgresql_using="gin"),
        Index("ix_production_trigrams", "trigrams", postgresql_using="gin"),
    )

    code: Mapped[str]
    title: Mapped[str]
    company: Mapped[str] = mapped_column(default="")
    genre: Mapped[str] = mapped_column(default="")
    """What kind of production the company calls it (full-length ballet, subscription season)."""
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id"), index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    currency: Mapped[str] = mapped_column(Currency, default="AUD")
    cost_code: Mapped[str] = mapped_column(default="")
    folded: Mapped[str] = mapped_column(Computed("fold(title || ' ' || code)", persisted=True))
    search: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple', fold(title || ' ' || code))", persisted=True),
        deferred=True,
    )
    trigrams: Mapped[list[str]] = mapped_column(
        ARRAY(Text), Computed("trigrams(fold(title))", persisted=True), deferred=True
    )

    season: Mapped[Season | None] = relationship()

    def __str__(self) -> str:
        return self.title


class Venue(Base, Keyed, Public, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """A building. Its zone may be empty after an import; calls there cannot be published until set."""

    __tablename__ = "venue"
    __table_args__ = (
        Index("uq_venue_name_city", "organisation_id", "folded", unique=True),
        Index("ix_venue_trigrams", "trigrams", postgresql_using="gin"),
    )

    name: Mapped[str]
    city: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    zone: Mapped[str | None]
    """IANA time zone."""
    map_text: Mapped[str] = mapped_column(default="")
    """How to get in, in words that work offline."""
    folded: Mapped[str] = mapped_column(Computed("fold(name || ' ' || city)", persisted=True))
    trigrams: Mapped[list[str]] = mapped_column(
        ARRAY(Text), Computed("trigrams(fold(name))", persisted=True), deferred=True
    )

    spaces: Mapped[list["Space"]] = relationship(back_populates="venue", order_by="Space.name")

    def __str__(self) -> str:
        return self.name


class Space(Base, Keyed, OwnedByOrganisation, Stamped, Archivable):
    """A stage, studio or room within a venue."""

    __tablename__ = "space"
    __table_args__ = (UniqueConstraint("venue_id", "name"),)

    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"), index=True)
    name: Mapped[str]

    venue: Mapped[Venue] = relationship(back_populates="spaces")

    def __str__(self) -> str:
        return self.name
