"""How a bulk run is said on the desk: how far it is, what stands first, where a row is mended."""

from typing import Final

from flask import url_for

from admin.links import href_to
from app.domain.bulk_runs import BulkKind, BulkStatus, RowStatus
from app.models import BulkRun, BulkRunRow

NAMES: Final = {
    BulkKind.send_contracts: "Send many contracts",
    BulkKind.nudge_unsigned: "Remind many signers",
}
STEPS: Final = ("Choose", "Dry run", "Confirm", "Carry out", "Results")
ORDER: Final = (
    RowStatus.refused, RowStatus.blocked, RowStatus.waiting, RowStatus.left, RowStatus.ready,
    RowStatus.unchecked, RowStatus.done,
)  # fmt: skip
"""What needs somebody stands first."""
PLACES: Final = {
    BulkStatus.checking: 1, BulkStatus.checked: 2, BulkStatus.held: 3, BulkStatus.running: 3,
    BulkStatus.done: 5, BulkStatus.undone: 5, BulkStatus.cancelled: 5,
}  # fmt: skip


def words_of(run: BulkRun, counts: dict[RowStatus, int]) -> str:
    """Say how far a run is, in a sentence."""
    total, done = sum(counts.values()), counts.get(RowStatus.done, 0)
    refused, waiting = counts.get(RowStatus.refused, 0), counts.get(RowStatus.waiting, 0)
    match run.status:
        case BulkStatus.checking:
            return f"{total:,} contracts are looked at. Nothing is done to anybody yet."
        case BulkStatus.running:
            return f"{done:,} done, {refused:,} refused, {waiting:,} still to do."
        case BulkStatus.held:
            return f"{counts.get(RowStatus.ready, 0):,} wait until it cannot be undone any more."
        case _:
            return f"{done:,} of {total:,} are done."


def fix_href(row: BulkRunRow) -> str:
    """Return the page that mends what is in the way of a row."""
    if row.fix == "contract_text":
        return url_for("ContractView.text", pk=row.subject_id)
    if row.fix.startswith("engagement"):
        return href_to(row.fix, row.engagement_id or 0)
    return href_to("contract", row.subject_id) if row.fix else ""


def steps_at(now: int) -> list[tuple[str, str, str]]:
    """Return the steps of a run as the page draws them."""
    return [
        (name, "", "done" if place < now else "now" if place == now else "")
        for place, name in enumerate(STEPS)
    ]
