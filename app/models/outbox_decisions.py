"""What two people decide about a stopped promise that concerns money; and notices that were turned away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.outbox_decisions import (
    DecisionEvent,
    DecisionStatus,
    Deed,
    next_decision_status,
)
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped, Versioned


class OutboxDecision(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """A proposal to retry, to take as done or to cancel a promise about money; another agrees."""

    __tablename__ = "outbox_decision"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="apart"),
        Index(
            "uq_outbox_decision_open",
            "message_id",
            unique=True,
            postgresql_where=text("status = 'proposed'"),
        ),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    deed: Mapped[Deed]
    external_id: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str]
    status: Mapped[DecisionStatus] = mapped_column(
        default=DecisionStatus.proposed, server_default="proposed"
    )
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    """What the second person said."""

    def advance(self, event: DecisionEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_decision_status(self.status, event)


class HookRefusal(Base):
    """How often a provider's door was knocked at with a notice that was turned away, by the hour."""

    __tablename__ = "hook_refusal"

    provider: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(primary_key=True)
    """forged, stale or unreadable."""
    count: Mapped[int] = mapped_column(default=0, server_default="0")
    last_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
