"""What we promised the outside world, every attempt to keep it, and answers kept for repeats.

The tables are those of reliability.md A4: PostgreSQL is the record of work, the queue only a bell.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.outbox_moves import MessageEvent, next_message_state
from app.models.base import Base, uuid7


class OutboxMessage(Base):
    """One promise to the outside world. Its id is also the key that the provider is given."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id",
            "kind",
            "dedup_key",
            name="uq_outbox_message_fact",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "outbox_due",
            text("priority DESC"),
            "not_before",
            "id",
            postgresql_where=text("state IN ('ready', 'leased')"),
        ),
        Index(
            "outbox_in_order",
            "organisation_id",
            "order_key",
            "id",
            postgresql_where=text("order_key IS NOT NULL AND state NOT IN ('done', 'cancelled')"),
        ),
        Index("ix_outbox_message_external_id", "external_id"),
        Index(
            "outbox_stopped",
            "organisation_id",
            postgresql_where=text("state IN ('dead', 'in_doubt')"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """None for sign-in mail, which belongs to an address and not to a company."""
    kind: Mapped[str]
    """What is to be done, as its courier is registered: mail.send, esign.send ..."""
    dedup_key: Mapped[str]
    """Names the fact, so that it is promised once: expense:42:v3."""
    cls: Mapped[EffectClass] = mapped_column(
        Enum(EffectClass, native_enum=False, create_constraint=True, length=1)
    )
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    payload_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    order_key: Mapped[str | None]
    """Messages that share it are delivered strictly one after the other."""
    state: Mapped[MessageState] = mapped_column(default=MessageState.ready, server_default="ready")
    priority: Mapped[int] = mapped_column(SmallInteger, default=100, server_default="100")
    """Higher goes first."""
    not_before: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    max_attempts: Mapped[int] = mapped_column(Integer, default=16, server_default="16")
    fence: Mapped[int | None] = mapped_column(BigInteger)
    """Number of the latest claim; whoever holds an older one writes nothing."""
    leased_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    external_id: Mapped[str | None]
    last_error: Mapped[str | None]
    request_id: Mapped[str] = mapped_column(default="", server_default="")
    """The request in which the promise was made, for logs and the audit."""
    promised_by: Mapped[str] = mapped_column(default="", server_default="")
    """Who brought it about: staff:7, artist:12, task:contracts.remind."""
    trace_parent: Mapped[str] = mapped_column(default="", server_default="")
    """The trace to which the work on it belongs (W3C traceparent), where traces are kept."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]

    def advance(self, event: MessageEvent) -> None:
        """Move to the state that follows a person's decision. Couriers write theirs fenced."""
        self.state = next_message_state(self.state, event)


class OutboxAttempt(Base):
    """One claim of a message: what was begun, when it was sent, how it ended."""

    __tablename__ = "outbox_attempt"
    __table_args__ = (
        Index("ix_outbox_attempt_sent_at", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_message.id"), primary_key=True)
    fence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    started_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    sent_at: Mapped[datetime | None]
    """Set just before the call: from here on the effect may have happened."""
    outcome: Mapped[AttemptOutcome | None]
    http_status: Mapped[int | None] = mapped_column(Integer)
    exchanges: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What was said, request and answer, with secrets masked (``app.integrations.exchanges``)."""
    finished_at: Mapped[datetime | None]


class ClientRequest(Base):
    """The answer given to an Idempotency-Key, so that a repeat gets the same one. Kept 30 days."""

    __tablename__ = "client_request"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of what was asked."""
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CronTick(Base):
    """A slot of the timetable that was taken: whoever inserts it does the work, in one go."""

    __tablename__ = "cron_tick"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
