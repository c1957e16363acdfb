"""Imports that staff start on a page: uploaded, tried by the worker, confirmed, brought in."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain import import_columns
from app.domain.errors import Refused
from app.domain.import_book import Book, from_outline, outline
from app.domain.import_columns import Mapping
from app.domain.import_report import BookReport, Severity
from app.domain.imports import ImportEvent, ImportStatus
from app.models.documents import StoredFile
from app.models.imports import ImportMessage, ImportRun
from app.models.organisations import Organisation
from app.services import events, outbox
from app.services.imports import season

CHECK: Final = "import.check"
RUN: Final = "import.run"
PAGE: Final = 100


def start(
    session: Session, stored: StoredFile, book: Book, *, file_name: str, started_by: str
) -> ImportRun:
    """Keep an uploaded workbook with a guess of what its columns hold."""
    run = ImportRun(
        organisation_id=stored.organisation_id,
        file_name=file_name,
        file_id=stored.id,
        sheets=outline(book),
        mapping=import_columns.to_data(import_columns.guess(book)),
        started_by=started_by,
    )
    session.add(run)
    session.flush()
    return run


def ask_for_check(session: Session, run: ImportRun, mapping: Mapping) -> None:
    """Take the columns a person chose, and promise to try the book with them."""
    _lock(session, run)
    import_columns.check(from_outline(run.sheets), mapping)
    if run.status is ImportStatus.checking:
        raise Refused(
            "The workbook is being checked already. The page shows the result when it is there."
        )
    run.advance(ImportEvent.check)
    run.mapping = import_columns.to_data(mapping)
    run.counts, run.error = {"tries": run.counts.get("tries", 0) + 1}, ""
    _promise(session, run, CHECK)


def ask_to_run(session: Session, run: ImportRun) -> None:
    """Promise to bring in what was checked. Asking twice is asking once."""
    _lock(session, run)
    if run.status is ImportStatus.importing:
        return
    run.advance(ImportEvent.run)
    _promise(session, run, RUN)


def check(session: Session, run: ImportRun, book: Book) -> None:
    """Try the book, take it back, and keep what was found."""
    report = season.rehearse(
        session,
        book,
        import_columns.from_data(run.mapping),
        organisation=_owner(session, run),
        now=now(),
    )
    run.advance(ImportEvent.found)
    _keep(session, run, "before", report)


def carry_out(session: Session, run: ImportRun, book: Book) -> None:
    """Bring the book in, and keep what came of it."""
    report = season.bring_in(
        session,
        book,
        import_columns.from_data(run.mapping),
        organisation=_owner(session, run),
        now=now(),
    )
    run.advance(ImportEvent.finish)
    run.finished_at = now()
    _keep(session, run, "after", report)
    events.tell(session, "import.finished", run)


def fail(session: Session, run: ImportRun, reason: str) -> None:
    """Say why an import stopped. Nothing of the book was kept."""
    run.advance(ImportEvent.fail)
    run.error = reason
    run.finished_at = now()
    events.tell(session, "import.failed", run)


def record(
    session: Session, stored: StoredFile, book: Book, report: BookReport, *, started_by: str
) -> ImportRun:
    """Keep in the history what a command brought in."""
    run = ImportRun(
        organisation_id=stored.organisation_id,
        file_name=stored.name,
        file_id=stored.id,
        sheets=outline(book),
        mapping=import_columns.to_data(import_columns.guess(book)),
        started_by=started_by,
        finished_at=now(),
        status=ImportStatus.uploaded,
    )
    session.add(run)
    session.flush()
    for event in (ImportEvent.check, ImportEvent.found, ImportEvent.run, ImportEvent.finish):
        run.advance(event)
    _keep(session, run, "after", report)
    events.tell(session, "import.finished", run)
    return run


def history(session: Session, most: int = 50) -> Sequence[ImportRun]:
    """Return the imports of this company, the newest first."""
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(most)).all()


def messages_of(
    session: Session, run: ImportRun, severity: str = "", sheet: str = "", page: int = 1
) -> Sequence[ImportMessage]:
    """Return a page of what was said about a book, in the order of its sheets and rows."""
    wanted = select(ImportMessage).where(ImportMessage.run_id == run.id)
    if severity:
        wanted = wanted.where(ImportMessage.severity == severity)
    if sheet:
        wanted = wanted.where(ImportMessage.sheet == sheet)
    wanted = wanted.order_by(ImportMessage.id).limit(PAGE).offset((page - 1) * PAGE)
    return session.scalars(wanted).all()


def totals_of(session: Session, run: ImportRun) -> dict[str, int]:
    """Return how many messages of each severity there are."""
    counted = session.execute(
        select(ImportMessage.severity, func.count().label("number"))
        .where(ImportMessage.run_id == run.id)
        .group_by(ImportMessage.severity)
    )
    found: dict[str, int] = {row.severity: row.number for row in counted}
    return {severity.value: found.get(severity.value, 0) for severity in Severity}


def _keep(session: Session, run: ImportRun, when: str, report: BookReport) -> None:
    """Keep the counts and messages of a report; the messages of an earlier try go."""
    run.counts = {**(run.counts or {}), when: report.counts(), "left_aside": report.left_aside}
    session.execute(delete(ImportMessage).where(ImportMessage.run_id == run.id))
    rows: list[dict[str, Any]] = [
        {
            "organisation_id": run.organisation_id,
            "run_id": run.id,
            "sheet": sheet.sheet,
            "row": remark.row,
            "column": remark.column,
            "outcome": sheet.outcomes[remark.row],
            "severity": remark.severity.value,
            "text": remark.text,
        }
        for sheet, remark in report.remarks()
    ]
    if rows:
        session.execute(insert(ImportMessage.__table__), rows)  # type: ignore[arg-type]


def _promise(session: Session, run: ImportRun, kind: str) -> None:
    outbox.promise(
        session,
        organisation_id=run.organisation_id,
        kind=kind,
        key=f"import-{run.id}-try-{run.counts['tries']}",
        payload={"run_id": run.id},
    )


def _lock(session: Session, run: ImportRun) -> None:
    session.refresh(run, with_for_update=True)


def _owner(session: Session, run: ImportRun) -> Organisation:
    return session.get_one(Organisation, run.organisation_id)
