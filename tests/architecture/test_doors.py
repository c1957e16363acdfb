"""Where each door leads, and who may stand in it. Records of others: tests/integration/security."""

import pytest

from admin import desk, roles
from tests.integration.test_gatehouse import _sample

OPEN_TO_STRANGERS = {"portal.sign_in", "portal.opened", "portal.manifest", "portal.worker"}
"""The way in, and two files of the product that say nothing of anybody."""
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def addresses(app, prefix, method):
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(prefix) and method in rule.methods:
            values = {name: _sample(rule, name) for name in rule.arguments}
            yield rule.endpoint, adapter.build(rule.endpoint, values, method=method)


class TestThePortal:
    def test_only_the_sign_in_opens_to_a_stranger(self, app):
        opened = {
            endpoint
            for endpoint, path in addresses(app, "/portal/", "GET")
            if app.test_client().get(path).status_code == 200
        }

        assert opened == OPEN_TO_STRANGERS


class TestForms:
    @pytest.mark.parametrize("prefix", ["/admin/", "/portal/", "/postroom"])
    def test_signed_in_or_not_a_form_without_its_token_is_refused(
        self, app, staff, phone_of, person, prefix
    ):
        browser = phone_of(person) if prefix == "/portal/" else staff("Administrator")

        taken = {
            (method, path)
            for method in CHANGING
            for _, path in addresses(app, prefix, method)
            if browser.open(path, method=method, data={"a": "b"}).status_code != 400
        }

        assert taken == set()

    def test_nothing_changes_by_looking(self, app):
        mixed = {
            rule.rule
            for rule in app.url_map.iter_rules()
            if rule.rule.endswith(("/delete/<pk>", "/action_post")) and "GET" in rule.methods
        }

        assert mixed == set()


class TestTheDesk:
    def test_every_page_of_the_rail_has_its_rights(self, app):

        views = {type(view).__name__ for view in app.extensions["appbuilder"].baseviews}
        entered = {view.__name__ for view, *_ in desk.RAIL} | {v.__name__ for v in desk.BEHIND}

        assert entered - views == set()
        assert entered - set(roles.PERMISSIONS) == set()

    def test_rights_name_pages_that_exist(self, app):

        views = {type(view).__name__ for view in app.extensions["appbuilder"].baseviews}

        assert set(roles.PERMISSIONS) - views == set()
