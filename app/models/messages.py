"""Messages to people, and what became of each."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
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
