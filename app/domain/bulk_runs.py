"""Bulk runs: one deed for many records, tried first, confirmed by typing the number, undone for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Final

from app.domain.contracts import SignatureRequestStatus
from app.domain.errors import Refused
from app.domain.moves import follow

MOST: Final = 2_000
"""Rows of one run."""
UNDO: Final = timedelta(minutes=10)
"""How long a run waits after it was confirmed, so that it can be undone."""
PRIORITY: Final = 50
"""Below single sends: whoever sends one contract waits for no run."""


AWAITED: Final = 150
"""Of the dry run and the start: somebody looks at the page meanwhile."""


class BulkKind(StrEnum):
    """What is done to each row."""

    send_contracts = auto()
    nudge_unsigned = auto()


class BulkStatus(StrEnum):
    """Where a run stands."""

    checking = auto()
    checked = auto()
    held = auto()
    running = auto()
    done = auto()
    undone = auto()
    cancelled = auto()


class BulkEvent(StrEnum):
    """What moves a run."""

    check = auto()
    confirm = auto()
    start = auto()
    finish = auto()
    undo = auto()
    cancel = auto()
    again = auto()


class RowStatus(StrEnum):
    """Where one row of a run stands."""

    unchecked = auto()
    ready = auto()
    blocked = auto()
    waiting = auto()
    done = auto()
    refused = auto()
    left = auto()


class RowEvent(StrEnum):
    """What moves a row."""

    pass_check = auto()
    block = auto()
    begin = auto()
    succeed = auto()
    refuse = auto()
    leave = auto()
    again = auto()


class Onward(StrEnum):
    """Where a contract that was handed to a signing provider has come to."""

    on_its_way = auto()
    stopped = auto()
    out = auto()
    taken_back = auto()


MOVES: Final = {
    (BulkStatus.checking, BulkEvent.check): BulkStatus.checked,
    (BulkStatus.checking, BulkEvent.cancel): BulkStatus.cancelled,
    (BulkStatus.checked, BulkEvent.confirm): BulkStatus.held,
    (BulkStatus.checked, BulkEvent.again): BulkStatus.checking,
    (BulkStatus.checked, BulkEvent.cancel): BulkStatus.cancelled,
    (BulkStatus.held, BulkEvent.undo): BulkStatus.undone,
    (BulkStatus.held, BulkEvent.start): BulkStatus.running,
    (BulkStatus.running, BulkEvent.finish): BulkStatus.done,
    (BulkStatus.running, BulkEvent.cancel): BulkStatus.cancelled,
    (BulkStatus.done, BulkEvent.again): BulkStatus.checking,
    (BulkStatus.undone, BulkEvent.again): BulkStatus.checking,
    (BulkStatus.cancelled, BulkEvent.again): BulkStatus.checking,
}
"""Nothing is done to anybody before ``running``; whatever ended can be taken up again for the rest."""

ROW_MOVES: Final = {
    (RowStatus.unchecked, RowEvent.pass_check): RowStatus.ready,
    (RowStatus.unchecked, RowEvent.block): RowStatus.blocked,
    (RowStatus.ready, RowEvent.begin): RowStatus.waiting,
    (RowStatus.waiting, RowEvent.succeed): RowStatus.done,
    (RowStatus.waiting, RowEvent.refuse): RowStatus.refused,
    (RowStatus.waiting, RowEvent.leave): RowStatus.left,
    (RowStatus.ready, RowEvent.again): RowStatus.unchecked,
    (RowStatus.blocked, RowEvent.again): RowStatus.unchecked,
    (RowStatus.refused, RowEvent.again): RowStatus.unchecked,
    (RowStatus.left, RowEvent.again): RowStatus.unchecked,
}
"""What is done stays done: no run takes it up again."""

AT_WORK: Final = frozenset({BulkStatus.checking, BulkStatus.held, BulkStatus.running})
"""Where a page looks again by itself."""
REST: Final = frozenset({RowStatus.ready, RowStatus.blocked, RowStatus.refused, RowStatus.left})
"""The rows that another try takes up."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a row cannot be done now, and where that is put right."""

    reason: str
    fix: str = ""
    """Which page mends it: contract, contract_text, engagement_edit; empty where none does."""


FIXES: Final = {
    "signer_id": "contract",
    "company_signatory_id": "contract",
    "missing": "contract_text",
    "instalments": "engagement_edit",
    "starts_on": "engagement_edit",
    "engagement": "engagement",
}
"""Field of a refusal -> the page that mends it."""


def onward_of(status: SignatureRequestStatus, *, is_known: bool, is_stopped: bool) -> Onward:
    """Return where a contract is by its request to sign; ``is_known``: the provider has named it."""
    if is_known:
        return Onward.out
    if status is not SignatureRequestStatus.waiting:
        return Onward.taken_back
    return Onward.stopped if is_stopped else Onward.on_its_way


def next_bulk_status(status: BulkStatus, event: BulkEvent) -> BulkStatus:
    """Return the status of a run that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "bulk run")


def next_row_status(status: RowStatus, event: RowEvent) -> RowStatus:
    """Return the status of a row that follows ``event``, or refuse."""
    return follow(ROW_MOVES, status, event, "row")


def check_chosen(ids: Iterable[int]) -> list[int]:
    """Return the records that were chosen, each once, in their order; refuse none and too many."""
    chosen = list(dict.fromkeys(ids))
    if not chosen:
        raise Refused("Choose at least one.", field="rowid")
    if len(chosen) > MOST:
        raise Refused(
            f"{len(chosen):,} are too many for one run. Choose {MOST:,} or fewer.", field="rowid"
        )
    return chosen


def check_confirmed(typed: str, ready: int) -> None:
    """Refuse a confirmation that does not name how many rows it is about."""
    if ready == 0:
        raise Refused("Nothing is ready. Mend what is blocked, then try again.", field="count")
    if typed.strip().replace(",", "") != str(ready):
        raise Refused(f"Type {ready}, the number that will be done.", field="count")


def release_at(confirmed_at: datetime, undo: timedelta = UNDO) -> datetime:
    """Return when a confirmed run starts by itself."""
    return confirmed_at + undo


def fix_for(fields: Iterable[str | None]) -> str:
    """Return the page that mends the first of several complaints that one page can mend."""
    return next((FIXES[field] for field in fields if field in FIXES), "contract")
