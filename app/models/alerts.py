"""Alerts about providers: who is told in what order, and what was told when."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.alerts import AlertEvent, AlertStatus, TroubleKind, next_alert_status
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped, Versioned


class AlertSetting(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """Who is told first when a provider is in trouble, who next, and in which channel."""

    __tablename__ = "alert_setting"
    __table_args__ = (UniqueConstraint("organisation_id"),)

    people: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    """User ids, the first to be told first."""
    with_texts: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Also by text, to those whose phone number is known."""
    channel: Mapped[str | None]
    """Sealed address of a Slack-compatible webhook: whoever has it can post there."""


class Alert(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """One trouble with a provider, from when somebody was told until it was over."""

    __tablename__ = "alert"
    __table_args__ = (
        Index(
            "uq_alert_standing",
            "organisation_id",
            "kind",
            "provider",
            unique=True,
            postgresql_where=text("status <> 'over'"),
        ),
    )

    kind: Mapped[TroubleKind]
    provider: Mapped[str]
    title: Mapped[str]
    detail: Mapped[str]
    status: Mapped[AlertStatus] = mapped_column(default=AlertStatus.open, server_default="open")
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    told_at: Mapped[datetime]
    calm_since: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    acknowledged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    def advance(self, event: AlertEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_alert_status(self.status, event)
