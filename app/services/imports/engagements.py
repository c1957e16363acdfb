"""Engagements of a book with their roles, fees and per diems."""

from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from app.domain.contract_terms import check_revision
from app.domain.contracts import BEFORE_SENDING, ContractStatus, EntitlementKind
from app.domain.errors import Refused
from app.domain.import_columns import Topic
from app.domain.import_engagements import EngagementDraft
from app.domain.import_names import WrittenName, read_name
from app.domain.import_places import production_key
from app.domain.import_report import Severity, SheetReport
from app.domain.import_rows import RowCells
from app.domain.imports import RowOutcome
from app.domain.names import fold
from app.domain.people import EngagementStatus
from app.models.contracts import Contract
from app.models.engagements import Engagement, Entitlement
from app.services.imports import sets
from app.services.imports.desk import Desk, KnownPerson
from app.services.imports.engagement_writing import Hire, Writing, terms_of, write

RANK: Final = (EngagementStatus.pencilled, EngagementStatus.offered, EngagementStatus.confirmed)
"""How far a hire has come; a book never takes it back, nor revives one that has ended."""


COLUMNS: Final = (
    "id", "import_key", "starts_on", "ends_on", "fee", "currency", "payment_terms", "status",
)  # fmt: skip


def bring_in(desk: Desk, drafts: list[EngagementDraft], report: SheetReport) -> None:
    """Bring the rows about engagements in."""
    known, writing = _known(desk), Writing()
    first: dict[str, list[EngagementDraft]] = {}
    for draft in drafts:
        hire = _hire(desk, draft, report)
        if hire is None or _is_repeat(hire, first, report):
            continue
        was = known.get(hire.import_key)
        if was is None:
            report.settle(draft.row, RowOutcome.added)
            writing.new.append(hire)
            _say_paper(draft, report)
            continue
        _settle(hire, was, writing, report)
    write(desk, writing)


def _hire(desk: Desk, draft: EngagementDraft, report: SheetReport) -> Hire | None:
    people = _called(desk, draft.artist)
    production_id = desk.productions.get(production_key(draft.production))
    if len(people) != 1:
        report.refuse(draft.row, "", _about_person(desk, draft.artist, len(people)))
    if production_id is None:
        text = (
            f"There is no production {draft.production}, neither in the workbook nor here. "
            "Add it to the productions, or correct the code."
        )
        report.refuse(draft.row, "", text)
    if len(people) != 1 or production_id is None:
        return None
    key = f"{people[0].id}|{production_id}|{fold(draft.role)}"
    return Hire(draft, people[0], production_id, key)


def say_who_is_missing(desk: Desk, refused: list[RowCells]) -> None:
    """Tell of refused rows also that nobody knows their artist, so that a person reads all at once."""
    for cells in refused:
        with suppress(Refused):
            artist = read_name(cells.text("artist"))
            if not _called(desk, artist):
                cells.refuse("artist", _about_person(desk, artist, 0))


def _called(desk: Desk, name: WrittenName) -> list[KnownPerson]:
    return list(dict.fromkeys(p for key in name.keys for p in desk.people.get(key, [])))


def _about_person(desk: Desk, artist: WrittenName, count: int) -> str:
    name = artist.name
    if count:
        return f"{count} people here are called {name}. Tell them apart by name."
    keys = [(Topic.artists, key) for key in artist.keys]
    row = next((desk.refused[key] for key in keys if key in desk.refused), None)
    if row is not None:
        return f"{name} is refused in row {row} of the artists. Correct that row first."
    return (
        f"There is no artist {name}, neither in the workbook nor here. Add them to the artists, "
        "or correct the name."
    )


