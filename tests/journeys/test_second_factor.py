"""Where the second factor is on, a password alone opens nothing."""

import re

from playwright.sync_api import expect

from tests.journeys.house import strict_door
from tests.journeys.looking import look


def test_a_password_alone_opens_nothing_where_a_second_factor_is_asked_for(open_browser, house):
    with strict_door(house) as base:
        page = open_browser(base=base)
        address, password = house.staff("Priya")
        page.goto("/admin/login/")
        page.get_by_label("E-mail").fill(address)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page).not_to_have_url(re.compile(r"/admin/$"))
        look(page, "staff-second-factor")
        page.goto("/admin/payables/list/")
        expect(page.get_by_role("heading", level=1, name="Payables")).to_have_count(0)
        expect(page.get_by_role("navigation", name="Desk").get_by_role("link")).to_have_count(0)
