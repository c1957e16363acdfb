"""Reading for a report: as ``portal_report``, the company's rows alone, in one view of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.orm import Session

from app.db.session import factory
from app.db.viewer import Viewer
from app.domain.reports import Job
from reports.asking import filters_of
from reports.catalogue import report_named
from reports.making import Tell, make, size
from reports.shape import Filters, Head, Made

ACTOR: Final = "task:report"
SORTING_MEMORY: Final = "64MB"


def rows_of(job: Job, database_url: str) -> int:
    """Count the rows that a report will have."""
    with _reading(job, database_url) as session:
        return size(session, report_named(job.report), _filters(job), fees=job.fees)


def read(job: Job, database_url: str, place: Path, total: int, tell: Tell) -> tuple[Made, datetime]:
    """Make a report and return it with the moment as of which it is true."""
    report = report_named(job.report)
    with _reading(job, database_url) as session:
        as_of = session.scalars(text("SELECT now()")).one()
        head = Head(
            report.title, job.company, as_of, job.zone, job.words, job.made_for, job.reference
        )
        made = make(
            session, report, job.format, head, _filters(job),
            fees=job.fees, place=place, total=total, tell=tell,
        )  # fmt: skip
    return made, as_of


def viewer_of(job: Job) -> Viewer:
    """Return as whom a report is made."""
    return Viewer(job.organisation_id, actor=ACTOR, request_id=job.request_id)


def _filters(job: Job) -> Filters:
    return filters_of(
        job.parameters, zone=job.zone, base_currency=job.base_currency, today=job.today
    )


@contextmanager
def _reading(job: Job, database_url: str) -> Iterator[Session]:
    """Open one view of the database that nobody's writing changes, with the company's rows alone."""
    engine = create_engine(database_url, poolclass=NullPool, hide_parameters=True)
    try:
        with factory(bind=engine) as session:
            session.info["viewer"] = viewer_of(job)
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            session.execute(text("SET TRANSACTION READ ONLY"))
            session.execute(text(f"SET LOCAL work_mem = '{SORTING_MEMORY}'"))
            yield session
            session.rollback()
    finally:
        engine.dispose()
