"""Bulk runs and their rows: what was chosen, what was found, what became of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.bulk_runs import (
    BulkEvent,
    BulkKind,
    BulkStatus,
    RowEvent,
    RowStatus,
    next_bulk_status,
    next_row_status,
)
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped, Versioned
from app.models.documents import StoredFile


class BulkRun(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """One deed for many records, by one person: tried, confirmed, held, done."""

    __tablename__ = "bulk_run"

    kind: Mapped[BulkKind]
    title: Mapped[str]
    """As the desk calls it: Send 60 contracts."""
    status: Mapped[BulkStatus] = mapped_column(
        default=BulkStatus.checking, server_default="checking"
    )
    chosen: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What the list was narrowed to when the rows were chosen."""
    tries: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it was taken up: a row is promised once for each."""
    undo_seconds: Mapped[int] = mapped_column(default=600, server_default="600")
    started_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    confirmed_at: Mapped[datetime | None]
    release_at: Mapped[datetime | None]
    """When it starts by itself."""
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    report_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))

    rows: Mapped[list["BulkRunRow"]] = relationship(
        back_populates="run", order_by="BulkRunRow.position"
    )
    report: Mapped[StoredFile | None] = relationship()

    def advance(self, event: BulkEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_bulk_status(self.status, event)


class BulkRunRow(Base, Keyed, OwnedByOrganisation, Stamped):
    """One record of a run: whether it can be done, and what became of it."""

    __tablename__ = "bulk_run_row"
    __table_args__ = (
        UniqueConstraint("run_id", "subject_id"),
        Index("ix_bulk_run_row_run_id_status", "run_id", "status"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("bulk_run.id"))
    position: Mapped[int]
    subject_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    """The contract it is about."""
    label: Mapped[str]
    status: Mapped[RowStatus] = mapped_column(
        default=RowStatus.unchecked, server_default="unchecked"
    )
    reason: Mapped[str] = mapped_column(default="", server_default="")
    fix: Mapped[str] = mapped_column(default="", server_default="")
    """Which page mends what is in the way."""
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("engagement.id"))
    outcome: Mapped[str] = mapped_column(default="", server_default="")
    """What was done, in words."""
    ended_at: Mapped[datetime | None]

    run: Mapped[BulkRun] = relationship(back_populates="rows")

    def advance(self, event: RowEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_row_status(self.status, event)
