"""``flask import season``: what it prints, what it keeps, and how it says no."""

from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import func, select

from app.db.session import session
from app.domain.imports import ImportStatus
from app.models import ImportMessage, ImportRun, Organisation, Person
from tests.integration.imports.conftest import workbook

ROWS = [
    ["Reid, Mia", "Soprano", "mia@example.org", None, "contractor", None, "AU"],
    ["Chen, Mei", "Alto", "MIA@example.org", None, "contractor", None, "AU"],
    ["Broken, Mail", "Flute", "not-an-email", None, None, None, None],
    ["Canadian Brass", "Brass quintet", None, None, None, None, None],
]


@pytest.fixture
def run(app: Flask, organisation: Organisation, tmp_path: Path):
    """Return the command for the company and a file of that content."""

    def call(
        content: bytes, *options: str, slug: str = organisation.slug, name: str = "season.xlsx"
    ):
        path = tmp_path / name
        path.write_bytes(content)
        command = ["import", "season", str(path), "--organisation", slug, *options]
        answer = app.test_cli_runner().invoke(args=command)
        session.remove()
        return answer

    return call


def test_it_brings_in_prints_the_fates_and_is_kept_in_the_history(run, owner_session) -> None:
    answer = run(workbook(Artists=ROWS))

    kept = owner_session.scalars(select(ImportRun)).one()
    assert answer.exit_code == 0
    assert (
        "Artists                 4          3          0          0          0          1"
        in answer.output
    )
    assert "Artists, row 4, E-mail: not-an-email is not an e-mail address." in answer.output
    assert "mia@example.org is also used by Mia Reid." in answer.output
    assert "All of it is kept." in answer.output
    assert "MB at most." in answer.output
    assert owner_session.scalar(select(func.count()).select_from(Person)) == 3
    assert (kept.status, kept.file_name) == (ImportStatus.done, "season.xlsx")
    assert kept.counts["after"]["Artists"]["added"] == 3
    assert owner_session.scalar(select(func.count()).select_from(ImportMessage)) == 4


def test_a_trial_prints_the_same_and_keeps_nothing(run, owner_session) -> None:
    trial = run(workbook(Artists=ROWS), "--dry-run", "--all-messages")

    assert trial.exit_code == 0
    assert "A trial: nothing is kept." in trial.output
    assert "Canadian Brass has no comma and is taken as an ensemble." in trial.output
    assert owner_session.scalars(select(Person)).all() == []
    assert owner_session.scalars(select(ImportRun)).all() == []


def test_what_cannot_be_read_ends_with_an_error(run) -> None:
    answer = run(b"no workbook")

    assert answer.exit_code == 1
    assert "This is not an Excel workbook (.xlsx)." in answer.output


def test_a_company_nobody_knows_ends_with_an_error(run) -> None:
    answer = run(workbook(Artists=ROWS), slug="nowhere")

    assert answer.exit_code == 1
    assert "There is no organisation nowhere." in answer.output


def test_a_file_that_is_not_there_ends_with_an_error(app: Flask) -> None:
    command = ["import", "season", "gone.xlsx", "--organisation", "any"]

    answer = app.test_cli_runner().invoke(args=command)

    assert answer.exit_code == 1
    assert "gone.xlsx cannot be read: No such file or directory." in answer.output


def test_a_sheet_about_nothing_we_bring_in_is_named(run) -> None:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Catering"
    sheet.append(["Dish", "Guests"])
    sheet.append(["Soup", 12])
    artists = made.create_sheet("People")
    artists.append(["Name", "Instrument"])
    artists.append(["Reid, Mia", "Oboe"])
    content = BytesIO()
    made.save(content)

    answer = run(content.getvalue(), "--dry-run")

    assert "Left aside: Catering." in answer.output
    assert "People                  1          1" in answer.output
