"""The life of a run: tried, confirmed, held so that it can be undone, started, stopped, taken up again."""

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db.clock import now
from app.domain.bulk_runs import (
    AWAITED,
    PRIORITY,
    REST,
    BulkEvent,
    BulkStatus,
    RowEvent,
    RowStatus,
    check_confirmed,
    release_at,
)
from app.domain.outbox import MessageState
from app.domain.outbox_moves import MessageEvent
from app.models.bulk_runs import BulkRun, BulkRunRow
from app.models.contracts import Contract
from app.models.engagements import Engagement
from app.models.outbox import OutboxMessage
from app.services import outbox
from app.services.bulk_runs.choosing import promise_check
from app.services.bulk_runs.deeds import DEEDS, finding

START: Final = "bulk.start"
"""Kind of the promise to start a run when nobody can undo it any more."""
ROW: Final = "bulk.row"
"""Kind of the promise to do one row."""
REPORT: Final = "bulk.report"
"""Kind of the promise to write the results down as a file."""


def locked(session: Session, run_id: int) -> BulkRun:
    """Return a run as it stands now, locked until the transaction ends."""
    session.flush()
    return session.scalars(
        select(BulkRun)
        .where(BulkRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def counts(session: Session, run: BulkRun) -> dict[RowStatus, int]:
    """Return how many rows stand where."""
    asked = select(BulkRunRow.status, func.count()).where(BulkRunRow.run_id == run.id)
    rows = session.execute(asked.group_by(BulkRunRow.status))
    return dict(rows.all())


def check(session: Session, run_id: int) -> None:
    """Try every row that is not tried: nothing is done to anybody, reasons are written down."""
    run = locked(session, run_id)
    if run.status is not BulkStatus.checking:
        return
    deed = DEEDS[run.kind]
    rows = _rows(session, run, RowStatus.unchecked)
    known = _contracts(session, [row.subject_id for row in rows])
    for row in rows:
        what = finding(session, deed, known[row.subject_id])
        row.reason, row.fix = ("", "") if what is None else (what.reason, what.fix)
        row.advance(RowEvent.pass_check if what is None else RowEvent.block)
    run.advance(BulkEvent.check)


def confirm(
    session: Session, run_id: int, *, typed: str, user_id: int, undo: timedelta | None = None
) -> BulkRun:
    """Mean it: the number of ready rows is typed. It starts by itself once the time to undo is over."""
    run = locked(session, run_id)
    if run.status is BulkStatus.checked:
        check_confirmed(typed, counts(session, run).get(RowStatus.ready, 0))
    run.advance(BulkEvent.confirm)
    run.confirmed_by_id, run.confirmed_at = user_id, now()
    if undo is not None:
        run.undo_seconds = int(undo.total_seconds())
    run.release_at = release_at(run.confirmed_at, timedelta(seconds=run.undo_seconds))
    _promise_start(session, run, f"bulk-{run.id}-start-{run.tries}")
    return run


def release(session: Session, run_id: int) -> None:
    """Start a confirmed run now, without waiting until it cannot be undone any more."""
    run = locked(session, run_id)
    if run.status is BulkStatus.held:
        run.release_at = now()
        _promise_start(session, run, f"bulk-{run.id}-start-{run.tries}-now")
        return
    run.advance(BulkEvent.start)


def undo(session: Session, run_id: int) -> None:
    """Take a confirmation back in time: nothing was done to anybody."""
    run = locked(session, run_id)
    run.advance(BulkEvent.undo)
    run.ended_at = now()


def start(session: Session, run_id: int) -> None:
    """Promise every ready row; a run that was undone, or started already, is left as it is."""
    run = locked(session, run_id)
    if run.status is not BulkStatus.held:
        return
    run.advance(BulkEvent.start)
    run.begun_at = now()
    for row in _rows(session, run, RowStatus.ready):
        row.advance(RowEvent.begin)
        outbox.promise(
            session,
            organisation_id=run.organisation_id,
            kind=ROW,
            key=row_key(run, row),
            payload={"row_id": row.id},
            priority=PRIORITY,
        )
    session.flush()
    finish_if_over(session, run)


def cancel(session: Session, run_id: int) -> int:
    """Stop a run; rows that are being done at this moment are finished, the rest is left. Say how many."""
    run = locked(session, run_id)
    rows = session.scalars(
        select(BulkRunRow)
        .where(BulkRunRow.run_id == run.id, BulkRunRow.status == RowStatus.waiting)
        .with_for_update(skip_locked=True)
    ).all()
    run.advance(BulkEvent.cancel)
    run.ended_at = now()
    for row in rows:
        row.advance(RowEvent.leave)
    _take_back(session, run, [row_key(run, row) for row in rows])
    promise_report(session, run)
    return len(rows)


def again(session: Session, run_id: int) -> BulkRun:
    """Take a run up again for the rows that are not done: they are tried anew."""
    run = locked(session, run_id)
    run.advance(BulkEvent.again)
    run.tries += 1
    run.confirmed_at = run.release_at = run.begun_at = run.ended_at = None
    run.confirmed_by_id = run.report_file_id = None
    for status in REST:
        for row in _rows(session, run, status):
            row.advance(RowEvent.again)
            row.reason = row.fix = ""
    promise_check(session, run)
    return run


def finish_if_over(session: Session, run: BulkRun) -> None:
    """End a running run once no row waits. The caller has it locked."""
    if run.status is BulkStatus.running and not counts(session, run).get(RowStatus.waiting):
        run.advance(BulkEvent.finish)
        run.ended_at = now()
        promise_report(session, run)


def promise_report(session: Session, run: BulkRun) -> None:
    """Promise to write down what became of each row, as a file."""
    outbox.promise(
        session,
        organisation_id=run.organisation_id,
        kind=REPORT,
        key=f"bulk-{run.id}-report-{run.tries}",
        payload={"run_id": run.id},
        priority=PRIORITY,
    )


def row_key(run: BulkRun, row: BulkRunRow) -> str:
    """Name the fact that a row of a run is done, once for each time it was taken up."""
    return f"bulk-{run.id}-row-{row.id}-{run.tries}"


def _promise_start(session: Session, run: BulkRun, key: str) -> None:
    outbox.promise(
        session,
        organisation_id=run.organisation_id,
        kind=START,
        key=key,
        payload={"run_id": run.id},
        priority=AWAITED,
        not_before=run.release_at,
    )


def _take_back(session: Session, run: BulkRun, keys: list[str]) -> None:
    """Cancel the promises of rows that are left; one that is being kept finds its row left."""
    waiting = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.organisation_id == run.organisation_id,
            OutboxMessage.kind == ROW,
            OutboxMessage.dedup_key.in_(keys),
            OutboxMessage.state == MessageState.ready,
        )
        .with_for_update(skip_locked=True)
    )
    for message in waiting:
        message.advance(MessageEvent.cancel)
        message.done_at = now()


def _rows(session: Session, run: BulkRun, status: RowStatus) -> list[BulkRunRow]:
    asked = select(BulkRunRow).where(BulkRunRow.run_id == run.id, BulkRunRow.status == status)
    return list(session.scalars(asked.order_by(BulkRunRow.position)))


def _contracts(session: Session, ids: list[int]) -> dict[int, Contract]:
    """Return contracts with what their checks read, in a few statements for all of them."""
    asked = (
        select(Contract)
        .where(Contract.id.in_(ids))
        .options(
            selectinload(Contract.versions),
            joinedload(Contract.signer),
            joinedload(Contract.engagement).joinedload(Engagement.person),
            joinedload(Contract.engagement).joinedload(Engagement.production),
            joinedload(Contract.engagement).selectinload(Engagement.fee_lines),
            joinedload(Contract.engagement).selectinload(Engagement.roles),
            joinedload(Contract.engagement).selectinload(Engagement.entitlements),
        )
    )
    return {contract.id: contract for contract in session.scalars(asked).unique()}
