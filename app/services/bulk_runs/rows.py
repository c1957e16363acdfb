"""One row of a run: looked at anew at the moment of doing, done once, its ending written down."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.bulk_runs import PRIORITY, Finding, RowEvent, RowStatus
from app.domain.errors import Refused
from app.domain.spreadsheets import write_csv
from app.models.bulk_runs import BulkRun, BulkRunRow
from app.models.contracts import Contract
from app.services import files, outbox
from app.services.bulk_runs.deeds import DEEDS, found
from app.services.bulk_runs.runs import finish_if_over, locked
from app.services.contracts import paper, sending

HEAD = ("Contract", "Result", "What was done or why not", "At (UTC)")


@dataclass(frozen=True, slots=True)
class RowJob:
    """What is made outside the transaction: the PDF of a contract that is to be sent."""

    paper: paper.Paper
    name: str
    text_sha256: str


def prepare(session: Session, row_id: int) -> RowJob | None:
    """Return what has to be made for a row; nothing where it cannot be done any more."""
    row = session.get_one(BulkRunRow, row_id)
    run = session.get_one(BulkRun, row.run_id)
    deed = DEEDS[run.kind]
    if row.status is not RowStatus.waiting or not deed.needs_paper:
        return None
    contract = session.get_one(Contract, row.subject_id)
    if contract.status not in deed.statuses:
        return None
    version = contract.current
    return RowJob(
        sending.paper_of(contract, version),
        f"{contract.number} v{version.number}.pdf",
        sending.fingerprint(version.markdown),
    )


def carry_out(
    session: Session, row_id: int, kept: files.Kept | None, text_sha256: str = "", why_not: str = ""
) -> None:
    """Do a row and write down what became of it, in one transaction; twice is once."""
    row = session.scalars(select(BulkRunRow).where(BulkRunRow.id == row_id).with_for_update()).one()
    if row.status is not RowStatus.waiting:
        return
    run = session.get_one(BulkRun, row.run_id)
    made = None if kept is None else sending.SigningPaper(kept, text_sha256)
    what = Finding(why_not, "contract") if why_not else _tried(session, run, row, made)
    row.ended_at = now()
    if isinstance(what, Finding):
        row.advance(RowEvent.refuse)
        row.outcome, row.reason, row.fix = "", what.reason, what.fix
    else:
        row.advance(RowEvent.succeed)
        row.outcome, row.reason, row.fix = what, "", ""
    session.flush()
    finish_if_over(session, locked(session, run.id))


def _tried(
    session: Session, run: BulkRun, row: BulkRunRow, made: sending.SigningPaper | None
) -> Finding | str:
    """Do the deed after looking at the contract as it is now, and say what was done, or why not."""
    deed = DEEDS[run.kind]
    contract = session.get_one(Contract, row.subject_id)
    try:
        with session.begin_nested(), outbox.below(session, PRIORITY):
            session.refresh(contract, with_for_update={"of": Contract})
            by = run.confirmed_by_id or run.started_by_id
            return deed.carry_out(session, contract, made, by)
    except Refused as refusal:
        return found(refusal)


def report(session: Session, run: BulkRun) -> str:
    """Return what became of each row, as CSV."""
    rows = session.scalars(
        select(BulkRunRow).where(BulkRunRow.run_id == run.id).order_by(BulkRunRow.position)
    )
    return write_csv(
        HEAD,
        (
            (
                row.label,
                row.status.value,
                row.outcome or row.reason,
                row.ended_at.strftime("%Y-%m-%d %H:%M:%S") if row.ended_at else "",
            )
            for row in rows
        ),
    )
