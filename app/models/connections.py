"""What an organisation has agreed with providers, what is switched off, and what needs a person."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.connections import (
    AttentionStatus,
    ConnectionEvent,
    ConnectionStatus,
    next_connection_status,
)
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped, Versioned


class ProviderConnection(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """An organisation's leave to act for it at a provider, with the sealed keys to do so."""

    __tablename__ = "provider_connection"
    __table_args__ = (
        UniqueConstraint("organisation_id", "provider"),
        Index(
            "uq_provider_connection_xero_external_id",
            "external_id",
            unique=True,
            postgresql_where=text(
                "provider = 'xero' AND status <> 'disconnected' AND external_id <> ''"
            ),
        ),
    )

    provider: Mapped[str]
    """As the choice is called: xero, sharepoint ..."""
    status: Mapped[ConnectionStatus] = mapped_column(default=ConnectionStatus.connected)
    external_id: Mapped[str] = mapped_column(default="", server_default="")
    """The provider's own id of the organisation: a Xero tenant, a SharePoint drive."""
    external_name: Mapped[str] = mapped_column(default="", server_default="")
    credentials: Mapped[str | None]
    """Sealed JSON (``field_encryption``): access and refresh tokens. Replaced under a row lock."""
    access_until: Mapped[datetime | None]
    """When the access it gives ends, if nobody renews it."""
    renewed_at: Mapped[datetime | None]
    """When the leave was last given or renewed: what it lives for without use is counted from here."""
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What the organisation chose at the provider: accounts, tax types, a library."""
    connected_by: Mapped[str] = mapped_column(default="", server_default="")
    connected_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="", server_default="")

    def advance(self, event: ConnectionEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_connection_status(self.status, event)


class ProviderSwitch(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """What a person switched off about a provider: all automatic work, or its use altogether."""

    __tablename__ = "provider_switch"
    __table_args__ = (UniqueConstraint("organisation_id", "provider"),)

    provider: Mapped[str]
    is_paused: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Nothing is sent; what is promised waits."""
    is_manual: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """People do by hand what the provider would: the embedded way is used."""
    reason: Mapped[str] = mapped_column(default="", server_default="")
    changed_by: Mapped[str] = mapped_column(default="", server_default="")


class AttentionItem(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """One thing about a provider that a person has to do; the same thing is open once."""

    __tablename__ = "attention_item"
    __table_args__ = (
        Index(
            "uq_attention_item_open",
            "organisation_id",
            "provider",
            "problem",
            "subject",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        CheckConstraint("status = 'open' OR closed_at IS NOT NULL", name="closed"),
    )

    provider: Mapped[str]
    problem: Mapped[str]
    """What kind it is: locked_period, contact_archived, envelope_differs ..."""
    subject: Mapped[str]
    """What it is about: payable:7, contract:3, connection."""
    title: Mapped[str]
    advice: Mapped[str]
    """What to do, in a sentence."""
    href: Mapped[str] = mapped_column(default="", server_default="")
    """Where that is done: a path of the desk."""
    deed: Mapped[str] = mapped_column(default="", server_default="")
    """What the button there says."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What we know and what the provider says, side by side."""
    status: Mapped[AttentionStatus] = mapped_column(
        default=AttentionStatus.open, server_default="open"
    )
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(default="", server_default="")
    closing: Mapped[str] = mapped_column(default="", server_default="")
    """How it ended, in words."""
