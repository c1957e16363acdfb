"""Reports that somebody asked for: the asking, the making by the worker, and the file that came of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.local_time import today_in
from app.domain.reports import (
    KEEP_FOR,
    Job,
    ReportEvent,
    ReportFormat,
    ReportStatus,
    wants_letter,
)
from app.models.organisations import Organisation, StaffProfile
from app.models.reports import ReportGlance, ReportRun
from app.services import events, files, messages, outbox
from app.services.contracts.telling import member_of_staff

MAKE: Final = "report.make"
REMOVE: Final = "report.remove"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: which report, as what, narrowed how."""

    report: str
    title: str
    format: ReportFormat
    parameters: Mapping[str, Any]
    """By the names of the parameters, as JSON can hold them."""
    words: str
    """The same in words, as the file states it."""
    fees: bool
    mail: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the file in the store, and what it says of itself."""

    kept: files.Kept
    as_of: datetime
    row_count: int
    data_sha256: str


def ask(session: Session, wish: Wish, *, organisation_id: int, requested_by: int) -> ReportRun:
    """Ask for a report and promise that the worker makes it."""
    run = ReportRun(
        organisation_id=organisation_id,
        report=wish.report,
        format=wish.format,
        parameters={
            "asked": dict(wish.parameters),
            "title": wish.title,
            "filters": wish.words,
            "fees": wish.fees,
            "mail": wish.mail,
        },
        requested_by=requested_by,
    )
    run.glance = ReportGlance(organisation_id=organisation_id)
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


def ask_again(
    session: Session, run: ReportRun, *, report_format: ReportFormat, fees: bool, requested_by: int
) -> ReportRun:
    """Ask for the same once more, for newer figures or as another kind of file."""
    asked = run.parameters
    wish = Wish(
        run.report, asked["title"], report_format, asked["asked"], asked["filters"], fees, asked["mail"]
    )  # fmt: skip
    return ask(session, wish, organisation_id=run.organisation_id, requested_by=requested_by)


def cancel(session: Session, run: ReportRun) -> None:
    """Give a report up that is not made yet. The worker notices within a second or two."""
    session.refresh(run, with_for_update=True)
    run.advance(ReportEvent.cancel)
    run.finished_at = now()
    if run.glance is not None:
        run.glance.tables = []


def begin(session: Session, run_id: int) -> Job | None:
    """Mark a report as being made and return what to make; None if there is nothing left to do."""
    run = session.get_one(ReportRun, run_id, with_for_update=True)
    if run.status in (ReportStatus.ready, ReportStatus.cancelled):
        return None
    run.advance(ReportEvent.start)
    company = session.get_one(Organisation, run.organisation_id)
    asked: dict[str, Any] = run.parameters
    return Job(
        run_id=run.id,
        organisation_id=run.organisation_id,
        request_id=session.info["viewer"].request_id,
        reference=str(run.public_id),
        report=run.report,
        format=run.format,
        parameters=asked["asked"],
        words=asked["filters"],
        fees=asked["fees"],
        zone=company.zone,
        base_currency=company.base_currency,
        today=today_in(company.zone, run.created_at),
        company=company.name,
        made_for=name_of(session, run.requested_by),
    )


def progress(session: Session, run_id: int, done: int, total: int) -> bool:
    """Note how far a report is; tell whether it is still wanted."""
    status = session.scalar(select(ReportRun.status).where(ReportRun.id == run_id))
    if status is not ReportStatus.running:
        return False
    glance = _glance(session, run_id)
    glance.rows_done, glance.rows_total, glance.beat_at = done, total, now()
    return True


def show(session: Session, run_id: int, rows: int, tables: list[Any]) -> bool:
    """Note what the page shows of a report that is read; tell whether it is still wanted."""
    is_wanted = progress(session, run_id, rows, rows)
    if is_wanted:
        _glance(session, run_id).tables = tables
    return is_wanted


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
    events.tell(session, "report.made", run, report=run.report, rows=outcome.row_count)
    if wants_letter(asked=run.parameters["mail"], rows=outcome.row_count):
        _tell(session, run)


def fail(session: Session, run_id: int, reason: str) -> None:
    """Say why a report was not made."""
    run = session.get_one(ReportRun, run_id, with_for_update=True)
    if run.status in (ReportStatus.waiting, ReportStatus.running):
        run.advance(ReportEvent.fail)
        run.error = reason
        run.finished_at = now()


def history(
    session: Session, readable: Collection[str], *, fees: bool, report: str = "", most: int = 50
) -> Sequence[ReportRun]:
    """Return what was asked for, the newest first, as far as somebody may read it."""
    wanted = select(ReportRun).options(joinedload(ReportRun.file), joinedload(ReportRun.glance))
    wanted = wanted.where(ReportRun.report.in_(readable))
    if not fees:
        wanted = wanted.where(ReportRun.parameters["fees"].as_boolean().is_(False))
    if report:
        wanted = wanted.where(ReportRun.report == report)
    return session.scalars(wanted.order_by(ReportRun.id.desc()).limit(most)).all()


def clear_out(session: Session, at: datetime) -> int:
    """Take the files away that were kept long enough; what they were stays on the list."""
    old = session.scalars(
        select(ReportRun)
        .where(ReportRun.finished_at < at - KEEP_FOR, ReportRun.file_id.is_not(None))
        .options(joinedload(ReportRun.file), joinedload(ReportRun.glance))
    ).all()
    for run in old:
        _remove(session, run)
    return len(old)


def _glance(session: Session, run_id: int) -> ReportGlance:
    return session.scalars(select(ReportGlance).where(ReportGlance.run_id == run_id)).one()


def _remove(session: Session, run: ReportRun) -> None:
    kept = run.file
    if kept is None:
        return
    run.file, run.removed_at = None, now()
    if run.glance is not None:
        run.glance.tables = []
    session.flush()
    session.delete(kept)
    outbox.promise(
        session,
        organisation_id=run.organisation_id,
        kind=REMOVE,
        key=f"report-{run.id}-removed",
        payload={"sha256": kept.sha256},
    )


def _tell(session: Session, run: ReportRun) -> None:
    to = member_of_staff(session, run.requested_by)
    if to is not None:
        messages.tell(
            session,
            organisation_id=run.organisation_id,
            event="report_ready",
            key=f"report-{run.id}-ready",
            to=to,
            run=run,
            rows=f"{run.row_count:,}",
        )


def name_of(session: Session, user_id: int) -> str:
    """Return the name of whoever asked."""
    known = session.scalar(select(StaffProfile.display_name).where(StaffProfile.user_id == user_id))
    return known or "staff"
