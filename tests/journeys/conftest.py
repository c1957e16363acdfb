"""Journeys: a real Chromium against the real product, started once for all of them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.house import House, running
from tests.journeys.looking import DESK, HEIGHT, PHONE, Watch

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-default-apps", "--disable-sync", "--no-first-run",
    "--lang=en-AU",
]  # fmt: skip
PATIENCE = 15_000

Open = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the journeys in one process, before xdist looks for groups: they share one house."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.xdist_group("journeys"))
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="package")
def house() -> Iterator[House]:
    """Return the product: one of our own, or the one that HOUSE_AT names (address, then its VAR)."""
    at = os.environ.get("HOUSE_AT")
    if at:
        base, var = at.split()
        named = House(base, Path(var))
        named.forgive()
        yield named
        return
    with running() as started:
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium; end it with the journeys, since its event loop is in the way."""
    path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_browser(browser: Browser, house: House) -> Iterator[Open]:
    """Return a maker of pages, each in a browser profile of its own."""
    opened: list[BrowserContext] = []

    def make(width: int = DESK, base: str = "", state: object = None, zone: str = "") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            base_url=base or house.base,
            storage_state=state,
            locale="en-AU",
            timezone_id=zone or "Australia/Brisbane",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        page = context.new_page()
        page.watch = Watch(page)
        return page

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def desk(open_browser: Open, house: House) -> Open:
    """Return a maker of desks: ``desk("Ruth")`` is signed in as Ruth."""

    def make(name: str, *, anew: bool = False) -> Page:
        if anew or name not in house.states:
            page = open_browser()
            sign_in_staff(page, *house.staff(name))
            if not anew:
                house.states[name] = page.context.storage_state()
            return page
        page = open_browser(state=house.states[name])
        page.goto("/admin/")
        return page

    return make


@pytest.fixture
def phone(open_browser: Open, house: House) -> Open:
    """Return a maker of phones: ``phone("noemie.lefevre@artists.example")`` is signed in."""

    def make(address: str, zone: str = "Australia/Brisbane") -> Page:
        page = open_browser(PHONE, state=house.states.get(address), zone=zone)
        page.goto("/portal/")
        if page.get_by_label("Your e-mail address").count():
            sign_in_artist(page, house, address)
            house.states[address] = page.context.storage_state()
        return page

    return make


def sign_in_staff(page: Page, address: str, password: str) -> None:
    """Sign in at the desk."""
    page.goto("/admin/login/")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")


def sign_in_artist(page: Page, house: House, address: str) -> None:
    """Sign in at the portal with the code of the letter."""
    had = len(house.letters(address, "Your code"))
    page.goto("/portal/")
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Send me a link and a code").click()
    page.get_by_label("Code").fill(house.code(address, had))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")
