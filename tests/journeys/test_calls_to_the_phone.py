"""A company manager enters and publishes calls; an artist reads them on the phone, in venue time."""

from datetime import date, timedelta

from playwright.sync_api import Locator, Page, expect

from app.cli.demo.cast import address_of
from tests.journeys.house import today
from tests.journeys.looking import look

TOMAS = address_of("Tomáš Dvořák")
TENT = "Tent without zone"


def tomorrow() -> date:
    return today() + timedelta(days=1)


def open_week(page: Page, day: date) -> None:
    """Open the week of a day for Giselle."""
    page.goto(f"/admin/schedule/?week={day.isoformat()}")
    page.locator("select#production").select_option(label="Giselle")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("select#production")).not_to_have_value("")


def find(page: Page, label: str, words: str) -> None:
    """Answer a field that looks up another record."""
    page.get_by_role("textbox", name=f"{label} (optional)").fill(words)
    page.get_by_role("button", name=f"Find {label}").click()
    found = page.get_by_role("group", name=f"{label}: found")
    found.get_by_role("radio").first.check()


def fill_call(page: Page, day: date, start: str, end: str, venue: str, title: str) -> None:
    """Fill in the form of a new call of Giselle's week."""
    page.get_by_role("link", name="New call").first.click()
    find(page, "Venue", venue)
    page.get_by_label("Called (optional)").fill(title)
    page.get_by_role("textbox", name="Show day").fill(day.isoformat())
    page.get_by_label("Starts (optional)").fill(start)
    page.get_by_label("Ends (optional)").fill(end)
    page.get_by_label("Everybody engaged on that day").check()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save call", exact=True).click()


def publish(page: Page, day: date) -> None:
    """Publish Giselle's week."""
    open_week(page, day)
    page.get_by_role("link", name="Publish version").click()


def press_publish(page: Page) -> None:
    """Give a reason for each warning, say that it is urgent where it is night, and publish."""
    for asked in page.locator("input[name^=reason-]").all():
        asked.fill("Agreed with the company.")
    urgent = page.get_by_label("It is urgent")
    if urgent.count():
        urgent.check()
    page.get_by_role("button", name="Publish version").click()


def struck(page: Page, title: str) -> Locator:
    return page.locator("li.off", has_text=title).get_by_role("heading", name=title)


def test_an_hour_that_does_not_exist_is_refused_in_words(desk):
    page = desk("Imogen")
    gap = first_sunday_of_october(today().year + 1)
    open_week(page, gap)
    look(page, "schedule-empty")
    fill_call(page, gap, "02:30", "04:00", "Capitol Theatre", "Night bus")
    save(page)
    said = page.get_by_text(f"02:30 does not exist in Sydney on {gap.day} October")
    expect(said.first).to_be_visible()
    expect(page.get_by_label("Called (optional)")).to_have_value("Night bus")
    look(page, "call-gap")


def test_a_call_goes_from_the_desk_to_the_phone_and_is_struck_through_when_cancelled(desk, phone):
    page, day = desk("Imogen"), tomorrow()
    open_week(page, day)
    look(page, "schedule")
    fill_call(page, day, "10:15", "10:45", "Her Majesty", "Photo call")
    look(page, "call-form")
    save(page)
    expect(page.get_by_role("heading", level=1, name="Photo call")).to_be_visible()
    here = page.url
    look(page, "call")
    artist = phone(TOMAS, zone="Europe/Prague")
    artist.goto(f"/portal/calls?week={day.isoformat()}")
    expect(artist.get_by_text("Photo call")).to_have_count(0)
    publish(page, day)
    look(page, "publish")
    press_publish(page)
    expect(page.get_by_role("heading", name="Versions of the schedule")).to_be_visible()
    look(page, "versions")
    artist.reload()
    expect(artist.get_by_text("Photo call").first).to_be_visible()
    expect(artist.get_by_text("10:15").first).to_be_visible()
    expect(artist.get_by_text("Adelaide +").first).to_be_visible()
    expect(artist.get_by_text("Your phone shows Prague time").first).to_be_visible()
    look(artist, "artist-week")
    artist.goto("/portal/")
    look(artist, "artist-today")

    page.goto(here)
    page.get_by_role("link", name="Cancel call").click()
    page.get_by_role("button", name="Cancel this call").click()
    expect(page.get_by_label("Why")).to_have_attribute("aria-invalid", "true")
    look(page, "call-cancel-wrong")
    page.get_by_label("Why").fill("The photographer is ill.")
    page.get_by_role("button", name="Cancel this call").click()
    publish(page, day)
    press_publish(page)
    expect(page.get_by_role("heading", name="Versions of the schedule")).to_be_visible()
    artist.goto(f"/portal/calls?week={day.isoformat()}")
    expect(struck(artist, "Photo call")).to_have_css("text-decoration-line", "line-through")
    expect(artist.get_by_text("The photographer is ill.")).to_be_visible()
    look(artist, "artist-week-cancelled")


def test_a_venue_without_zone_holds_the_schedule_back_until_it_has_one(desk):
    page, day = desk("Imogen"), tomorrow()
    page.goto("/admin/venues/add")
    page.get_by_label("Name", exact=True).fill(TENT)
    page.get_by_role("button", name="Save venue", exact=True).click()
    open_week(page, day)
    fill_call(page, day, "08:00", "08:30", TENT, "Tent check")
    save(page)
    expect(page.get_by_text(f"{TENT} has no time zone").first).to_be_visible()
    look(page, "call-without-zone")
    publish(page, day)
    expect(page.get_by_role("heading", name="This cannot be published yet")).to_be_visible()
    expect(page.get_by_role("button", name="Publish version")).to_have_count(0)
    look(page, "publish-refused")
    page.get_by_role("link", name=f"Choose a zone for {TENT}").click()
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save venue", exact=True).click()
    expect(page.get_by_label("Time zone")).to_have_attribute("aria-invalid", "true")
    look(page, "venue-wrong-zone")
    page.get_by_label("Time zone").fill("Australia/Adelaide")
    page.get_by_role("button", name="Save venue", exact=True).click()
    publish(page, day)
    expect(page.get_by_role("button", name="Publish version")).to_be_visible()


def first_sunday_of_october(year: int) -> date:
    """Return the night on which Sydney's clocks go forward."""
    first = date(year, 10, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7)
