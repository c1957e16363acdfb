"""Calls of a book: to which production, where, and in which zone."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from app.domain.errors import Refused
from app.domain.import_calls import CallDraft, check_clock
from app.domain.import_columns import Topic
from app.domain.import_places import production_key
from app.domain.import_report import Severity, SheetReport
from app.domain.imports import RowOutcome
from app.domain.schedules import CallStatus
from app.models.schedules import Call
from app.services.imports import sets
from app.services.imports.desk import Desk, KnownVenue

FACTS: Final = (
    "venue_id",
    "time_kind",
    "local_start",
    "local_end",
    "end_day_offset",
    "zone",
    "starts_at",
    "ends_at",
    "note",
)


@dataclass(slots=True)
class Placed:
    """A row that has found its production, its venue and its zone."""

    draft: CallDraft
    production_id: int
    venue: KnownVenue | None

    def key(self, *, clock: str = "") -> str:
        """Return what makes it this call, whatever production and venue are called by then."""
        draft = self.draft
        told = clock or (f"{draft.starts:%H:%M}" if draft.starts else "tbc")
        where = self.venue.id if self.venue else ""
        return f"{self.production_id}|{draft.type.value}|{draft.day}|{told}|{where}"

    def columns(self) -> dict[str, Any]:
        """Return the columns that hold the facts of the row."""
        starts_at, ends_at = self.draft.instants()
        return {
            "venue_id": self.venue.id if self.venue else None,
            "time_kind": self.draft.time_kind,
            "local_start": self.draft.starts,
            "local_end": self.draft.ends,
            "end_day_offset": self.draft.end_day_offset,
            "zone": self.draft.zone,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "note": self.draft.note,
        }


@dataclass(slots=True)
class Writing:
    """What the calls' sheet is about to write, beside what is there."""

    known: dict[str, dict[str, Any]]
    first: dict[str, list[CallDraft]] = field(default_factory=dict)
    new: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)


def bring_in(desk: Desk, drafts: list[CallDraft], report: SheetReport) -> None:
    """Bring the rows about calls in."""
    writing = Writing(_known(desk))
    placed = [found for draft in drafts if (found := _place(desk, draft, report)) is not None]
    told = {call.key() for call in placed}
    for call in placed:
        key = _own_key(call, writing, report)
        if key is not None:
            _settle(desk, call, key, told, writing, report)
    sets.add(desk.session, Call, writing.new)
    sets.change(desk.session, Call, writing.changes)


def _place(desk: Desk, draft: CallDraft, report: SheetReport) -> Placed | None:
    production_id = desk.productions.get(production_key(draft.production))
    if production_id is None:
        report.refuse(draft.row, "", _about_production(desk, draft))
    venue = desk.venues.get(draft.venue_key) if draft.venue else None
    if draft.venue and venue is None:
        report.refuse(draft.row, "", _about_venue(desk, draft))
    if production_id is None or draft.row in report.outcomes:
        return None
    placed = draft.at(_zone(draft, venue, report))
    try:
        _check_clocks(placed, report)
    except Refused as refusal:
        report.refuse(draft.row, "", refusal.reason)
        return None
    return Placed(placed, production_id, venue)


def _check_clocks(draft: CallDraft, report: SheetReport) -> None:
    """Refuse a time that clocks jump over, and speak of one that comes twice."""
    ends_on = draft.day + timedelta(days=draft.end_day_offset)
    for day, clock in ((draft.day, draft.starts), (ends_on, draft.ends)):
        if draft.zone and clock:
            twice = check_clock(draft.zone, day, clock)
            if twice:
                report.say(draft.row, "", Severity.conflict, twice)


