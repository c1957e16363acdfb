"""Workbooks that are brought in, and what became of each of their rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.imports import ImportEvent, ImportStatus, RowOutcome, next_import_status
from app.models.base import Base, Keyed, OwnedByOrganisation, Public, Stamped


class ImportRun(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """One workbook, checked first and then brought in as a whole or not at all."""

    __tablename__ = "import_run"

    file_name: Mapped[str]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    status: Mapped[ImportStatus] = mapped_column(default=ImportStatus.uploaded)
    sheets: Mapped[list[Any]] = mapped_column(default=list)
    """What the workbook holds, in its order: name, rows counted, headings with a few values of each."""
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Sheet -> what it is about and {our field: column heading} (app.domain.import_columns)."""
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """before and after -> sheet -> {rows, added, changed, unchanged, merged, refused}."""
    error: Mapped[str] = mapped_column(default="")
    started_by: Mapped[str] = mapped_column(default="")
    finished_at: Mapped[datetime | None]

    def advance(self, event: ImportEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_import_status(self.status, event)


class ImportMessage(Base, Keyed, OwnedByOrganisation):
    """What is to be said about one row: where it is, what became of it, and what to do."""

    __tablename__ = "import_message"
    __table_args__ = (Index("ix_import_message_run_id_id", "run_id", "id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    sheet: Mapped[str]
    row: Mapped[int]
    column: Mapped[str] = mapped_column(default="")
    outcome: Mapped[RowOutcome]
    severity: Mapped[str]
    """error, conflict or note."""
    text: Mapped[str]

    run: Mapped[ImportRun] = relationship()
