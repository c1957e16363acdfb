"""Reports that were asked for: what, as of when, and the file that came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.reports import ReportEvent, ReportFormat, ReportStatus, next_report_status
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped
from app.models.documents import StoredFile


class ReportRun(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """One asking for a report; frozen with its as-of time, filters and hash."""

    __tablename__ = "report_run"
    __table_args__ = (
        Index("ix_report_run_organisation_id_created_at", "organisation_id", "created_at"),
    )

    report: Mapped[str]
    """Name in the catalogue."""
    format: Mapped[ReportFormat]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[ReportStatus] = mapped_column(default=ReportStatus.waiting)
    requested_by: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    as_of: Mapped[datetime | None]
    row_count: Mapped[int | None]
    data_sha256: Mapped[str] = mapped_column(default="")
    """Hash of what the rows say: printed in the file, and the same in every format."""
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    error: Mapped[str] = mapped_column(default="")
    finished_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    """When its file had been kept long enough and was taken away."""

    file: Mapped[StoredFile | None] = relationship()
    glance: Mapped["ReportGlance | None"] = relationship(back_populates="run")

    def advance(self, event: ReportEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_report_status(self.status, event)


class ReportGlance(Base, Keyed, OwnedByOrganisation):
    """What the page shows of a report beside its file: how far it is, then its first rows.

    It changes every second while the worker reads, so the audit is not told of it.
    """

    __tablename__ = "report_glance"

    run_id: Mapped[int] = mapped_column(ForeignKey("report_run.id"), unique=True)
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int | None]
    beat_at: Mapped[datetime | None]
    """When the worker was last heard of."""
    tables: Mapped[list[Any]] = mapped_column(default=list)
    """The first rows of each table, as ``reports.glance`` wrote them."""

    run: Mapped[ReportRun] = relationship(back_populates="glance")
