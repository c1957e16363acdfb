"""People: artists, ensembles and agents, how they are reached, and who is paid for them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from app.domain.bank_accounts import AccountKind, masked
from app.domain.people import (
    AvailabilityEvent,
    AvailabilityKind,
    AvailabilityStatus,
    BankDetailEvent,
    BankDetailStatus,
    ContactKind,
    EngagementBasis,
    PayeeKind,
    PersonKind,
    RepresentationScope,
    next_availability_status,
    next_bank_detail_status,
)
from app.models.base import (
    Archivable,
    Base,
    Keyed,
    OwnedByOrganisation,
    Public,
    Stamped,
    Versioned,
)


class Person(Base, Keyed, Public, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """Somebody the company hires or deals with: an artist, an ensemble, or an agent."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_search", "search", postgresql_using="gin"),
        Index("ix_person_trigrams", "trigrams", postgresql_using="gin"),
        Index("ix_person_organisation_id_folded", "organisation_id", "folded"),
        Index("ix_person_organisation_id_name_key", "organisation_id", "name_key"),
    )

    kind: Mapped[PersonKind] = mapped_column(default=PersonKind.individual)
    name: Mapped[str]
    """As it is written on a programme."""
    legal_name: Mapped[str] = mapped_column(default="")
    """As it is written in a contract; empty means the same as ``name``."""
    preferred_name: Mapped[str] = mapped_column(default="")
    sort_name: Mapped[str] = mapped_column(default="")
    """`Last, First` where known."""
    name_key: Mapped[str] = mapped_column(default="")
    """Folded key by which the same person is found again (app.domain.people.name_key)."""
    is_agent: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    folded: Mapped[str] = mapped_column(
        Computed("fold(name || ' ' || legal_name || ' ' || preferred_name)", persisted=True)
    )
    search: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed(
            "to_tsvector('simple', fold(name || ' ' || legal_name || ' ' || preferred_name))",
            persisted=True,
        ),
        deferred=True,
    )
    trigrams: Mapped[list[str]] = mapped_column(
        ARRAY(Text), Computed("trigrams(fold(name))", persisted=True), deferred=True
    )

    artist: Mapped["ArtistProfile | None"] = relationship(back_populates="person")
    contact_points: Mapped[list["ContactPoint"]] = relationship(
        back_populates="person", order_by="ContactPoint.id"
    )

    def __str__(self) -> str:
        return self.name


