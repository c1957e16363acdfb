"""How a bulk run is said on the desk: how far it is, what stands first, where a row is mended."""

from collections.abc import Mapping
from typing import Final

from flask import url_for

from admin.links import href_to
from app.domain.bulk_runs import AT_WORK, BulkKind, BulkStatus, Onward, RowStatus
from app.domain.providers import name_of
from app.models import BulkRun, BulkRunRow
from app.services.bulk_runs.onward import Fate

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


ONWARD: Final = {
    Onward.out: "Out at {}",
    Onward.on_its_way: "On its way to {}",
    Onward.stopped: "Did not go out to {}",
    Onward.taken_back: "Called back from {}",
}


def is_live(run: BulkRun, onward: Mapping[Onward, int]) -> bool:
    """Tell whether something still happens to a run's contracts, here or at their provider."""
    return run.status in AT_WORK or onward.get(Onward.on_its_way, 0) > 0


def words_of(run: BulkRun, counts: dict[RowStatus, int], onward: Mapping[Onward, int]) -> str:
    """Say how far a run is, and how many of its contracts are out at their provider."""
    there = {
        Onward.out: "out for signature",
        Onward.on_its_way: "on their way",
        Onward.stopped: "did not go out",
        Onward.taken_back: "called back",
    }
    parts = [f"{onward[each]:,} {words}" for each, words in there.items() if onward.get(each)]
    return " ".join([_progress(run, counts), *([f"{', '.join(parts)}."] if parts else [])])


def fate_words(fate: Fate) -> str:
    """Say where a contract is at its provider."""
    return ONWARD[fate.onward].format(name_of(fate.provider))


def _progress(run: BulkRun, counts: dict[RowStatus, int]) -> str:
    total, done = sum(counts.values()), counts.get(RowStatus.done, 0)
    refused, waiting = counts.get(RowStatus.refused, 0), counts.get(RowStatus.waiting, 0)
    match run.status:
        case BulkStatus.checking:
            return f"{total:,} contracts are looked at. Nothing is done to anybody yet."
        case BulkStatus.checked:
            return f"{counts.get(RowStatus.ready, 0):,} of {total:,} can be done."
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
