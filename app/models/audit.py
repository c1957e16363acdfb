"""Who did what, when and why: written by database triggers, sealed in batches, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Keyed


class AuditEntry(Base, Keyed):
    """One change of one row. ``organisation_id`` is empty for FAB's own tables."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_record", "organisation_id", "entity", "entity_id", "id"),
        Index("ix_audit_entry_organisation_id_id", "organisation_id", "id"),
        Index("ix_audit_entry_transaction_id", "transaction_id"),
        Index(
            "ix_audit_entry_removed",
            "organisation_id",
            "entity",
            postgresql_where=text("action = 'delete'"),
        ),
    )

    organisation_id: Mapped[int | None] = mapped_column(BigInteger)
    happened_at: Mapped[datetime]
    actor: Mapped[str]
    on_behalf_of: Mapped[str]
    action: Mapped[str]
    """insert, update, delete; or view for a look at an encrypted field."""
    entity: Mapped[str]
    """Table name."""
    entity_id: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Only the fields that changed; secrets masked."""
    reason: Mapped[str]
    request_id: Mapped[str]
    transaction_id: Mapped[int]
    """PostgreSQL transaction, so that a batch seals whole transactions."""


class AuditSeal(Base, Keyed):
    """A link of the hash chain of one organisation over a batch of entries."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number", postgresql_nulls_not_distinct=True),
    )

    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    from_transaction: Mapped[int]
    to_transaction: Mapped[int]
    """It seals the entries of transactions from (included) to (excluded): all were finished then."""
    entry_count: Mapped[int]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 over previous_hash and the canonical JSON of each entry."""
    sealed_at: Mapped[datetime]
