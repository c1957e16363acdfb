"""Calendars that people subscribe to."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.feeds import FeedKind
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped
from app.models.people import Person


class CalendarFeed(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """One person's calendar address. Only the SHA-256 of its secret is kept."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index(
            "uq_calendar_feed_live",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[FeedKind]
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    made_by: Mapped[str]
    read_at: Mapped[datetime | None]
    """When a calendar last fetched it, to the day."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship()
