"""Contracts are sent in bulk: three are blocked and said why, the rest confirmed, released early, done."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.house import House, wait_for
from tests.journeys.looking import look

BLOCK = """
UPDATE engagement SET fee = fee + :by WHERE id IN (
  SELECT c.engagement_id FROM contract c JOIN engagement e ON e.id = c.engagement_id
  WHERE c.status = 'ready' ORDER BY c.id DESC LIMIT 3)
"""
READY = """
WITH few AS (SELECT id FROM contract WHERE status = 'draft' ORDER BY id DESC LIMIT 2)
UPDATE contract SET status = 'ready' WHERE id IN (SELECT id FROM few)
"""


@pytest.fixture
def blocked(house: House):
    """Let the fee of three ready contracts differ from their instalments."""
    house.sql(READY)
    house.sql(BLOCK, by=1)
    yield
    house.sql(BLOCK, by=-1)


def wait_until(page: Page, words: str) -> None:
    """Wait until a run has come so far: its rows come after everything that was promised singly."""

    def is_there() -> bool:
        page.reload()
        return page.get_by_text(words).count() > 0

    wait_for(is_there, words, 120)


def test_contracts_are_sent_in_bulk(desk, house, blocked):
    page = desk("Ruth")
    page.goto("/admin/bulk-runs/")
    look(page, "bulk-runs")
    page.get_by_role("link", name="Send many contracts").click()
    chosen = page.locator("input[name=rowid]").count()
    assert chosen >= 4
    look(page, "bulk-choose")
    page.get_by_role("button", name="Try them").click()
    wait_until(page, " cannot be done")
    found = page.get_by_role("heading", name=re.compile(" cannot be done$")).inner_text()
    blocked_ones = int(found.split()[0])
    assert blocked_ones >= 3
    expect(page.get_by_text("Instalments add up to").first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Mend: "))).to_have_count(blocked_ones)
    look(page, "bulk-tried")
    ready = chosen - blocked_ones
    page.get_by_label(f"Type {ready} to confirm").fill("yes")
    page.get_by_role("button", name=f"Send {ready} contract").click()
    expect(page.get_by_label(f"Type {ready} to confirm")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(f"Type {ready} to confirm")).to_have_value("yes")
    look(page, "bulk-wrong")
    page.get_by_label(f"Type {ready} to confirm").fill(str(ready))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    look(page, "bulk-held")
    page.get_by_role("button", name="Start now").click()
    wait_until(page, f"{ready} of {chosen} are done.")
    look(page, "bulk-done")
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV").click()
    assert Path(coming.value.path()).read_text("utf-8-sig").count(",done,") == ready