def _is_repeat(hire: Hire, first: dict[str, list[EngagementDraft]], report: SheetReport) -> bool:
    """Tell whether the same row was there before; rows that differ are two engagements."""
    draft, seen = hire.draft, first.setdefault(hire.import_key, [])
    same = next((other for other in seen if other.cells == draft.cells), None)
    if same is not None:
        report.settle(draft.row, RowOutcome.merged)
        report.say(draft.row, "", Severity.note, f"Word for word the same as row {same.row}.")
        return True
    seen.append(draft)
    if len(seen) > 1:
        hire.import_key = f"{hire.import_key}|{len(seen)}"
        text = (
            f"The same artist, production and role as row {seen[0].row} with other terms. Both are "
            "kept; cancel one if it is a slip."
        )
        report.say(draft.row, "", Severity.conflict, text)
    return False


def _settle(hire: Hire, was: dict[str, Any], writing: Writing, report: SheetReport) -> None:
    draft = hire.draft
    hire.id = was["id"]
    wanted = terms_of(draft)
    changed = sets.differences(was, wanted)
    if draft.per_diem != (was["per_diem"] or 0):
        changed["per_diem"] = draft.per_diem
    try:
        check_revision(was["paper"] or ContractStatus.draft, changed.keys())
    except Refused as refusal:
        report.refuse(draft.row, "", refusal.reason)
        return
    for name, value in changed.items():
        label = name.replace("_", " ").capitalize()
        text = f"{label} was {_shown(was[name])}, is now {_shown(value)}."
        report.say(draft.row, "", Severity.note, text)
    is_changed = bool(changed) | _take_paper(hire, was, changed, writing, report)
    if changed.pop("per_diem", None) is not None or "currency" in changed:
        writing.new_per_diems.append(hire)
    if changed.keys() & {"fee", "currency", "payment_terms"}:
        writing.new_fees.append(hire)
    writing.changes[hire.id] = changed
    report.settle(draft.row, RowOutcome.changed if is_changed else RowOutcome.unchanged)


def _take_paper(
    hire: Hire,
    was: dict[str, Any],
    changed: dict[str, Any],
    writing: Writing,
    report: SheetReport,
) -> bool:
    """Take what the book says of the paper, where it has come further than what is known."""
    draft, moved = hire.draft, False
    if was["status"] in RANK and RANK.index(draft.status) > RANK.index(was["status"]):
        changed["status"] = draft.status
        moved = True
    if draft.paper is not None and was["contract_id"] is None:
        writing.papers.append(hire)
        return True
    if draft.paper is ContractStatus.external and was["paper"] in BEFORE_SENDING:
        text = (
            f"The workbook says {draft.word}; here the contract is {_shown(was['paper'])}. If it was "
            "signed on paper, upload the signed paper on the contract's page."
        )
        report.say(draft.row, "", Severity.conflict, text)
    return moved


def _say_paper(draft: EngagementDraft, report: SheetReport) -> None:
    if draft.paper is not None:
        report.say(draft.row, "", Severity.note, draft.source_note())


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value or "nothing")


def _known(desk: Desk) -> dict[str, dict[str, Any]]:
    """Return the engagements that came from a workbook before, with per diem and newest contract.

    Three plain reads laid together here: right after a first import the database has no statistics
    yet, and would join them row by row.
    """
    session = desk.session
    engagement, contract, extra = (m.__table__.c for m in (Engagement, Contract, Entitlement))
    papers = {
        row.engagement_id: row
        for row in session.execute(
            select(contract.engagement_id, contract.id, contract.status).order_by(contract.id)
        )
    }
    per_diem = select(extra.engagement_id, extra.amount).where(
        extra.kind == EntitlementKind.per_diem
    )
    per_diems: dict[int, Any] = {row.engagement_id: row.amount for row in session.execute(per_diem)}
    columns = select(*(engagement[name] for name in COLUMNS))
    known: dict[str, dict[str, Any]] = {}
    for row in session.execute(columns.where(engagement.import_key.is_not(None))):
        paper = papers.get(row.id)
        known[row.import_key] = {
            **row._asdict(),
            "per_diem": per_diems.get(row.id),
            "contract_id": paper.id if paper else None,
            "paper": paper.status if paper else None,
        }
    return known
