"""Tries bulk runs, starts them when they cannot be undone any more, and does them row by row.

Each row is a promise of its own: a worker that is killed leaves the others as they are, and the next
one takes the row up where it was. The deed and the word that it is done are one transaction.
"""

import json
from typing import Any

from sqlalchemy.orm import Session

from app.domain.documents import safe_name
from app.domain.errors import Refused
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.models.bulk_runs import BulkRun
from app.models.outbox import OutboxMessage
from app.services import files
from app.services.bulk_runs import choosing, rows, runs
from app.services.contracts import paper
from tasks.crash import crash_point
from tasks.crew import Crew
from tasks.handlers import Handler, Result


def join(crew: Crew) -> None:
    """Take the couriers of bulk runs on."""
    crew.carry(Handler(choosing.CHECK, EffectClass.N, _nothing, _nothing_sent, _check))
    crew.carry(Handler(runs.START, EffectClass.N, _nothing, _nothing_sent, _start))
    crew.carry(Handler(runs.ROW, EffectClass.N, _row, _make, _settle_row))
    crew.carry(Handler(runs.REPORT, EffectClass.N, _report, _keep, _settle_report))


def _nothing(_session: Session, _message: OutboxMessage) -> None:
    """Ask nothing beforehand: the work is done in the transaction that records it."""


def _nothing_sent(_request: None, _key: str) -> str:
    return ""


def _check(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is MessageState.done:
        runs.check(session, message.payload["run_id"])


def _start(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is MessageState.done:
        runs.start(session, message.payload["run_id"])


def _row(session: Session, message: OutboxMessage) -> rows.RowJob | None:
    return rows.prepare(session, message.payload["row_id"])


def _make(job: rows.RowJob | None, _key: str) -> str:
    """Make the paper and put it into the store, with no transaction open."""
    if job is None:
        return ""
    try:
        content = paper.pdf(job.paper)
    except Refused as refusal:
        return json.dumps({"why_not": refusal.reason})
    crash_point("bulk_row_made")
    sha256 = providers.files().put(content)
    return json.dumps(
        {"sha256": sha256, "size": len(content), "name": safe_name(job.name), "text": job.text_sha256}
    )  # fmt: skip


def _settle_row(session: Session, message: OutboxMessage, result: Result) -> None:
    row_id = message.payload["row_id"]
    if result.state is not MessageState.done:
        rows.carry_out(session, row_id, None, why_not=result.error or "It could not be done.")
        return
    note: dict[str, Any] = (
        json.loads(result.external_id) if result.external_id.startswith("{") else {}
    )
    if "sha256" not in note:
        rows.carry_out(session, row_id, None, why_not=note.get("why_not", ""))
        return
    kept = files.Kept(note["sha256"], note["size"], "application/pdf", note["name"])
    rows.carry_out(session, row_id, kept, note["text"])
    crash_point("bulk_row_settled")


def _report(session: Session, message: OutboxMessage) -> bytes:
    run = session.get_one(BulkRun, message.payload["run_id"])
    return rows.report(session, run).encode()


def _keep(content: bytes, _key: str) -> str:
    return json.dumps({"sha256": providers.files().put(content), "size": len(content)})


def _settle_report(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        return
    note = json.loads(result.external_id)
    run = session.get_one(BulkRun, message.payload["run_id"])
    name = safe_name(f"bulk run {run.id}.csv")
    stored = files.record(
        session, files.Kept(note["sha256"], note["size"], "text/csv", name),
        organisation_id=run.organisation_id, stored_by="task:bulk.report",
    )  # fmt: skip
    runs.locked(session, run.id).report_file_id = stored.id