def _zone(draft: CallDraft, venue: KnownVenue | None, report: SheetReport) -> str | None:
    """Return the zone of a call, or None with a word about it: a zone is never guessed."""
    if venue is None:
        if draft.zone is None:
            text = "It has neither a venue nor a time zone. It cannot be published without."
            report.say(draft.row, "", Severity.conflict, text)
        return draft.zone
    if venue.zone is None:
        text = f"{venue.name} has no time zone yet, so this call cannot be published. Set it there."
        report.say(draft.row, "", Severity.conflict, text)
        return None
    if draft.zone not in (None, venue.zone):
        text = (
            f"{venue.name} is in {venue.zone}, this row says {draft.zone}. The call has no zone and "
            "cannot be published until one of the two is corrected."
        )
        report.say(draft.row, "", Severity.conflict, text)
        return None
    return venue.zone


def _own_key(call: Placed, writing: Writing, report: SheetReport) -> str | None:
    """Return the key of a call; None where the same row was there before."""
    draft, key = call.draft, call.key()
    seen = writing.first.setdefault(key, [])
    same = next((other for other in seen if other.cells == draft.cells), None)
    if same is not None:
        report.settle(draft.row, RowOutcome.merged)
        text = f"Word for word the same as row {same.row}; one call is kept."
        report.say(draft.row, "", Severity.note, text)
        return None
    seen.append(draft)
    if len(seen) == 1:
        return key
    text = (
        f"The same production, kind, time and place as row {seen[0].row}, but another note. Both are "
        "kept; cancel one if it is a slip."
    )
    report.say(draft.row, "", Severity.conflict, text)
    return f"{key}|{len(seen)}"


def _settle(
    desk: Desk, call: Placed, key: str, told: set[str], writing: Writing, report: SheetReport
) -> None:
    draft, wanted = call.draft, call.columns()
    was = writing.known.get(key)
    unsure = call.key(clock="tbc")
    if was is None and unsure not in told:
        was = writing.known.pop(unsure, None)
    if was is None:
        report.settle(draft.row, RowOutcome.added)
        if draft.starts is None:
            report.say(draft.row, "", Severity.note, "No time is known yet: it is to be confirmed.")
        writing.new.append(
            {
                "organisation_id": desk.organisation_id,
                "production_id": call.production_id,
                "type": draft.type,
                "day_of": draft.day,
                "is_for_everyone": True,
                "import_key": key,
                **wanted,
            }
        )
        return
    if was["status"] is CallStatus.cancelled:
        report.settle(draft.row, RowOutcome.unchanged)
        text = "This call is cancelled here, and the workbook does not bring it back."
        report.say(draft.row, "", Severity.note, text)
        return
    changed = sets.differences(was, {**wanted, "import_key": key})
    writing.changes[was["id"]] = changed
    report.settle(draft.row, RowOutcome.changed if changed else RowOutcome.unchanged)
    if changed.keys() & {"local_start", "zone", "local_end", "note"}:
        names = ", ".join(name.replace("local_", "") for name in changed if name in FACTS)
        report.say(draft.row, "", Severity.note, f"Changed here: {names.replace('_', ' ')}.")


def _about_production(desk: Desk, draft: CallDraft) -> str:
    row = desk.refused.get((Topic.productions, production_key(draft.production)))
    if row is not None:
        return f"Production {draft.production} is refused in row {row}. Correct that row first."
    return (
        f"There is no production {draft.production}, neither in the workbook nor here. "
        "Add it to the productions, or correct the code."
    )


def _about_venue(desk: Desk, draft: CallDraft) -> str:
    where = ", ".join(part for part in (draft.venue, draft.city) if part)
    return (
        f"There is no venue {where}, neither in the workbook nor here. Add it to the venues, or "
        "correct its name and city."
    )


def _known(desk: Desk) -> dict[str, dict[str, Any]]:
    """Return the calls that came from a workbook before."""
    call = Call.__table__.c
    names = ("id", "import_key", "status", *FACTS)
    columns = (call[name] for name in names)
    found = desk.session.execute(select(*columns).where(call.import_key.is_not(None)))
    return {row.import_key: row._asdict() for row in found}
