"""Venues of a book, and the zone that a venue takes from its calls."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from app.domain.import_calls import CallDraft
from app.domain.import_places import VenueDraft, agreed_zone
from app.domain.import_report import Severity, SheetReport
from app.domain.imports import RowOutcome
from app.models.productions import Venue
from app.services.imports import sets
from app.services.imports.desk import Desk, KnownVenue


def load(desk: Desk) -> None:
    """Lay every known venue on the desk."""
    venue = Venue.__table__.c
    columns = select(venue.id, venue.folded, venue.name, venue.zone)
    for venue_id, folded, name, zone in desk.session.execute(columns):
        desk.venues[folded] = KnownVenue(name, venue_id, zone)


def bring_in(
    desk: Desk, drafts: list[VenueDraft], calls: list[CallDraft], report: SheetReport
) -> None:
    """Bring the rows about venues in; ``calls`` are those of the same book."""
    told: dict[str, list[str]] = defaultdict(list)
    for call in calls:
        if call.zone:
            told[call.venue_key].append(call.zone)
    first: dict[str, VenueDraft] = {}
    new: list[tuple[KnownVenue, VenueDraft]] = []
    changes: dict[int, dict[str, Any]] = {}
    for draft in drafts:
        if draft.key in first:
            _merge(draft, first[draft.key], report)
            continue
        first[draft.key] = draft
        zone = draft.zone or _zone_of_calls(draft, told[draft.key], desk, report)
        known = desk.venues.get(draft.key)
        if known is None:
            desk.venues[draft.key] = known = KnownVenue(draft.name, zone=zone)
            new.append((known, draft))
            report.settle(draft.row, RowOutcome.added)
        else:
            _settle(draft, zone, known, changes, report)
    _write(desk, new, changes)


def _merge(draft: VenueDraft, first: VenueDraft, report: SheetReport) -> None:
    report.settle(draft.row, RowOutcome.merged)
    report.say(draft.row, "", Severity.note, f"The same venue as row {first.row}.")
    if draft.zone and first.zone and draft.zone != first.zone:
        text = f"Row {first.row} says {first.zone}, this row {draft.zone}. The first counts; correct one."
        report.say(draft.row, "", Severity.conflict, text)


def _zone_of_calls(
    draft: VenueDraft, told: list[str], desk: Desk, report: SheetReport
) -> str | None:
    known = desk.venues.get(draft.key)
    if known is not None and known.zone is not None:
        return known.zone
    zone = agreed_zone(told)
    if zone is not None:
        text = f"No time zone is written; its calls agree on {zone}, so the venue takes it."
        report.say(draft.row, "", Severity.note, text)
        return zone
    reason = (
        f"its calls name {' and '.join(sorted(set(told)))}"
        if told
        else "none of its calls names one"
    )
    text = f"No time zone is written, and {reason}. Set it here, or its calls cannot be published."
    report.say(draft.row, "", Severity.conflict, text)
    return None


def _settle(
    draft: VenueDraft,
    zone: str | None,
    known: KnownVenue,
    changes: dict[int, dict[str, Any]],
    report: SheetReport,
) -> None:
    if known.zone is None and zone is not None:
        known.zone = zone
        changes[known.id] = {"zone": zone}
        report.settle(draft.row, RowOutcome.changed)
        return
    if known.zone != zone:
        text = f"Here it is in {known.zone}, in the workbook {zone}. Nothing is changed; correct one of them."
        report.say(draft.row, "", Severity.conflict, text)
    report.settle(draft.row, RowOutcome.unchanged)


def _write(
    desk: Desk, new: list[tuple[KnownVenue, VenueDraft]], changes: dict[int, dict[str, Any]]
) -> None:
    rows = [
        {
            "organisation_id": desk.organisation_id,
            "name": draft.name,
            "city": draft.city,
            "zone": known.zone,
        }
        for known, draft in new
    ]
    for (known, _), venue_id in zip(new, sets.add(desk.session, Venue, rows), strict=True):
        known.id = venue_id
    sets.change(desk.session, Venue, changes)
