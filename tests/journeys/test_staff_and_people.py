"""Staff come in, find people, add and change them, and read an engagement's thread."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.looking import look


def find(page: Page, words: str) -> None:
    page.goto("/admin/people/list/")
    page.get_by_label("Name", exact=True).fill(words)
    page.get_by_role("button", name="Filter").click()


def test_staff_come_in_and_their_session_ends_with_the_sign_out(open_browser, house):
    page = open_browser()
    address, password = house.staff("Edith")
    page.goto("/admin/people/list/")
    look(page, "staff-sign-in")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("E-mail")).to_have_value(address)
    look(page, "staff-sign-in-wrong")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/admin/"))
    page.goto("/admin/")
    look(page, "desk")
    cookies = page.context.cookies()
    page.get_by_role("link", name="Edith Sørensen").click()
    look(page, "staff-seat")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_label("Password")).to_be_visible()
    stolen = open_browser(state={"cookies": cookies, "origins": []})
    stolen.goto("/admin/people/list/")
    expect(stolen.get_by_label("Password")).to_be_visible()


def test_staff_come_in_and_find_somebody_by_the_keyboard_alone(open_browser, house):
    page = open_browser()
    address, password = house.staff("Imogen")
    page.goto("/admin/login/")
    page.get_by_label("E-mail").focus()
    page.keyboard.type(address)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_class("skip")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text().strip() == "Artists and agents":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/people/list/**")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("lefevre")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Noémie Lefèvre")).to_be_visible()


def test_a_person_is_found_with_and_without_diacritics(desk):
    page = desk("Ruth")
    find(page, "lefevre")
    expect(page.get_by_role("link", name="Noémie Lefèvre")).to_be_visible()
    look(page, "people")
    find(page, "Lefèvre")
    expect(page.get_by_role("link", name="Noémie Lefèvre")).to_be_visible()
    find(page, "wisniewska")
    expect(page.get_by_role("link", name="Łucja Wiśniewska")).to_be_visible()
    find(page, "nobody of that name")
    expect(page.get_by_text("No people match")).to_be_visible()
    look(page, "people-none")


def test_a_person_is_added_with_the_errors_beside_the_fields_and_nothing_lost(desk):
    page = desk("Ruth")
    page.goto("/admin/people/add")
    page.get_by_label("Note").fill("Met at the gala in Ōtautahi")
    page.get_by_role("button", name="Save person", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Note")).to_have_value("Met at the gala in Ōtautahi")
    look(page, "person-form-wrong")
    page.get_by_label("Name", exact=True).fill("Marama Journey")
    page.get_by_role("button", name="Save person", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Marama Journey")
    look(page, "person")


def test_two_who_edit_one_person_do_not_write_over_each_other(desk):
    page = desk("Ruth")
    find(page, "Samuel Adjei")
    page.get_by_role("link", name="Samuel Adjei").click()
    page.get_by_role("link", name="Edit person").click()
    other = desk("Ruth")
    other.goto(page.url)
    page.get_by_label("Note").fill("Prefers the evening rehearsal.")
    page.get_by_role("button", name="Save person", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Samuel Adjei")
    other.get_by_label("Note").fill("Prefers the morning rehearsal.")
    other.get_by_role("button", name="Save person", exact=True).click()
    expect(other.get_by_role("textbox", name="Note (optional)")).to_have_value(
        "Prefers the morning rehearsal."
    )
    expect(other.get_by_role("link", name="See what is saved now")).to_be_visible()
    look(other, "person-conflict")
    page.reload()
    expect(page.get_by_text("Prefers the evening rehearsal.")).to_be_visible()


def test_a_person_is_archived_and_restored(desk):
    page = desk("Ruth")
    page.goto("/admin/people/add")
    page.get_by_label("Name", exact=True).fill("Gone Tomorrow")
    page.get_by_role("button", name="Save person", exact=True).click()
    page.get_by_role("button", name="Archive").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    look(page, "person-archive")
    dialog.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("button", name="Restore")).to_be_visible()
    here = page.url
    find(page, "Gone Tomorrow")
    expect(page.get_by_text("No people match")).to_be_visible()
    page.goto(here)
    page.get_by_role("button", name="Restore").click()
    dialog = page.get_by_role("dialog")
    if dialog.count():
        dialog.get_by_role("button", name="Restore").click()
    find(page, "Gone Tomorrow")
    expect(page.get_by_role("link", name="Gone Tomorrow")).to_be_visible()


def test_an_engagement_tells_its_whole_thread(desk):
    page = desk("Ruth")
    page.goto("/admin/engagements/list/?view=all")
    look(page, "engagements")
    page.get_by_label("Artist, production or number").fill("lefevre")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="Noémie Lefèvre").first.click()
    expect(page.get_by_role("heading", name="Everything that happened")).to_be_visible()
    look(page, "engagement")
    page.get_by_role("navigation", name="Show").get_by_role("link", name="Contract").click()
    expect(page.get_by_role("heading", name="Everything that happened")).to_be_visible()
    page.goto("/admin/engagements/add")
    page.get_by_role("button", name="Save engagement").click()
    look(page, "engagement-form-wrong")
