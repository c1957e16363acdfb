"""A company manager plans a touring week: copies it, meets the checks, gives a reason, publishes."""

import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.journeys.house import today
from tests.journeys.looking import look
from tests.journeys.test_calls_to_the_phone import (
    fill_call,
    open_week,
    press_publish,
    publish,
    save,
)

VENUE = "Playhouse"
EXHIBITION = "Exhibition hall"


def hobart() -> date:
    """Return a playing day of the last stop, on which people are still engaged."""
    day = today() + timedelta(days=23)
    return day + timedelta(days=1) if day.weekday() == 0 else day


def darwin() -> date:
    """Return the day in Darwin on which the demo company has planned too much."""
    day = today() + timedelta(days=13)
    return day + timedelta(days=1) if day.weekday() == 0 else day


def test_a_warning_is_seen_in_the_week_and_overridden_with_a_reason(desk):
    page, day = desk("Imogen"), darwin()
    open_week(page, day)
    notice = page.get_by_role("region", name=re.compile("conflict"))
    expect(notice.get_by_text("Noémie Lefèvre is called twice at once").first).to_be_visible()
    expect(page.locator("td.care .why").first).to_be_visible()
    look(page, "week-conflicts")
    publish(page, day)
    expect(page.get_by_role("group", name=re.compile("reason"))).to_be_visible()
    look(page, "publish-warnings")
    page.get_by_role("button", name="Publish version").click()
    expect(page.locator("input[name^=reason-]").first).to_have_attribute("aria-invalid", "true")
    look(page, "publish-without-reason")
    page.get_by_label("Note to everybody").fill("The television team is confirmed.")
    press_publish(page)
    expect(page.get_by_role("heading", name="Versions of the schedule")).to_be_visible()
    expect(page.get_by_text("Agreed with the company.").first).to_be_visible()
    expect(page.get_by_text("The television team is confirmed.").first).to_be_visible()
    look(page, "versions-reasons")


def copy_day(page: Page, day: date, to: date) -> None:
    """Ask for a copy of one day of Giselle at the Playhouse."""
    open_week(page, day)
    page.get_by_role("link", name="Copy").click()
    page.get_by_label("One day").check()
    page.get_by_label("From the day").fill(day.isoformat())
    page.get_by_label("To the day").fill(to.isoformat())
    page.get_by_role("textbox", name="At the venue").fill(VENUE)
    page.get_by_role("button", name="Find At the venue").click()
    page.get_by_role("button", name="Show what is copied").last.click()


def test_a_day_is_looked_at_copied_to_another_city_and_not_copied_twice(desk):
    page, day = desk("Imogen"), today() + timedelta(days=7)
    day += timedelta(days=1) if day.weekday() == 0 else timedelta(0)
    to = today() + timedelta(days=16)
    to += timedelta(days=1) if to.weekday() == 0 else timedelta(0)
    copy_day(page, day, to)
    expect(page.get_by_role("heading", name=re.compile(r"4 copies, 4 to make"))).to_be_visible()
    expect(page.get_by_text("10:00 to 11:15").first).to_be_visible()
    look(page, "copy")
    page.get_by_role("button", name="Copy the ticked calls").click()
    expect(page.get_by_text("4 calls are copied.")).to_be_visible()
    copy_day(page, day, to)
    expect(page.get_by_role("heading", name=re.compile("0 to make"))).to_be_visible()
    expect(page.get_by_role("button", name="Copy the ticked calls")).to_have_count(0)


def test_nobody_goes_out_in_two_places_and_two_planners_see_each_other(desk):
    page, day = desk("Imogen"), hobart()
    page.goto("/admin/venues/add")
    page.get_by_label("Name", exact=True).fill(EXHIBITION)
    page.get_by_label("Time zone").fill("Australia/Hobart")
    page.get_by_role("button", name="Save venue", exact=True).click()
    for title, venue in (("Gala rehearsal", "Theatre Royal"), ("Gala opening", EXHIBITION)):
        open_week(page, day)
        fill_call(page, day, "15:00", "16:00", venue, title)
        save(page)
    open_week(page, day)
    publish(page, day)
    expect(page.get_by_role("heading", name="1 must be solved before you publish")).to_be_visible()
    expect(page.get_by_role("button", name="Publish version")).to_have_count(0)
    look(page, "publish-blocked")
    page.get_by_role("link", name="Change Gala opening").click()
    page.get_by_label("Starts (optional)").fill("17:00")
    page.get_by_label("Ends (optional)").fill("18:00")
    other = desk("Imogen")
    other.goto(page.url)
    other.get_by_label("Note (optional)").fill("Press at the stage door.")
    save(other)
    save(page)
    theirs = page.get_by_role("row", name=re.compile("Note"))
    expect(theirs.get_by_text("Press at the stage door.")).to_be_visible()
    expect(page.get_by_label("Starts (optional)")).to_have_value("17:00")
    look(page, "two-planners")
    theirs.get_by_role("radio").first.check()
    save(page)
    expect(page.get_by_text("Press at the stage door.")).to_be_visible()
    expect(page.get_by_text("17:00 to 18:00").first).to_be_visible()
    publish(page, day)
    expect(page.get_by_role("heading", name="1 must be solved before you publish")).to_have_count(0)
