"""Productions of a book, their seasons, and the period that their engagements and calls span."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from app.domain.import_calls import CallDraft
from app.domain.import_engagements import EngagementDraft
from app.domain.import_places import ProductionDraft, production_key
from app.domain.import_report import Severity, SheetReport
from app.domain.imports import RowOutcome
from app.models.organisations import Season
from app.models.productions import Production
from app.services.imports import sets
from app.services.imports.desk import Desk

Span = tuple[date, date]


def load(desk: Desk) -> None:
    """Lay every known production on the desk."""
    production = Production.__table__.c
    for production_id, code in desk.session.execute(select(production.id, production.code)):
        desk.productions[production_key(code)] = production_id


def bring_in(
    desk: Desk, drafts: list[ProductionDraft], spans: dict[str, Span], report: SheetReport
) -> None:
    """Bring the rows about productions in; ``spans`` says from when to when each is worked on."""
    seasons = _seasons(desk, drafts)
    known = _known(desk)
    first: dict[str, ProductionDraft] = {}
    new: list[tuple[str, dict[str, Any]]] = []
    changes: dict[int, dict[str, Any]] = {}
    for draft in drafts:
        if draft.key in first:
            _repeat(draft, first[draft.key], report)
            continue
        first[draft.key] = draft
        wanted = _columns(draft, seasons)
        production_id = desk.productions.get(draft.key)
        if production_id is None:
            begins, ends = spans.get(draft.key, (None, None))
            period = {"starts_on": begins, "ends_on": ends, "currency": desk.currency}
            code = {"organisation_id": desk.organisation_id, "code": draft.code}
            new.append((draft.key, {**code, **wanted, **period}))
            report.settle(draft.row, RowOutcome.added)
            continue
        was = known[production_id]
        changed = sets.differences(was, wanted | _wider(was, spans.get(draft.key)))
        changes[production_id] = changed
        _say_changes(draft, was, changed, report)
        report.settle(draft.row, RowOutcome.changed if changed else RowOutcome.unchanged)
    ids = sets.add(desk.session, Production, [columns for _, columns in new])
    desk.productions |= {key: found for (key, _), found in zip(new, ids, strict=True)}
    sets.change(desk.session, Production, changes)


def spans_of(engagements: Iterable[EngagementDraft], calls: Iterable[CallDraft]) -> dict[str, Span]:
    """Return the first and last day on which the book has something to do with each production."""
    spans: dict[str, Span] = {}
    worked = [(production_key(e.production), e.starts_on, e.ends_on) for e in engagements]
    called = [(production_key(c.production), c.day, c.day) for c in calls]
    for key, begins, ends in worked + called:
        known = spans.get(key, (begins, ends))
        spans[key] = (min(known[0], begins), max(known[1], ends))
    return spans


def _repeat(draft: ProductionDraft, first: ProductionDraft, report: SheetReport) -> None:
    if draft.title == first.title:
        report.settle(draft.row, RowOutcome.merged)
        report.say(draft.row, "", Severity.note, f"The same production as row {first.row}.")
        return
    text = f"Row {first.row} has the code {draft.code} for another title. Give one of them another code."
    report.refuse(draft.row, "", text)


def _columns(draft: ProductionDraft, seasons: dict[str, int]) -> dict[str, Any]:
    """Return what the row says; what it leaves empty says nothing."""
    written: dict[str, Any] = {
        "title": draft.title,
        "company": draft.company,
        "genre": draft.genre,
        "season_id": seasons.get(draft.season),
    }
    return {name: value for name, value in written.items() if value}


def _wider(was: dict[str, Any], span: Span | None) -> dict[str, Any]:
    if span is None:
        return {}
    begins, ends = was["starts_on"], was["ends_on"]
    return {
        "starts_on": min(begins or span[0], span[0]),
        "ends_on": max(ends or span[1], span[1]),
    }


def _say_changes(
    draft: ProductionDraft, was: dict[str, Any], changed: dict[str, Any], report: SheetReport
) -> None:
    for name, value in changed.items():
        if was[name] and name != "season_id":
            label = name.replace("_", " ").capitalize()
            report.say(draft.row, "", Severity.note, f"{label} was {was[name]}, is now {value}.")


def _known(desk: Desk) -> dict[int, dict[str, Any]]:
    production = Production.__table__.c
    names = ("id", "title", "company", "genre", "season_id", "starts_on", "ends_on")
    found = desk.session.execute(select(*(production[name] for name in names)))
    return {row.id: row._asdict() for row in found}


def _seasons(desk: Desk, drafts: list[ProductionDraft]) -> dict[str, int]:
    """Return the seasons that the book names, adding those that are new."""
    season = Season.__table__.c
    found = desk.session.execute(select(season.name, season.id))
    known: dict[str, int] = {row.name: row.id for row in found}
    new = sorted({draft.season for draft in drafts if draft.season} - known.keys())
    rows = [{"organisation_id": desk.organisation_id, "name": name} for name in new]
    return known | dict(zip(new, sets.add(desk.session, Season, rows), strict=True))
