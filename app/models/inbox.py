"""What providers told us: kept as it came, read later (reliability.md A4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.outbox import NoticeState
from app.models.base import Base, Keyed


class InboxNotice(Base, Keyed):
    """One notice of a provider's, verified and kept once, whatever it says."""

    __tablename__ = "inbox_notice"
    __table_args__ = (
        UniqueConstraint("provider", "event_key"),
        Index("ix_inbox_notice_received_at", "received_at"),
        Index("inbox_due", "not_before", "id", postgresql_where=text("state = 'new'")),
    )

    provider: Mapped[str]
    event_key: Mapped[str]
    """The provider's id of the event, or the hash of its body: the same notice is kept once."""
    reference: Mapped[str | None]
    """What leads back to our promise: its id or the provider's own name for the effect."""
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Empty until the digest has found out."""
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.new, server_default="new")
    reason: Mapped[str | None]
    """What became of it in a sentence; where it is not done, why."""
    replayed_at: Mapped[datetime | None]
    """When somebody last had it read again."""
    replayed_by: Mapped[str] = mapped_column(default="", server_default="")
    replay_reason: Mapped[str] = mapped_column(default="", server_default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    not_before: Mapped[datetime] = mapped_column(server_default=func.now())
    """A notice may come before our own answer is kept: it is read again later."""
