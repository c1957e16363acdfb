"""Markup in every text of every table: no page of the desk or the phone takes it for its own."""

import pytest

from app.models import Person
from tests.integration.security.test_every_door import TOGETHER, address, routes
from tests.integration.security.world import HERE, MINE, World, fill

HOSTILE = "<img src=x onerror=alert(1)>\"'`{{7*7}}"


@pytest.fixture
def world(database, owner_engine) -> World:
    made = fill(database.url("postgres"), words=HOSTILE)
    with owner_engine.begin() as db:
        # What the house itself wrote when it froze a version; its making is tried elsewhere.
        for table in ("contract_version", "amendment"):
            db.exec_driver_sql(f"UPDATE {table} SET html = '<p>ours</p>'")
    return made


def read(app, browser, prefix):
    """Return every page under a prefix that is about this artist; what breaks shows no word."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = False
    pages = {}
    for rule in routes(app, "GET", prefix):
        answer = browser.get(address(app, rule, MINE))
        pages[rule.rule] = answer.text if "html" in answer.mimetype else ""
    return pages


@pytest.mark.parametrize("roles", TOGETHER)
def test_on_the_desk(world, app, staff, roles):
    pages = read(app, staff(*roles, organisation_id=HERE), "/admin/")

    assert [rule for rule, page in pages.items() if "<img src=x" in page] == []
    assert sum("&lt;img src=x" in page for page in pages.values()) > 10


def test_on_the_phone(world, app, phone_of, owner_session):
    phone = phone_of(owner_session.get_one(Person, MINE), stepped_up=True)

    pages = read(app, phone, "/portal/")

    assert [rule for rule, page in pages.items() if "<img src=x" in page] == []
    assert sum("&lt;img src=x" in page for page in pages.values()) > 3