class ArtistProfile(Base, Keyed, OwnedByOrganisation, Stamped):
    """What is known of a person as an artist: discipline, tax residence, travel needs."""

    __tablename__ = "artist_profile"
    __table_args__ = (UniqueConstraint("person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    discipline: Mapped[str] = mapped_column(default="")
    tax_residence: Mapped[str] = mapped_column(default="")
    """ISO 3166-1 alpha-2."""
    usual_basis: Mapped[EngagementBasis] = mapped_column(default=EngagementBasis.undecided)
    home_base: Mapped[str] = mapped_column(default="")
    home_zone: Mapped[str] = mapped_column(default="")
    dietary: Mapped[str] = mapped_column(default="")
    seat_preference: Mapped[str] = mapped_column(default="")
    loyalty_numbers: Mapped[str] = mapped_column(default="")
    emergency_contact: Mapped[str] = mapped_column(default="")
    passport: Mapped[str | None]
    """Encrypted."""
    language: Mapped[str] = mapped_column(default="en")

    person: Mapped[Person] = relationship(back_populates="artist")


class ContactPoint(Base, Keyed, OwnedByOrganisation, Stamped):
    """An address or a number. Two people may share one; it proves nothing until verified."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "normalised"),
        Index("ix_contact_point_normalised", "normalised"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ContactKind]
    value: Mapped[str]
    normalised: Mapped[str]
    """E-mail in lower case; mobile in E.164."""
    is_preferred: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    """When something that was sent there last came back for good: nothing more is sent."""
    stopped_at: Mapped[datetime | None]
    """When whoever reads there last asked for nothing more: nothing more is sent."""
    reopened_at: Mapped[datetime | None]
    """When it was last said that it may be used again; what a carrier said before no longer counts."""
    lost_because: Mapped[str] = mapped_column(default="", server_default="")
    """What the carrier said about either."""
    conflict_note: Mapped[str] = mapped_column(default="")
    """Why the address is not trusted: for example that another name uses it too."""

    person: Mapped[Person] = relationship(back_populates="contact_points")

    @property
    def is_open(self) -> bool:
        """Tell whether anything may be sent there."""
        return self.bounced_at is None and self.stopped_at is None


class Representation(Base, Keyed, OwnedByOrganisation, Stamped):
    """What an agent may do for an artist, and from when to when."""

    __tablename__ = "representation"
    __table_args__ = (
        CheckConstraint("agent_id <> artist_id", name="two_people"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        UniqueConstraint("agent_id", "artist_id", "starts_on"),
    )

    agent_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    artist_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    scopes: Mapped[list[str]]
    """Values of RepresentationScope."""
    territory: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    agent: Mapped[Person] = relationship(foreign_keys=[agent_id])
    artist: Mapped[Person] = relationship(foreign_keys=[artist_id])

    def allows(self, scope: RepresentationScope, on: date) -> bool:
        """Tell whether the agent may do ``scope`` on that day."""
        begun = self.starts_on <= on
        ended = self.ends_on is not None and self.ends_on < on
        return begun and not ended and scope.value in self.scopes


class PayeeProfile(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """Who is paid: not always the artist, and never the signer by assumption."""

    __tablename__ = "payee_profile"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[PayeeKind] = mapped_column(default=PayeeKind.person)
    name: Mapped[str]
    basis: Mapped[EngagementBasis] = mapped_column(default=EngagementBasis.undecided)
    basis_decided_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    basis_decided_at: Mapped[datetime | None]
    tax_number: Mapped[str | None]
    """Encrypted."""
    is_gst_registered: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship()
    bank_details: Mapped[list["BankDetail"]] = relationship(
        back_populates="payee", order_by="BankDetail.id"
    )

    def __str__(self) -> str:
        return self.name


class BankDetail(Base, Keyed, OwnedByOrganisation, Stamped):
    """A bank account. Used for payment only once called back by one person and verified by another."""

    __tablename__ = "bank_detail"
    __table_args__ = (
        CheckConstraint(
            "verified_by IS NULL OR verified_by <> called_back_by", name="two_people_verify"
        ),
        CheckConstraint(
            "status <> 'verified' OR (called_back_by IS NOT NULL AND called_number <> ''"
            " AND verified_by IS NOT NULL)",
            name="called_and_verified",
        ),
        Index(
            "uq_bank_detail_one_verified",
            "payee_id",
            unique=True,
            postgresql_where="status = 'verified'",
        ),
    )

    payee_id: Mapped[int] = mapped_column(ForeignKey("payee_profile.id"), index=True)
    holder: Mapped[str]
    account: Mapped[str]
    """Encrypted: BSB and number, IBAN, or as another country writes it. Never changed."""
    kind: Mapped[AccountKind] = mapped_column(default=AccountKind.bsb, server_default="bsb")
    bic: Mapped[str] = mapped_column(default="", server_default="")
    ending: Mapped[str]
    """Last three characters, for people to recognise it by."""
    country: Mapped[str] = mapped_column(default="AU")
    currency: Mapped[str] = mapped_column(default="AUD")
    status: Mapped[BankDetailStatus] = mapped_column(default=BankDetailStatus.proposed)
    proposed_by: Mapped[str]
    called_back_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    called_back_at: Mapped[datetime | None]
    called_number: Mapped[str] = mapped_column(default="", server_default="")
    """The number phoned: one that was known before the account came."""
    verified_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    verified_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str] = mapped_column(default="", server_default="")

    payee: Mapped[PayeeProfile] = relationship(back_populates="bank_details")

    def advance(self, event: BankDetailEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_bank_detail_status(self.status, event)

    def __str__(self) -> str:
        return f"{self.holder}, {masked(self.ending)}"


class Availability(Base, Keyed, OwnedByOrganisation, Stamped):
    """Dates on which somebody can or cannot work; late changes wait for staff."""

    __tablename__ = "availability"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates_in_order"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    kind: Mapped[AvailabilityKind] = mapped_column(default=AvailabilityKind.unavailable)
    status: Mapped[AvailabilityStatus] = mapped_column(default=AvailabilityStatus.proposed)
    note: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship()

    def advance(self, event: AvailabilityEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_availability_status(self.status, event)


class PersonVariant(Base, Keyed, OwnedByOrganisation):
    """Another spelling under which a person was met, so that an import finds them again."""

    __tablename__ = "person_variant"
    __table_args__ = (UniqueConstraint("organisation_id", "name_key"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name_key: Mapped[str]
    written: Mapped[str]
