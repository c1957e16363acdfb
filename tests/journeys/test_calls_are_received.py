"""A change reaches the phone, is noted there, and the desk sees who knows; calendar and call sheet."""

import re
from datetime import timedelta
from urllib.request import urlopen

from icalendar import Calendar
from playwright.sync_api import expect

from app.cli.demo.cast import address_of
from tests.journeys.house import House, today
from tests.journeys.looking import look

NOEMIE = address_of("Noémie Lefèvre")


def test_a_change_is_noted_on_the_phone_and_the_desk_sees_who_knows(desk, phone, house):
    artist = phone(NOEMIE)
    artist.goto("/portal/")
    notice = artist.locator("section.notice").first
    heading = notice.get_by_role("heading").inner_text()
    expect(notice.locator("del").first).to_be_visible()
    look(artist, "received-home")
    artist.get_by_role("link", name=re.compile("changes$")).click()
    expect(artist.get_by_role("heading", level=1, name="What changed")).to_be_visible()
    look(artist, "received-changes")
    artist.goto("/portal/")
    button = notice.get_by_role("button", name="Got it")
    button.focus()
    artist.keyboard.press("Enter")
    expect(artist.get_by_role("status")).to_contain_text("Noted.")
    expect(artist.get_by_role("heading", name=heading, exact=True)).to_have_count(0)
    artist.get_by_role("link", name="The whole day").first.click()
    look(artist, "received-day")
    artist.get_by_role("link", name="Call sheet").first.click()
    expect(artist.get_by_text("All times are").first).to_be_visible()
    look(artist, "received-sheet")

    page = desk("Imogen")
    page.goto("/admin/schedule/")
    page.locator("select#production").select_option(label="Giselle")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="Who has not").click()
    expect(page.get_by_role("heading", level=1, name="Who has seen version 2")).to_be_visible()
    look(page, "received-reach")
    first = page.locator("section[aria-labelledby=missing] tbody tr").first
    who = first.get_by_role("rowheader").inner_text()
    first.get_by_placeholder("What they said").fill("Is on the way.")
    first.get_by_role("button", name="I told them").click()
    expect(page.get_by_role("status")).to_contain_text(f"you told {who} by phone")
    page.get_by_role("button", name="Nudge those who have not confirmed").click()
    expect(page.get_by_role("status")).to_contain_text("on the way.")
    look(page, "received-nudged")


def test_a_calendar_is_made_fetched_renewed_and_closed(phone, house: House):
    artist = phone(NOEMIE)
    artist.goto("/portal/you")
    artist.get_by_role("link", name="Your calls in your calendar").click()
    look(artist, "received-calendar")
    artist.get_by_role("button", name=re.compile("Make an address.*Each day")).click()
    address = artist.get_by_role("textbox", name="The address").input_value()
    look(artist, "received-address")

    with urlopen(address) as answer:
        days = {event.start for event in Calendar.from_ical(answer.read()).events}
    assert today() + timedelta(days=1) in days

    artist.get_by_role("button", name="Renew it").click()
    renewed = artist.get_by_role("textbox", name="The address").input_value()
    assert renewed != address
    assert artist.request.get(address).status == 404
    artist.get_by_role("button", name="Close it").click()
    expect(artist.get_by_role("status")).to_contain_text("The address is closed.")
    assert artist.request.get(renewed).status == 404
