"""Calls, who is called, and the versions of the schedule that people were told."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, Computed, DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.conflicts import ConflictKind
from app.domain.quiet_hours import Urgency
from app.domain.schedules import (
    CallEvent,
    CallStatus,
    CallType,
    TimeKind,
    TravelMode,
    next_call_status,
)
from app.models.base import (
    Base,
    Keyed,
    OwnedByOrganisation,
    Public,
    Stamped,
    Versioned,
)
from app.models.engagements import Engagement
from app.models.productions import Production, Space, Venue


class Call(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """One required presence. Local time and zone are the truth; the UTC instants are an index."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="end_after_start"),
        CheckConstraint("time_kind <> 'exact' OR local_start IS NOT NULL", name="exact_has_a_time"),
        CheckConstraint("starts_fold IN (0, 1)", name="fold"),
        CheckConstraint("ends_fold IN (0, 1)", name="ends_fold"),
        UniqueConstraint("organisation_id", "import_key"),
        UniqueConstraint("organisation_id", "copy_key"),
        Index("ix_call_organisation_id_day_of", "organisation_id", "day_of"),
        Index("ix_call_during", "during", postgresql_using="gist"),
    )

    production_id: Mapped[int] = mapped_column(ForeignKey("production.id"), index=True)
    type: Mapped[CallType]
    title: Mapped[str] = mapped_column(default="")
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("space.id"))
    day_of: Mapped[date]
    """The show day: a call after midnight stays on the day it belongs to."""
    time_kind: Mapped[TimeKind] = mapped_column(default=TimeKind.exact)
    local_start: Mapped[time | None]
    start_day_offset: Mapped[int] = mapped_column(default=0)
    """1 where the call starts after midnight of its show day."""
    local_end: Mapped[time | None]
    end_day_offset: Mapped[int] = mapped_column(default=0)
    starts_fold: Mapped[int] = mapped_column(default=0)
    """Which of the two, when clocks go back and the hour comes twice (PEP 495)."""
    ends_fold: Mapped[int] = mapped_column(default=0, server_default="0")
    """The same of the end."""
    zone: Mapped[str | None]
    """IANA zone of the place."""
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    during: Mapped[Range[datetime] | None] = mapped_column(
        TSTZRANGE,
        Computed(
            "CASE WHEN starts_at IS NULL THEN NULL ELSE "
            "tstzrange(starts_at, coalesce(ends_at, starts_at), '[]') END",
            persisted=True,
        ),
        deferred=True,
    )
    status: Mapped[CallStatus] = mapped_column(default=CallStatus.draft)
    cancelled_reason: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    is_for_everyone: Mapped[bool] = mapped_column(default=False)
    """Everybody engaged for the production on that day is called."""
    import_key: Mapped[str | None]
    copy_key: Mapped[str | None]
    """Which call it was copied from, to which day and place: the same copy is never made twice."""

    production: Mapped[Production] = relationship()
    venue: Mapped[Venue | None] = relationship()
    space: Mapped[Space | None] = relationship()
    assignments: Mapped[list["CallAssignment"]] = relationship(
        back_populates="call", cascade="all, delete-orphan"
    )

    def advance(self, event: CallEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_call_status(self.status, event)

    @property
    def called(self) -> list[Engagement]:
        """Return the engagements that are called by name."""
        return [each.engagement for each in self.assignments]

    @called.setter
    def called(self, wanted: list[Engagement]) -> None:
        """Call these; whoever was called already keeps what they have seen and confirmed."""
        kept = [each for each in self.assignments if each.engagement in wanted]
        known = [each.engagement for each in kept]
        self.assignments = kept + [
            CallAssignment(organisation_id=one.organisation_id, engagement=one)
            for one in wanted
            if one not in known
        ]

    def __str__(self) -> str:
        return self.title or self.type.value.replace("_", " ")


class CallAssignment(Base, Keyed, OwnedByOrganisation, Stamped):
    """That somebody is called, and whether they have seen and confirmed which version."""

    __tablename__ = "call_assignment"
    __table_args__ = (UniqueConstraint("call_id", "engagement_id"),)

    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    seen_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    seen_version: Mapped[int | None]

    call: Mapped[Call] = relationship(back_populates="assignments")
    engagement: Mapped[Engagement] = relationship()


class ScheduleVersion(Base, Keyed, OwnedByOrganisation):
    """What was published for a production, when, by whom, and what it said; append-only."""

    __tablename__ = "schedule_version"
    __table_args__ = (UniqueConstraint("production_id", "number"),)

    production_id: Mapped[int] = mapped_column(ForeignKey("production.id"), index=True)
    number: Mapped[int]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_silent: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[Urgency | None]
    """What was answered where it was night at somebody's place; None where nobody had to be asked."""

    production: Mapped[Production] = relationship()
    snapshots: Mapped[list["CallSnapshot"]] = relationship(back_populates="schedule_version")
    exceptions: Mapped[list["ScheduleException"]] = relationship(
        back_populates="schedule_version", order_by="ScheduleException.id"
    )


class CallSnapshot(Base, Keyed, OwnedByOrganisation):
    """One call as a version published it."""

    __tablename__ = "call_snapshot"
    __table_args__ = (UniqueConstraint("schedule_version_id", "call_id"),)

    schedule_version_id: Mapped[int] = mapped_column(ForeignKey("schedule_version.id"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    facts: Mapped[dict[str, Any]]
    change: Mapped[dict[str, Any] | None]
    """What differs from the version before: kind, old and new."""

    schedule_version: Mapped[ScheduleVersion] = relationship(back_populates="snapshots")
    call: Mapped[Call] = relationship()


class ScheduleException(Base, Keyed, OwnedByOrganisation):
    """A warning that a version was published in spite of, and why; append-only, for staff alone."""

    __tablename__ = "schedule_exception"
    __table_args__ = (UniqueConstraint("schedule_version_id", "key"),)

    schedule_version_id: Mapped[int] = mapped_column(ForeignKey("schedule_version.id"), index=True)
    key: Mapped[str]
    """Names the warning: its kind, its calls and its hours."""
    kind: Mapped[ConflictKind]
    said: Mapped[str]
    """The warning as it was read."""
    people: Mapped[list[Any]]
    """Ids of the people whom it is about."""
    reason: Mapped[str]

    schedule_version: Mapped[ScheduleVersion] = relationship(back_populates="exceptions")


class TravelLeg(Base, Keyed, OwnedByOrganisation, Stamped):
    """A journey of one engagement; each end has its own local time and zone."""

    __tablename__ = "travel_leg"

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    mode: Mapped[TravelMode]
    reference: Mapped[str] = mapped_column(default="")
    from_place: Mapped[str]
    to_place: Mapped[str]
    departs_local: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    departs_zone: Mapped[str | None]
    departs_at: Mapped[datetime | None]
    arrives_local: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    arrives_zone: Mapped[str | None]
    arrives_at: Mapped[datetime | None]
    booked_by: Mapped[str] = mapped_column(default="")
    paid_by: Mapped[str] = mapped_column(default="")


class Stay(Base, Keyed, OwnedByOrganisation, Stamped):
    """A hotel or lodging of one engagement."""

    __tablename__ = "stay"
    __table_args__ = (CheckConstraint("departs_on >= arrives_on", name="dates_in_order"),)

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    place: Mapped[str]
    city: Mapped[str] = mapped_column(default="")
    zone: Mapped[str | None]
    arrives_on: Mapped[date]
    departs_on: Mapped[date]
    booked_by: Mapped[str] = mapped_column(default="")
    paid_by: Mapped[str] = mapped_column(default="")


class VenueDistance(Base, Keyed, OwnedByOrganisation):
    """Minutes between two venues, as staff know them."""

    __tablename__ = "venue_distance"
    __table_args__ = (
        UniqueConstraint("from_venue_id", "to_venue_id"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
    )

    from_venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    to_venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"))
    minutes: Mapped[int]

    from_venue: Mapped[Venue] = relationship(foreign_keys=[from_venue_id])
    to_venue: Mapped[Venue] = relationship(foreign_keys=[to_venue_id])
