import re

import pytest
from sqlalchemy import event

from app.db import session as house

RAIL = re.compile(r'<li><a href="(/admin/[^"]*)"')
OURS = "set_config"


@pytest.fixture
def statements(app):
    said: list[str] = []
    event.listen(
        house.factory.kw["bind"],
        "before_cursor_execute",
        lambda _c, _cu, statement, *_: said.append(statement),
    )
    return said


class TestRail:
    def test_every_line_opens_and_costs_few_statements(self, staff, statements):
        browser = staff("Administrator")
        lines = RAIL.findall(browser.get("/admin/").text)

        assert lines != []
        for line in lines:
            browser.get(line)
            statements.clear()
            page = browser.get(line)
            asked = [s for s in statements if OURS not in s]
            assert (line, page.status_code) == (line, 200)
            assert len(asked) <= (8 if line.endswith("/list/") else 12), (line, asked)

    def test_the_page_one_stands_on_is_marked(self, staff):
        browser = staff("Administrator")
        line = next(line for line in RAIL.findall(browser.get("/admin/").text) if "list" in line)

        assert f'<a href="{line}" aria-current="page">' in browser.get(line).text

    def test_a_stranger_sees_no_rail(self, client):
        assert "/list/" not in client.get("/admin/sign-in").text
