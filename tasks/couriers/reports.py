"""Makes the reports that staff asked for: long reads, off the desk, in one view of the database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.session import factory
from app.db.viewer import Viewer
from app.domain.errors import Refused
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.errors import Permanent
from app.models.outbox import OutboxMessage
from app.services import files
from app.services import reports as runs
from reports.catalogue import report_named
from reports.making import RENDERERS, make
from reports.shape import Filters, Head, Made
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.standing import BUSINESS_ROLE

ACTOR: Final = "task:report"


def join(crew: Crew) -> None:
    """Take the courier of reports on."""
    crew.carry(Handler(runs.MAKE, EffectClass.N, _begin, _make, _settle))


def _begin(session: Session, message: OutboxMessage) -> runs.Job | None:
    return runs.begin(session, message.payload["run_id"])


def _make(job: runs.Job | None, _key: str) -> str:
    """Make the file and put it into the store; return what is to be written down about it."""
    if job is None:
        return ""
    try:
        report = report_named(job.report)
        with _reading(job.organisation_id) as session:
            as_of = now()
            head = Head(report.title, job.company, as_of, job.zone, job.filters, job.made_for)
            filters = Filters(job.zone, job.production_id)
            made = make(session, report, job.format, head, filters, fees=job.fees)
    except Refused as refusal:
        raise Permanent(refusal.reason) from refusal
    providers.files().put(made.content)
    return _noted(job, made, as_of)


def _noted(job: runs.Job, made: Made, as_of: datetime) -> str:
    kept = files.Kept.of(
        made.content,
        media_type=RENDERERS[job.format].media_type,
        name=f"{job.report.replace('_', '-')}-{as_of:%Y-%m-%d-%H%M}.{job.format.value}",
    )
    return json.dumps(
        {
            "sha256": kept.sha256,
            "size": kept.size,
            "media_type": kept.media_type,
            "name": kept.name,
            "as_of": as_of.isoformat(),
            "rows": made.row_count,
            "data": made.data_sha256,
        }
    )


def _settle(session: Session, message: OutboxMessage, result: Result) -> None:
    run_id = message.payload["run_id"]
    if result.state is not MessageState.done:
        runs.fail(session, run_id, result.error or "It could not be made. Ask for it again.")
        return
    if not result.external_id.startswith("{"):
        return
    note = json.loads(result.external_id)
    kept = files.Kept(note["sha256"], note["size"], note["media_type"], note["name"])
    as_of = datetime.fromisoformat(note["as_of"])
    runs.finish(session, run_id, runs.Outcome(kept, as_of, note["rows"], note["data"]))


@contextmanager
def _reading(organisation_id: int) -> Iterator[Session]:
    """Open one view of the database that nobody's writing changes, with the company's rows alone."""
    with factory() as session:
        session.info["viewer"] = Viewer(organisation_id, actor=ACTOR)
        session.info["role"] = BUSINESS_ROLE
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text("SET TRANSACTION READ ONLY"))
        yield session
        session.rollback()
