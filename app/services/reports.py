"""Reports that somebody asked for: the asking, the making by the worker, and the file that came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.reports import ReportEvent, ReportFormat, ReportStatus
from app.models.organisations import Organisation, StaffProfile
from app.models.productions import Production
from app.models.reports import ReportRun
from app.services import files, outbox

MAKE: Final = "report.make"


@dataclass(frozen=True, slots=True)
class Job:
    """Everything the worker needs to know to make a report."""

    run_id: int
    organisation_id: int
    report: str
    format: ReportFormat
    production_id: int | None
    filters: str
    fees: bool
    zone: str
    company: str
    made_for: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the file in the store, and what it says of itself."""

    kept: files.Kept
    as_of: datetime
    row_count: int
    data_sha256: str


def ask(
    session: Session,
    *,
    organisation_id: int,
    report: str,
    report_format: ReportFormat,
    production: Production | None,
    fees: bool,
    requested_by: int,
) -> ReportRun:
    """Ask for a report and promise that the worker makes it."""
    run = ReportRun(
        organisation_id=organisation_id,
        report=report,
        format=report_format,
        parameters={
            "production_id": production.id if production else None,
            "filters": f"Production: {production}" if production else "All productions",
            "fees": fees,
        },
        requested_by=requested_by,
    )
    session.add(run)
    session.flush()
    outbox.promise(
        session,
        organisation_id=organisation_id,
        kind=MAKE,
        key=f"report-{run.id}",
        payload={"run_id": run.id},
    )
    return run


def begin(session: Session, run_id: int) -> Job | None:
    """Mark a report as being made and return what to make; None if its file is there already."""
    run = session.get_one(ReportRun, run_id, with_for_update=True)
    if run.status in (ReportStatus.ready, ReportStatus.cancelled):
        return None
    run.advance(ReportEvent.start)
    company = session.get_one(Organisation, run.organisation_id)
    asked: dict[str, Any] = run.parameters
    return Job(
        run_id=run.id,
        organisation_id=run.organisation_id,
        report=run.report,
        format=run.format,
        production_id=asked["production_id"],
        filters=asked["filters"],
        fees=asked["fees"],
        zone=company.zone,
        company=company.name,
        made_for=name_of(session, run.requested_by),
    )


def finish(session: Session, run_id: int, outcome: Outcome) -> None:
    """Keep the file of a report; a second one of the same run changes nothing."""
    run = session.get_one(ReportRun, run_id, with_for_update=True)
    if run.status is not ReportStatus.running:
        return
    run.advance(ReportEvent.finish)
    run.file = files.record(
        session, outcome.kept, organisation_id=run.organisation_id, stored_by="task:report"
    )
    run.as_of = outcome.as_of
    run.row_count = outcome.row_count
    run.data_sha256 = outcome.data_sha256
    run.finished_at = now()


def fail(session: Session, run_id: int, reason: str) -> None:
    """Say why a report was not made."""
    run = session.get_one(ReportRun, run_id, with_for_update=True)
    if run.status in (ReportStatus.waiting, ReportStatus.running):
        run.advance(ReportEvent.fail)
        run.error = reason
        run.finished_at = now()


def history(session: Session, *, fees: bool, most: int = 50) -> Sequence[ReportRun]:
    """Return what was asked for, the newest first; what holds fees only for whoever may see them."""
    wanted = select(ReportRun).options(joinedload(ReportRun.file))
    if not fees:
        wanted = wanted.where(ReportRun.parameters["fees"].as_boolean().is_(False))
    return session.scalars(wanted.order_by(ReportRun.id.desc()).limit(most)).all()


def name_of(session: Session, user_id: int) -> str:
    """Return the name of whoever asked."""
    known = session.scalar(select(StaffProfile.display_name).where(StaffProfile.user_id == user_id))
    return known or "staff"
