"""A season comes in from a spreadsheet: a wrong file, the columns, a trial, the messages, the import."""

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from tests.journeys.looking import look

ARTISTS = [
    ["Name (Last, First)", "Instrument", "E-mail", "Basis", "Tax residence"],
    ["Ärlig, Åsa", "Oboe", "asa@artists.example", "contractor", "Sverige"],
    ["ÄRLIG,  ÅSA ", "Oboe", "ASA@artists.example", "contractor", "Sverige"],
    ["Zoltán, Béla", "Bassoon", "asa@artists.example", "via agency", "HUN"],
    ["Quartetto Nuovo", "String quartet", None, "company (loan-out)", "Italia"],
    ["Typo, Mail", "Flute", "not-an-email", "contractor", "AUS"],
]
PRODUCTIONS = [["Code", "Title", "Season"], ["WIND", "An Evening of Winds", "2027"]]
ENGAGEMENTS = [
    ["Artist", "Production code", "Role", "From", "To", "Fee", "Currency", "Contract status"],
    ["Arlig, Asa", "WIND", "Oboe", date(2027, 6, 1), date(2027, 6, 5), "1,200.00", "AUD", "signed"],
]


@pytest.fixture
def winds(tmp_path: Path) -> Path:
    """Return a small season as somebody keeps it."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in (("Artists", ARTISTS), ("Shows", PRODUCTIONS), ("Hires", ENGAGEMENTS)):
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.create_sheet("Catering").append(["Dish", "Guests"])
    path = tmp_path / "winds.xlsx"
    made.save(path)
    return path


def test_a_season_comes_in_from_a_spreadsheet(desk, winds: Path, tmp_path: Path):
    page = desk("Ruth")
    page.goto("/admin/imports/")
    look(page, "import-new")
    letter = tmp_path / "letter.xlsx"
    letter.write_text("Dear Ruth")
    page.get_by_label("Workbook").set_input_files(letter)
    page.get_by_role("button", name="Read the workbook").click()
    expect(page.get_by_text("This is not an Excel workbook (.xlsx).")).to_be_visible()
    look(page, "import-wrong-file")

    page.get_by_label("Workbook").set_input_files(winds)
    page.get_by_role("button", name="Read the workbook").click()
    expect(page.get_by_role("heading", name="Columns of winds.xlsx")).to_be_visible()
    look(page, "import-columns")
    page.get_by_role("combobox", name="E-mail").first.select_option("")
    page.get_by_role("combobox", name="Instrument").select_option("email")
    page.get_by_role("combobox", name="E-mail").first.select_option("email")
    page.get_by_role("button", name="Try the workbook").click()
    expect(page.get_by_text("both hold E-mail. Choose one.")).to_be_visible()
    look(page, "import-columns-wrong")
    page.get_by_role("combobox", name="Instrument").select_option("discipline")
    page.get_by_role("button", name="Try the workbook").click()

    expect(
        page.get_by_role("link", name="Bring it in").or_(
            page.get_by_role("button", name="Bring it in")
        )
    ).to_be_visible(timeout=30_000)
    look(page, "import-tried")
    page.get_by_role("link", name="To decide").click()
    expect(page.get_by_text("asa@artists.example is also used by")).to_have_count(2)
    page.get_by_role("link", name="Refused").click()
    expect(page.get_by_text("not-an-email is not an e-mail address.")).to_be_visible()
    look(page, "import-refused")
    page.get_by_role("button", name="Bring it in").click()

    expect(page.get_by_role("heading", name="The workbook is in")).to_be_visible(timeout=30_000)
    look(page, "import-done")
    page.goto("/admin/imports/")
    expect(page.get_by_role("row", name="winds.xlsx").get_by_text("Done")).to_be_visible()
    page.goto("/admin/people/list/")
    page.get_by_label("Name", exact=True).fill("arlig")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("link", name="Åsa Ärlig")).to_be_visible()
