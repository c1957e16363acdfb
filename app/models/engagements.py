"""Engagements: one artist hired for one production, with roles, fees and entitlements."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.claim_caps import CapPeriod
from app.domain.contracts import EntitlementKind, FeeKind, FeeTrigger, TermSource
from app.domain.people import (
    Casting,
    EngagementBasis,
    EngagementEvent,
    EngagementStatus,
    next_engagement_status,
)
from app.models.base import (
    Archivable,
    Base,
    Currency,
    Keyed,
    OwnedByOrganisation,
    Public,
    Stamped,
    Versioned,
    amount_check,
)
from app.models.people import PayeeProfile, Person
from app.models.productions import Production


class Engagement(Base, Keyed, Public, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """The thread everything hangs on: contract, calls, allowances, claims, payables."""

    __tablename__ = "engagement"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "import_key"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        CheckConstraint(amount_check("fee"), name="fee_decimals"),
        CheckConstraint("fee >= 0", name="fee_not_negative"),
        Index("ix_engagement_organisation_id_starts_on", "organisation_id", "starts_on"),
    )

    number: Mapped[str]
    """ENG-0147."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    production_id: Mapped[int] = mapped_column(ForeignKey("production.id"), index=True)
    basis: Mapped[EngagementBasis] = mapped_column(default=EngagementBasis.undecided)
    basis_decided_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    status: Mapped[EngagementStatus] = mapped_column(default=EngagementStatus.pencilled)
    hold_rank: Mapped[int | None]
    hold_expires_on: Mapped[date | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    dates_reason: Mapped[str] = mapped_column(default="")
    """Why the dates lie outside the production's, where they do."""
    fee: Mapped[Decimal] = mapped_column(default=Decimal(0))
    currency: Mapped[str] = mapped_column(Currency, default="AUD")
    payment_terms: Mapped[str] = mapped_column(default="")
    payee_id: Mapped[int | None] = mapped_column(ForeignKey("payee_profile.id"), index=True)
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    home_base: Mapped[str] = mapped_column(default="")
    home_zone: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    import_key: Mapped[str | None]
    """Which row of a workbook it came from: the same row never makes a second one."""

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    agent: Mapped[Person | None] = relationship(foreign_keys=[agent_id])
    production: Mapped[Production] = relationship()
    payee: Mapped[PayeeProfile | None] = relationship()
    roles: Mapped[list["RoleAssignment"]] = relationship(
        back_populates="engagement", order_by="RoleAssignment.id", cascade="all, delete-orphan"
    )
    fee_lines: Mapped[list["FeeLine"]] = relationship(
        back_populates="engagement", order_by="FeeLine.position", cascade="all, delete-orphan"
    )
    entitlements: Mapped[list["Entitlement"]] = relationship(
        back_populates="engagement", order_by="Entitlement.id", cascade="all, delete-orphan"
    )

    def advance(self, event: EngagementEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_engagement_status(self.status, event)

    def __str__(self) -> str:
        return self.number


class RoleAssignment(Base, Keyed, OwnedByOrganisation, Stamped):
    """A role somebody holds in a production, in which cast, and how."""

    __tablename__ = "role_assignment"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates_in_order"),)

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    role: Mapped[str]
    casting: Mapped[Casting] = mapped_column(default=Casting.principal)
    cast: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    engagement: Mapped[Engagement] = relationship(back_populates="roles")

    def __str__(self) -> str:
        return self.role


class FeeLine(Base, Keyed, OwnedByOrganisation, Stamped):
    """A part of the fee and what makes it due."""

    __tablename__ = "fee_line"
    __table_args__ = (
        UniqueConstraint("engagement_id", "position"),
        CheckConstraint(amount_check("amount"), name="amount_decimals"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    position: Mapped[int]
    kind: Mapped[FeeKind] = mapped_column(default=FeeKind.instalment)
    label: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(Currency)
    trigger: Mapped[FeeTrigger] = mapped_column(default=FeeTrigger.on_date)
    due_on: Mapped[date | None]

    engagement: Mapped[Engagement] = relationship(back_populates="fee_lines")


class Entitlement(Base, Keyed, OwnedByOrganisation, Stamped):
    """What the engagement gives beside the fee: a per diem, a cap, a travel class."""

    __tablename__ = "entitlement"
    __table_args__ = (
        CheckConstraint(amount_check("amount"), name="amount_decimals"),
        CheckConstraint(amount_check("cap"), name="cap_decimals"),
    )

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    kind: Mapped[EntitlementKind]
    amount: Mapped[Decimal | None]
    cap: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(Currency)
    period: Mapped[CapPeriod] = mapped_column(default=CapPeriod.each, server_default="each")
    """For how long the cap counts expenses together."""
    rule: Mapped[str] = mapped_column(default="")
    """The rule in words, as the contract prints it (economy, a ride, a night)."""

    engagement: Mapped[Engagement] = relationship(back_populates="entitlements")


class TermSet(Base, Keyed, OwnedByOrganisation):
    """The terms in force from a day on, as data; append-only."""

    __tablename__ = "term_set"
    __table_args__ = (UniqueConstraint("engagement_id", "number"),)

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    number: Mapped[int]
    effective_from: Mapped[date]
    source: Mapped[TermSource]
    source_id: Mapped[int]
    """Id of the contract version or amendment the terms were signed in."""
    terms: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
