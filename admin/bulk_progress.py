"""How far a bulk run is, as its page shows it and asks for it: counts, words, and the rows that changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask import render_template
from sqlalchemy import select

from admin.bulk_words import ORDER, fate_words, fix_href, is_live, words_of
from app.db.clock import now
from app.db.session import session
from app.domain.bulk_runs import REST, Onward, RowStatus
from app.icons import sprite
from app.models import BulkRun, BulkRunRow
from app.services.bulk_runs import onward, runs

OVERLAP: Final = timedelta(seconds=10)
"""What was written that long before a page asked may have been kept only after it."""


def progress(run: BulkRun) -> dict[str, Any]:
    """Return how far a run is, without its rows."""
    at, there = now(), onward.tally(session(), run)
    counts = runs.counts(session(), run)
    return {
        "at": at.isoformat(),
        "counts": counts,
        "total": sum(counts.values()),
        "ready": counts.get(RowStatus.ready, 0),
        "rest": sum(counts.get(status, 0) for status in REST),
        "ended": counts.get(RowStatus.done, 0) + counts.get(RowStatus.refused, 0),
        "words": words_of(run, counts, there),
        "is_at_work": is_live(run, there),
    }


def every_row(run: BulkRun) -> dict[str, Any]:
    """Return all rows of a run and what draws them; what needs somebody stands first."""
    found = session.scalars(
        select(BulkRunRow).where(BulkRunRow.run_id == run.id).order_by(BulkRunRow.position)
    ).all()
    drawn = _drawing(found)

    def place(row: BulkRunRow) -> tuple[bool, int, int]:
        fate = drawn["fates"].get(row.id)
        is_fine = fate is None or fate.onward is not Onward.stopped
        return is_fine, ORDER.index(row.status), row.position

    return {**drawn, "rows": sorted(found, key=place)}


def news(run: BulkRun, since: str) -> dict[str, Any]:
    """Return how far a run is, and its rows that changed since a page asked, as they are drawn."""
    told, asked = progress(run), _instant(since)
    changed = onward.changed_since(session(), run, asked) if asked else []
    rows = render_template("desk/bulk_rows.html", **_drawing(changed)) if changed else ""
    kept = ("at", "words", "is_at_work", "ended")
    drawn = {"rows": rows, "icons": sprite()}
    return {**{name: told[name] for name in kept}, "status": run.status, **drawn}


def _drawing(rows: Sequence[BulkRunRow]) -> dict[str, Any]:
    fates = onward.fates(session(), rows)
    return {"rows": rows, "fates": fates, "fate_words": fate_words, "fix_href": fix_href}


def _instant(typed: str) -> datetime | None:
    """Return from when on changes are told to a page that asked at ``typed``."""
    try:
        at = datetime.fromisoformat(typed)
        return at - OVERLAP if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
