"""A company with an empty desk, and workbooks made by hand or found beside the project."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy.orm import Session

from app.db.session import act_as, bind, factory, session, transaction
from app.db.viewer import Viewer
from app.domain.import_book import Book
from app.domain.import_columns import guess
from app.domain.import_report import BookReport
from app.integrations.workbooks import read_workbook
from app.models import Organisation
from app.services.imports.season import bring_in, rehearse
from tests.conftest import Ground

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REAL = Path(__file__).parents[4] / "shared" / "data" / "nyphil"

HEADINGS = {
    "Artists": ["Name (Last, First)", "Discipline", "E-mail", "Mobile", "Basis", "Agent", "Tax residence"],
    "Venues": ["Venue", "City", "Time zone"],
    "Productions": ["Code", "Title", "Season", "Company", "Type"],
    "Engagements": ["Artist", "Production code", "Role", "From", "To", "Fee", "Currency", "Per diem",
                    "Contract status", "Payment terms"],
    "Calls": ["Production code", "Type", "Date", "Time", "Venue", "City", "Time zone", "Note"],
}  # fmt: skip

Sheets = dict[str, Sequence[Sequence[Any]]]


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return an .xlsx with the sheets that are given, under their usual headings."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        sheet.append(HEADINGS[name])
        for row in rows:
            sheet.append(list(row))
    content = BytesIO()
    made.save(content)
    return content.getvalue()


@pytest.fixture
def real_book() -> Callable[[str], Book]:
    """Return a reader of the season workbooks beside the project."""
    if not REAL.is_dir():
        pytest.skip("../shared/data/nyphil is not beside the project")
    return lambda name: read_workbook((REAL / name).read_bytes())


class Company:
    """A company and what can be done with a book in it."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation

    def bring_in(self, book: Book | bytes) -> BookReport:
        """Bring a book in and keep it."""
        read = book if isinstance(book, Book) else read_workbook(book)
        with self.here() as db:
            return bring_in(db, read, guess(read), organisation=self.organisation, now=NOW)

    def rehearse(self, book: Book | bytes) -> BookReport:
        """Try a book."""
        read = book if isinstance(book, Book) else read_workbook(book)
        with self.here() as db:
            return rehearse(db, read, guess(read), organisation=self.organisation, now=NOW)

    def here(self) -> Any:
        """Open a transaction as somebody who works here."""
        session.remove()
        act_as(Viewer(self.organisation.id, actor="staff:1"))
        return transaction()

    def all(self, statement: Any) -> list[Any]:
        """Return what somebody who works here sees."""
        with self.here() as db:
            return list(db.scalars(statement))

    def all_rows(self, statement: Any) -> list[Any]:
        """Return the rows that somebody who works here sees."""
        with self.here() as db:
            return [tuple(row) for row in db.execute(statement)]


@pytest.fixture
def found_company(database: Ground, owner_session: Session) -> Iterator[Callable[[str], Company]]:
    """Return a maker of companies."""
    before = factory.kw.get("bind")
    engine = bind(database.url("portal_app"))

    def found(slug: str) -> Company:
        organisation = Organisation(
            name=slug.title(), slug=slug, zone="Australia/Brisbane", base_currency="AUD"
        )
        owner_session.add(organisation)
        owner_session.commit()
        return Company(organisation)

    yield found
    session.remove()
    engine.dispose()
    if factory.kw.get("bind") is engine:
        factory.configure(bind=before)


@pytest.fixture
def company(found_company: Callable[[str], Company]) -> Company:
    """Return one company."""
    return found_company("coral-coast")
