"""Messages to people, what became of each, and the post room that keeps them on a laptop."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.messages import Channel, DeliveryStatus
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped


class Message(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """What was said to one person about one fact. The key makes it once per person and channel."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)

    key: Mapped[str]
    """Event x person x channel."""
    event: Mapped[str]
    """Name of the template: contract_sent, call_changed ..."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("engagement.id"), index=True)
    channel: Mapped[Channel]
    recipient: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    html: Mapped[str] = mapped_column(default="")

    delivery: Mapped["NotificationDelivery | None"] = relationship(back_populates="message")


class NotificationDelivery(Base, Keyed, OwnedByOrganisation, Stamped):
    """What became of a message."""

    __tablename__ = "notification_delivery"
    __table_args__ = (UniqueConstraint("message_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.queued)
    provider: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")

    message: Mapped[Message] = relationship(back_populates="delivery")


class PostroomItem(Base, Keyed):
    """A mail or text that the post room kept instead of sending. Secrets in it are short-lived."""

    __tablename__ = "postroom_item"
    __table_args__ = (Index("ix_postroom_item_organisation_id_id", "organisation_id", "id"),)

    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """None for sign-in mail, which belongs to an address and not to a company."""
    effect_id: Mapped[UUID] = mapped_column(unique=True)
    channel: Mapped[Channel]
    recipient: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    html: Mapped[str] = mapped_column(default="")
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime]
