"""Who was told of which change of a call, and how far they have taken note of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.call_notices import CallNoticeState, state_of
from app.domain.schedules import ChangeKind
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped
from app.models.people import Person
from app.models.schedules import Call, ScheduleVersion


class CallNotice(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """What a version told one person of one call: old, new, and whether they saw and confirmed it."""

    __tablename__ = "call_notice"
    __table_args__ = (
        UniqueConstraint("schedule_version_id", "call_id", "person_id"),
        Index("ix_call_notice_person_id_day_of", "person_id", "day_of"),
        Index("ix_call_notice_call_id_person_id", "call_id", "person_id"),
        Index(
            "ix_call_notice_open",
            "organisation_id",
            "known_by",
            postgresql_where=text("is_newest AND confirmed_at IS NULL AND phoned_at IS NULL"),
        ),
    )

    schedule_version_id: Mapped[int] = mapped_column(ForeignKey("schedule_version.id"))
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[ChangeKind]
    before: Mapped[dict[str, Any]]
    """What the person knew of the call; empty where it was new to them."""
    after: Mapped[dict[str, Any]]
    """What holds now; empty where they are no longer called to it."""
    day_of: Mapped[date]
    known_by: Mapped[datetime]
    """By when the person must know: the earlier of the old and the new beginning."""
    is_newest: Mapped[bool] = mapped_column(default=True)
    """No later version told this person anything of this call."""
    seen_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str] = mapped_column(default="")
    phoned_at: Mapped[datetime | None]
    phoned_by: Mapped[str] = mapped_column(default="")
    phone_note: Mapped[str] = mapped_column(default="")
    escalated_at: Mapped[datetime | None]

    schedule_version: Mapped[ScheduleVersion] = relationship()
    call: Mapped[Call] = relationship()
    person: Mapped[Person] = relationship()

    @property
    def state(self) -> CallNoticeState:
        """Return how far the notice has come."""
        return state_of(self.seen_at, self.phoned_at, self.confirmed_at)

    @property
    def is_open(self) -> bool:
        """Tell whether the company still has to hear that the person knows."""
        return self.confirmed_at is None and self.phoned_at is None
