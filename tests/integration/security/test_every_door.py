"""Every address of the URL map, tried by whoever has no business there; a new route is in at once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.models import Person
from tests.integration.security.doors import address_of
from tests.integration.security.world import COLLEAGUES, HERE, MINE, STRANGERS

OF_ONESELF = {"SeatView", "StaffSignIn", "EntraSignIn", "PasswordSetting"}
"""Pages about whoever looks; another's id in them is no record."""
GOES_ON = {"ContractView.edit", "portal.send_code", "portal.send_amendment_code"}
"""They lead to another page without looking at the record; that page looks."""
ASKS_FOR_REPORTS = {"ReportView.ask", "ReportView.again", "ReportView.cancel"}
"""A report is a wish of whoever reads it, also an Auditor's."""


TOGETHER = (("Administrator", "Contracts", "Schedule", "Finance", "Manager"),
            ("Approver", "Contracts", "Schedule", "Finance", "Manager"), ("Auditor", "Manager"))  # fmt: skip
"""As many roles as one person may hold."""


def routes(app: Any, method: str, prefix: str) -> Iterator[Any]:
    """Yield the rules of a method under a prefix."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if method in rule.methods and rule.rule.startswith(prefix):
            yield rule


def address(app: Any, rule: Any, number: int) -> str:
    """Return the address of a rule that names somebody's record: all her rows have one number."""
    return address_of(app, rule, number, {"name": "send"})


@pytest.fixture
def entries(owner_engine) -> Callable[[], int]:  # type: ignore[no-untyped-def]
    """Count what the log tells of; sessions are opened and kept on the way."""

    def count() -> int:
        asked = "SELECT count(*) FROM audit_entry WHERE entity NOT IN ('web_session', 'ab_user')"
        with owner_engine.connect() as db:
            return int(db.scalar(text(asked)) or 0)

    return count


class TestStrangers:
    @pytest.mark.parametrize("prefix", ["/admin/", "/portal/"])
    def test_a_form_without_the_sessions_word_is_refused_everywhere(self, app, prefix):
        stranger = app.test_client()

        taken = {
            rule.rule: code
            for rule in routes(app, "POST", prefix)
            if (code := stranger.post(address(app, rule, 1), data={"a": "b"}).status_code) != 400
        }

        assert taken == {}

    def test_an_artist_opens_nothing_of_the_desk(self, app, phone_of, person):
        phone = phone_of(person)
        token = phone.get_cookie("__Host-artist").value
        phone.set_cookie("__Host-staff", token, secure=True)

        opened = [
            path
            for rule in routes(app, "GET", "/admin/")
            if phone.get(path := address(app, rule, 1)).status_code not in {302, 401, 404, 405}
        ]

        assert opened == ["/admin/login/", "/admin/password/"]

    def test_staff_open_nothing_of_the_portal(self, app, staff):
        browser = staff("Administrator")
        browser.set_cookie("__Host-artist", browser.get_cookie("__Host-staff").value, secure=True)

        opened = [
            path
            for rule in routes(app, "GET", "/portal/")
            if browser.get(path := address(app, rule, 1)).status_code not in {302, 401, 404, 405}
        ]

        # The last two are what a phone fetches to install the portal: no data of anybody's.
        assert sorted(opened) == [
            "/portal/in",
            "/portal/manifest.webmanifest",
            "/portal/sign-in",
            "/portal/worker.js",
        ]


class TestAnotherCompany:
    """The numbers of another company's records in every address; each role alone: test_matrix."""

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("roles", TOGETHER)
    def test_its_records_do_not_exist(self, world, app, staff, entries, method, roles):
        browser = staff(*roles, organisation_id=HERE)
        before = entries()
        send = browser.get if method == "GET" else browser.send

        found = {}
        for rule in routes(app, method, "/admin/"):
            if not rule.arguments or rule.endpoint.partition(".")[0] in OF_ONESELF:
                continue
            if rule.endpoint in GOES_ON:
                continue
            path = address(app, rule, STRANGERS)
            code = send(path).status_code
            if code not in {403, 404}:
                found[path] = code

        assert found == {}
        assert entries() == before

    @pytest.mark.parametrize("roles", TOGETHER)
    def test_moves_on_its_records_from_a_list_find_none(self, world, app, staff, entries, roles):
        browser = staff(*roles, organisation_id=HERE)
        before = entries()
        desk = app.extensions["appbuilder"]
        found = {}
        for view in desk.baseviews:
            for name in getattr(view, "actions", None) or {}:
                path = f"{view.route_base}/action_post"
                typed = {"action": name, "rowid": str(STRANGERS), "confirmed": "1", "count": "1"}
                found[path, name] = browser.send(path, typed).status_code

        assert set(found.values()) <= {403, 404}
        assert 404 in found.values()
        assert entries() == before


class TestAnotherArtist:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("whose", [COLLEAGUES, STRANGERS])
    def test_her_records_do_not_exist(
        self, world, app, phone_of, owner_session, entries, method, whose
    ):
        phone = phone_of(owner_session.get_one(Person, MINE), stepped_up=True)
        before = entries()
        send = phone.get if method == "GET" else phone.send

        found = {}
        for rule in routes(app, method, "/portal/"):
            if not rule.arguments - {"on"} or rule.endpoint in GOES_ON:
                continue
            path = address(app, rule, whose)
            code = send(path).status_code
            if code != 404:
                found[path] = code

        assert found == {}
        assert entries() == before


class TestAnAuditor:
    def test_writes_nothing_anywhere(self, world, app, staff, entries):
        browser = staff("Auditor", organisation_id=HERE)
        before = entries()

        done = {}
        for rule in routes(app, "POST", "/admin/"):
            if rule.endpoint.partition(".")[0] in OF_ONESELF or rule.endpoint in ASKS_FOR_REPORTS:
                continue
            path = address(app, rule, MINE)
            code = browser.send(path, {"action": "send", "rowid": str(MINE)}).status_code
            if code not in {403, 404}:
                done[path] = code

        assert done == {}
        assert entries() == before
