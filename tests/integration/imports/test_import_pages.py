"""Staff upload a workbook, say what its columns hold, see it tried, and bring it in by the worker."""

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import session as house
from app.domain.imports import ImportStatus
from app.domain.outbox import MessageState
from app.models import Contract, ImportRun, OutboxMessage, Person, StoredFile
from config import Config
from tasks.couriers import gather
from tasks.crew import engage
from tests.integration.imports.conftest import workbook

BOOK = {
    "Artists": [
        ["Lefèvre, Noémie", "Soprano", "noemie@example.org", None, "contractor", None, "FR"],
        [None, "Violin", "nobody@example.org", None, None, None, None],
    ],
    "Productions": [["CAR", "Carmen", "2026-27", "Coral Coast Ballet", "Opera"]],
    "Engagements": [
        ["Lefevre, Noemie", "CAR", "Micaëla", date(2027, 2, 1), date(2027, 2, 9), 900, "AUD", 0,
         "signed", "50/50"],
    ],
}  # fmt: skip


@pytest.fixture
def work(config: Config, owner_session: Session) -> Callable[[], list[MessageState]]:
    """Return the worker: it keeps every promise about imports and says how each ended."""

    def run() -> list[MessageState]:
        owner_session.rollback()
        due = owner_session.scalars(
            select(OutboxMessage.id).where(
                OutboxMessage.state == MessageState.ready, OutboxMessage.kind.like("import.%")
            )
        ).all()
        owner_session.rollback()
        bound = house.factory.kw["bind"]
        worker = house.bind(config.database_worker_url)
        try:
            for message_id in due:
                gather(engage(config)).courier.run(message_id)
        finally:
            house.forget()
            worker.dispose()
            house.factory.configure(bind=bound)
        owner_session.rollback()
        return [
            owner_session.get_one(OutboxMessage, each, populate_existing=True).state for each in due
        ]

    return run


def upload(browser: Any, content: bytes, name: str = "season.xlsx") -> Any:
    """Send a workbook as the page would."""
    return browser.send("/admin/imports/upload", {"file": (BytesIO(content), name)})


def choices(page: str) -> dict[str, str]:
    """Return what the page of columns has chosen."""
    found: dict[str, str] = {}
    for name, options in re.findall(r'name="(sheet-[\d-]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def people(owner_session: Session) -> int:
    """Return how many people there are."""
    owner_session.rollback()
    return owner_session.scalar(select(func.count()).select_from(Person)) or 0


def test_a_workbook_is_read_tried_and_brought_in(staff, work, owner_session) -> None:
    ruth = staff("Contracts")

    columns = upload(ruth, workbook(**BOOK))
    page = ruth.get(columns.location)
    tried = ruth.send(columns.location.replace("/columns", "/check"), choices(page.text))
    waiting = ruth.get(tried.location)
    first = work()
    after_trial, trial = people(owner_session), ruth.get(tried.location)
    ruth.send(f"{tried.location}/run")
    ruth.send(f"{tried.location}/run")
    second = work()
    result = ruth.get(tried.location)

    assert "Lefèvre, Noémie" in page.text
    assert waiting.headers["Refresh"] == "3"
    assert "The workbook is being tried" in waiting.text
    assert (first, second) == ([MessageState.done], [MessageState.done])
    assert after_trial == 0
    assert "This is a trial: nothing is kept yet" in trial.text
    assert "Name (Last, First) is empty." in trial.text
    assert "Artists, row 3" in trial.text
    assert "Bring it in" in trial.text
    assert "The workbook is in" in result.text
    assert "Refresh" not in result.headers
    assert people(owner_session) == 1


def test_messages_are_filtered_by_weight_and_sheet(staff, work) -> None:
    ruth = staff("Contracts")
    columns = upload(ruth, workbook(**BOOK))
    page = ruth.get(columns.location)
    tried = ruth.send(columns.location.replace("/columns", "/check"), choices(page.text))
    work()

    errors = ruth.get(f"{tried.location}?severity=error")
    notes = ruth.get(f"{tried.location}?severity=note&sheet=Engagements")

    assert "Artists, row 3" in errors.text
    assert "Engagements, row 2" not in errors.text
    assert "Upload the signed paper." in notes.text


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "empty.xlsx", "The file is empty."),
        (b"%PDF-1.7 ...", "scan.xlsx", "This is not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0 old", "old.xls", "before Excel 2007"),
        (workbook(Venues=[])[:400], "half.xlsx", "This is not an Excel workbook"),
    ],
    # A workbook carries the second it was made in: as a test's name it would differ by process.
    ids=["empty", "pdf", "old", "half"],
)
def test_what_is_no_workbook_is_refused_beside_the_field(
    staff, owner_session, content: bytes, name: str, reason: str
) -> None:
    ruth = staff("Contracts")

    page = upload(ruth, content, name)

    assert page.status_code == 422
    assert reason in page.text
    assert 'aria-describedby="file-say file-hint"' in page.text
    assert owner_session.scalars(select(StoredFile)).all() == []


