"""Staff look after a person's calendar addresses, and that they looked is written down."""

import re

import pytest
from sqlalchemy import select, text

from app.models import CalendarFeed


@pytest.fixture
def desk(staff):
    return staff("Schedule")


@pytest.fixture
def made(desk, noemie):
    """Make an address and return its page."""
    return desk.send(f"/admin/calendars/make/{noemie.person_id}", {"kind": "daily"}).location


def address_on(desk, page):
    return re.search(r">http://localhost(/feeds/[\w-]+\.ics)<", desk.get(page).text)[1]


def test_an_address_is_made_shown_renewed_and_closed(desk, made, noemie, client):
    first = address_on(desk, made)
    assert client.get(first).status_code == 200

    second = address_on(desk, desk.send(f"{made}/renew").location)
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    assert desk.get(made).status_code == 404

    page = desk.get(f"/admin/people/show/{noemie.person_id}").text
    key = re.search(r'href="(/admin/calendars/\d+)"', page)[1]
    desk.send(f"{key}/revoke")
    assert client.get(second).status_code == 404


def test_whoever_looks_at_an_address_is_written_down(desk, made, owner_session):
    desk.get(made)

    actors = owner_session.scalars(
        text("SELECT actor FROM audit_entry WHERE entity = 'calendar_feed' AND action = 'view'")
    ).all()
    assert actors == [f"staff:{desk.user_id}"]


def test_the_artist_sees_what_staff_made_and_may_close_it(desk, made, phone, owner_session):
    key = owner_session.scalar(select(CalendarFeed.public_id))

    assert f"/portal/calendar/{key}" in phone.get("/portal/calendar").text
    phone.send(f"/portal/calendar/{key}/revoke")

    assert desk.get(made).status_code == 404


def test_an_unknown_kind_and_an_agent_have_none(desk, noemie, tour):
    path = f"/admin/calendars/make/{noemie.person_id}"
    assert desk.send(path, {"kind": "hourly"}).status_code == 404
    noemie.person.is_agent = True
    tour.session.commit()

    assert desk.send(path, {"kind": "daily"}).status_code == 404


def test_a_role_without_the_right_sees_no_address(staff, made, noemie):
    finance = staff("Finance")

    assert finance.get(made).status_code == 403
    assert "/admin/calendars/" not in finance.get(f"/admin/people/show/{noemie.person_id}").text


def test_an_address_of_an_older_key_works_and_is_not_shown(desk, made, owner_session):
    owner_session.execute(text("UPDATE calendar_feed SET token_sha256 = '\\x01'"))
    owner_session.commit()

    page = desk.get(made).text

    assert "This address cannot be shown again" in page
    assert "/feeds/" not in page
