"""A whole workbook, brought in or only tried: the same steps either way."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain import import_columns
from app.domain.errors import Refused
from app.domain.import_artists import read_artist
from app.domain.import_book import Book
from app.domain.import_calls import read_call
from app.domain.import_columns import Mapping, Topic
from app.domain.import_engagements import read_engagement
from app.domain.import_names import read_name
from app.domain.import_places import production_key, read_production, read_venue
from app.domain.import_report import BookReport, SheetReport
from app.domain.import_rows import RowCells, rows_of
from app.models.organisations import Organisation
from app.services.imports import calls, engagements, people, productions, venues
from app.services.imports.desk import Desk

Drafts = dict[Topic, list[Any]]


def bring_in(
    session: Session, book: Book, mapping: Mapping, *, organisation: Organisation, now: datetime
) -> BookReport:
    """Bring a book in, in the transaction of the caller, and report on every row."""
    import_columns.check(book, mapping)
    today = now.astimezone(ZoneInfo(organisation.zone)).date()
    desk = Desk(
        session,
        organisation.id,
        organisation.jurisdiction,
        organisation.base_currency,
        today,
        now,
        BookReport(),
    )
    drafts, reports, refused_hires = _read(desk, book, mapping)
    _write(desk, drafts, reports)
    engagements.say_who_is_missing(desk, refused_hires)
    return desk.report


def rehearse(
    session: Session, book: Book, mapping: Mapping, *, organisation: Organisation, now: datetime
) -> BookReport:
    """Do all that ``bring_in`` does and take it back: the report is exactly that of the real run."""
    attempt = session.begin_nested()
    try:
        return bring_in(session, book, mapping, organisation=organisation, now=now)
    finally:
        attempt.rollback()


def _read(
    desk: Desk, book: Book, mapping: Mapping
) -> tuple[Drafts, dict[Topic, SheetReport], list[RowCells]]:
    readers: dict[Topic, Callable[[RowCells], Any]] = {
        Topic.artists: lambda cells: read_artist(cells, desk.country),
        Topic.venues: read_venue,
        Topic.productions: read_production,
        Topic.engagements: lambda cells: read_engagement(cells, desk.currency),
        Topic.calls: read_call,
    }
    drafts: Drafts = {topic: [] for topic in Topic}
    reports: dict[Topic, SheetReport] = {}
    refused_hires: list[RowCells] = []
    for sheet in book.sheets:
        chosen = mapping.get(sheet.name)
        if chosen is None:
            desk.report.left_aside.append(sheet.name)
            continue
        report = SheetReport(sheet.name, chosen.topic.value, len(sheet.rows))
        desk.report.sheets.append(report)
        reports[chosen.topic] = report
        for cells in rows_of(sheet, chosen, report):
            draft = readers[chosen.topic](cells)
            if draft is not None:
                drafts[chosen.topic].append(draft)
            else:
                _remember(desk, chosen.topic, cells)
                if chosen.topic is Topic.engagements:
                    refused_hires.append(cells)
    return drafts, reports, refused_hires


def _remember(desk: Desk, topic: Topic, cells: RowCells) -> None:
    """Keep what a refused row was about, so that rows which refer to it can be told where it stands."""
    if topic is Topic.artists and cells.text("name"):
        with suppress(Refused):
            for key in read_name(cells.text("name")).keys:
                desk.refused[topic, key] = cells.number
    if topic is Topic.productions and cells.text("code"):
        desk.refused[topic, production_key(cells.text("code"))] = cells.number


def _write(desk: Desk, drafts: Drafts, reports: dict[Topic, SheetReport]) -> None:
    """Write sheet after sheet, so that each finds what it refers to."""
    people.load(desk)
    venues.load(desk)
    productions.load(desk)
    all_calls, all_engagements = drafts[Topic.calls], drafts[Topic.engagements]
    if Topic.artists in reports:
        people.bring_in(desk, drafts[Topic.artists], reports[Topic.artists])
    if Topic.venues in reports:
        venues.bring_in(desk, drafts[Topic.venues], all_calls, reports[Topic.venues])
    if Topic.productions in reports:
        spans = productions.spans_of(all_engagements, all_calls)
        productions.bring_in(desk, drafts[Topic.productions], spans, reports[Topic.productions])
    if Topic.engagements in reports:
        engagements.bring_in(desk, all_engagements, reports[Topic.engagements])
    if Topic.calls in reports:
        calls.bring_in(desk, all_calls, reports[Topic.calls])