def test_no_file_at_all_is_asked_for(staff) -> None:
    page = staff("Contracts").send("/admin/imports/upload", {})

    assert page.status_code == 422
    assert "Choose the workbook first." in page.text


def test_a_column_that_is_needed_and_not_chosen_is_asked_for_and_the_choice_is_kept(staff) -> None:
    ruth = staff("Contracts")
    columns = upload(ruth, workbook(**BOOK))
    chosen = choices(ruth.get(columns.location).text)
    chosen["sheet-0-0"], chosen["sheet-0-2"] = "", ""

    page = ruth.send(columns.location.replace("/columns", "/check"), chosen)

    assert page.status_code == 422
    assert "Artists: choose the column for Name (Last, First)." in page.text
    assert choices(page.text) == chosen


def test_two_columns_cannot_hold_the_same(staff) -> None:
    ruth = staff("Contracts")
    columns = upload(ruth, workbook(**BOOK))
    chosen = choices(ruth.get(columns.location).text)
    chosen["sheet-0-1"] = "email"

    page = ruth.send(columns.location.replace("/columns", "/check"), chosen)

    assert "Discipline and E-mail both hold E-mail. Choose one." in page.text
    assert choices(page.text) == chosen


def test_a_sheet_that_is_about_something_else_is_guessed_anew(staff) -> None:
    ruth = staff("Contracts")
    columns = upload(ruth, workbook(**BOOK))
    chosen = choices(ruth.get(columns.location).text)

    page = ruth.send(
        columns.location.replace("/columns", "/check"), {**chosen, "sheet-1": "venues"}
    )

    assert "Productions: choose the column for Venue." in page.text
    assert choices(page.text)["sheet-1"] == "venues"


def test_a_workbook_that_has_gone_says_so_and_can_be_tried_again(
    staff, work, owner_session, config: Config
) -> None:
    ruth = staff("Contracts")
    columns = upload(ruth, workbook(**BOOK))
    tried = ruth.send(
        columns.location.replace("/columns", "/check"), choices(ruth.get(columns.location).text)
    )
    sha256 = owner_session.scalars(select(StoredFile.sha256)).one()
    for kept in config.var.rglob(sha256):
        kept.unlink()

    ended = work()
    page = ruth.get(tried.location)

    assert ended == [MessageState.dead]
    assert "The workbook was not brought in" in page.text
    assert owner_session.scalars(select(ImportRun.status)).one() is ImportStatus.failed


def test_who_only_looks_cannot_upload(staff) -> None:
    manager = staff("Manager")

    assert manager.get("/admin/imports/").status_code == 200
    assert upload(manager, workbook(**BOOK)).status_code == 403


def test_another_companys_import_does_not_exist(staff, found_company) -> None:
    columns = upload(staff("Contracts"), workbook(**BOOK))
    stranger = staff("Contracts", organisation_id=found_company("stranger").organisation.id)

    assert stranger.get(columns.location).status_code == 404


def test_what_was_brought_in_can_be_opened_on_the_desk_and_on_the_phone(
    staff, phone_of, work, owner_session
) -> None:
    ruth = staff("Administrator")
    columns = upload(ruth, workbook(**BOOK))
    tried = ruth.send(
        columns.location.replace("/columns", "/check"), choices(ruth.get(columns.location).text)
    )
    work()
    ruth.send(f"{tried.location}/run")
    work()
    owner_session.rollback()
    contract = owner_session.scalars(select(Contract)).one()
    phone = phone_of(owner_session.scalars(select(Person)).one())

    desk = [
        ruth.get(f"/admin/contracts/show/{contract.id}"),
        ruth.get("/admin/contracts/list/?view=all"),
        ruth.get(f"/admin/engagements/show/{contract.engagement_id}"),
    ]
    pages = [phone.get("/portal/"), phone.get("/portal/contracts"), phone.get("/portal/money")]
    pages[1:1] = [phone.get(f"/portal/contracts/{contract.public_id}")]

    assert [page.status_code for page in desk] == [200, 200, 200]
    assert "Upload the signed paper." in desk[0].text
    assert [page.status_code for page in pages] == [200, 200, 200, 200]
