"""What the browser of somebody else cannot open."""

from playwright.sync_api import Page, expect

from app.cli.demo.cast import address_of
from tests.journeys.looking import look

MIA, KAHURANGI = address_of("Mia Calloway"), address_of("Kahurangi Tāmihana")


def status_of(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def test_an_artist_is_turned_away_at_the_desk_and_staff_at_the_portal(desk, phone):
    artist = phone(MIA)
    artist.goto("/admin/people/list/")
    expect(artist.get_by_label("Password")).to_be_visible()
    staff = desk("Imogen")
    assert status_of(staff, "/portal/contracts") == 401
    expect(staff.get_by_label("Your e-mail address")).to_be_visible()


def test_the_contract_of_a_colleague_does_not_exist(phone):
    mine, theirs = phone(MIA), phone(KAHURANGI)
    theirs.goto("/portal/contracts")
    theirs.get_by_role("main").locator("a.row").first.click()
    path = theirs.url
    assert status_of(theirs, path) == 200
    assert status_of(mine, path) == 404
    look(mine, "artist-not-found")
    assert status_of(mine, f"{path}/paper") == 404
    assert status_of(mine, f"{path}/text") == 404


def test_a_role_sees_no_menu_entry_for_what_it_may_not_open(desk):
    page = desk("Imogen")
    page.goto("/admin/")
    rail = page.get_by_role("navigation", name="Desk")
    expect(rail.get_by_role("link", name="Schedule")).to_be_visible()
    expect(rail.get_by_role("link", name="Payables")).to_have_count(0)
    expect(rail.get_by_role("link", name="Staff")).to_have_count(0)
    assert status_of(page, "/admin/payables/list/") == 403
    look(page, "desk-refused")
    assert status_of(page, "/admin/people/show/999999") == 404
    look(page, "desk-not-found")
    assert status_of(page, "/admin/people/add") == 403
