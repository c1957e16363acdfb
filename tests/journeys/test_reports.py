"""A manager asks for a report, waits while the worker makes it, looks at it, and downloads the file."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.house import wait_for
from tests.journeys.looking import look


def make(page: Page, kind: str) -> Path:
    """Ask for contract status in a format, wait for it, and download it."""
    page.goto("/admin/reports/")
    page.get_by_role("link", name="Contract status and ageing").last.click()
    page.get_by_role("radio", name=f"{kind.upper()}, for").check()
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/admin/reports/*-*")
    address = page.url

    def is_there() -> bool:
        page.goto(address)
        return page.get_by_role("link", name=f"Download {kind.upper()}").count() > 0

    wait_for(is_there, f"the report as {kind}", 60)
    with page.expect_download() as coming:
        page.get_by_role("link", name=f"Download {kind.upper()}").click()
    return Path(coming.value.path())


def test_a_manager_downloads_the_status_of_all_contracts(desk):
    page = desk("Walter")
    page.goto("/admin/reports/")
    look(page, "reports")
    page.goto("/admin/reports/new/access_review")
    page.get_by_label("From").fill("2026-11-30")
    page.get_by_label("To", exact=True).fill("2026-11-01")
    page.get_by_role("button", name="Make report").click()
    look(page, "reports-refused")
    assert page.get_by_text("is before the first day").count() > 0
    text = make(page, "csv").read_text("utf-8-sig")
    assert "Noémie Lefèvre" in text
    assert len(list(csv.reader(io.StringIO(text)))) > 50
    look(page, "report-made")
    assert make(page, "pdf").read_bytes().startswith(b"%PDF-")
