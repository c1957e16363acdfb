"""A manager asks for a report, waits while the worker makes it, and downloads the file."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.house import wait_for
from tests.journeys.looking import look


def make(page: Page, kind: str) -> Path:
    """Ask for contract status in a format, wait for it, and download it."""
    page.goto("/admin/reports/")
    rows = page.get_by_role("row")
    before = page.get_by_role("link", name=f".{kind}").count()
    page.get_by_role("radio", name=f"{kind.upper()}, for").check()
    page.get_by_role("button", name="Make report").click()
    look(page, f"reports-asked-{kind}")

    def is_there() -> bool:
        page.goto("/admin/reports/")
        return page.get_by_role("link", name=f".{kind}").count() > before

    wait_for(is_there, f"the report as {kind}", 60)
    assert rows.count() > 1
    with page.expect_download() as coming:
        page.get_by_role("link", name=f".{kind}").first.click()
    return Path(coming.value.path())


def test_a_manager_downloads_the_status_of_all_contracts(desk):
    page = desk("Walter")
    page.goto("/admin/reports/")
    look(page, "reports")
    text = make(page, "csv").read_text("utf-8-sig")
    assert "Noémie Lefèvre" in text
    assert len(list(csv.reader(io.StringIO(text)))) > 50
    pdf = make(page, "pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    look(page, "reports-made")
