"""Xero lets us in at the desk: this session, once; its keys are sealed, renewed in one place, given back."""

import html
import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from app.db import session as house
from app.domain.connections import ConnectionStatus
from app.domain.ledger_problems import LedgerProblem
from app.integrations.errors import Failure, Permanent
from app.models import Organisation
from app.models.connections import ProviderConnection
from app.models.outbox import OutboxAttempt
from tasks import leaves
from tasks.couriers.provider_tests import TRIALS
from tests.integration.accounting.conftest import TAXES
from tests.simulators.gate import needs_specs
from tests.simulators.xero_books import Books

pytestmark = needs_specs
HOME = "/admin/accounting/"


@pytest.fixture
def ruth(staff):
    """An Administrator."""
    return staff("Administrator")


def begin(browser):
    """Press Connect, and return what Xero is asked."""
    answer = browser.send("/admin/accounting/connect")
    assert answer.status_code == 200
    return html.unescape(re.search(r'<a class="btn go" href="([^"]+)"', answer.text)[1])


def come_back(browser, location, vendor, **changed):
    """Allow access at Xero, and return to the desk."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    back = {"code": vendor.simulator.let_in(), "state": asked["state"], **changed}
    return browser.get("/admin/accounting/callback", query_string=back, follow_redirects=True)


class TestConnecting:
    def test_a_person_lets_us_in_and_bills_wait_for_the_coding(self, unconnected, ruth, xero):
        location = begin(ruth)
        page = come_back(ruth, location, xero)

        known = unconnected.connection()
        asked = parse_qs(urlsplit(location).query)
        assert location.startswith(f"{xero.base}/identity/connect/authorize?")
        assert asked["redirect_uri"] == ["http://localhost/admin/accounting/callback"]
        assert "offline_access" in asked["scope"][0]
        assert "Xero is connected." in page.text
        assert (known.status, known.external_name) == (
            ConnectionStatus.connected,
            "Tasman Opera Pty Ltd",
        )
        assert all(token not in known.credentials for token in xero.simulator.access)

    def test_what_xero_offers_is_read_by_the_worker_and_chosen_at_the_desk(
        self, unconnected, ruth, xero
    ):
        come_back(ruth, begin(ruth), xero)
        unconnected.finish()
        category = unconnected.books.tracking[0]["TrackingCategoryID"]
        typed = {
            "expense_account": "493", "fee_account": "404", "allowance_account": "412",
            "bill_status": "SUBMITTED", "tracking_category": category,
            **{f"tax_{kind}": code for kind, code in TAXES.items()},
        }  # fmt: skip

        page = ruth.get(HOME).text
        saved = ruth.send("/admin/accounting/choose", typed)

        assert "Artist fees (404)" in page
        assert "Business account" not in page
        assert saved.status_code == 303
        assert unconnected.connection().settings["chosen"]["fee_account"] == "404"
        assert "Giselle" in ruth.get(HOME).text

    def test_what_xero_does_not_offer_is_refused_beside_its_field(self, unconnected, ruth, xero):
        come_back(ruth, begin(ruth), xero)
        unconnected.finish()

        answer = ruth.send(
            "/admin/accounting/choose", {"expense_account": "999", "bill_status": "DRAFT"}
        )

        assert answer.status_code == 422
        assert "Choose an account. Only accounts that the ledger has are shown." in answer.text
        assert 'id="tax_taxi-say"' in answer.text
        assert "chosen" not in unconnected.connection().settings

    @pytest.mark.parametrize("changed", [{"state": "guessed"}, {"state": ""}])
    def test_who_comes_back_without_having_been_sent_is_refused(
        self, unconnected, ruth, xero, changed
    ):
        page = come_back(ruth, begin(ruth), xero, **changed)

        assert "This does not belong to a connection begun here." in page.text
        assert unconnected.session.scalars(select(ProviderConnection)).all() == []

    def test_nobody_comes_back_twice_or_in_another_session(self, unconnected, ruth, staff, xero):
        location = begin(ruth)
        other = come_back(staff("Administrator"), location, xero)
        first = come_back(ruth, location, xero)
        second = come_back(ruth, location, xero)

        assert "This does not belong" in other.text
        assert "Xero is connected." in first.text
        assert "This does not belong" in second.text

    def test_a_code_that_xero_does_not_know_changes_nothing(self, unconnected, ruth, xero):
        page = come_back(ruth, begin(ruth), xero, code="used-up")

        assert "Nothing is changed. Connect again." in page.text

    def test_access_that_was_not_allowed_is_said(self, unconnected, ruth, xero):
        page = come_back(ruth, begin(ruth), xero, error="access_denied")

        assert "access was not allowed there" in page.text

    @pytest.mark.parametrize("role", ["Finance", "Auditor"])
    def test_only_an_administrator_connects(self, unconnected, staff, role):
        browser = staff(role)

        assert browser.get(HOME).status_code == 200
        assert browser.send("/admin/accounting/connect").status_code == 403
        assert browser.send("/admin/accounting/disconnect").status_code == 403


class TestSeveralOrganisations:
    def test_bills_go_to_the_one_that_was_chosen(self, unconnected, ruth, xero):
        other = Books("Tasman Touring Ltd")
        xero.simulator.books[other.id] = other
        page = come_back(ruth, begin(ruth), xero)
        wrong = ruth.send("/admin/accounting/place", {"place": "elsewhere"})
        chosen = ruth.send("/admin/accounting/place", {"place": other.id})

        assert "Which organisation do bills go to?" in page.text
        assert (wrong.status_code, chosen.status_code) == (422, 303)
        assert unconnected.connection().external_name == "Tasman Touring Ltd"

    def test_two_companies_do_not_share_one_organisation(
        self, accounts, staff, xero, owner_session
    ):
        second = Organisation(name="Northern Ballet", slug="northern")
        owner_session.add(second)
        owner_session.commit()
        browser = staff("Administrator", organisation_id=second.id)

        page = come_back(browser, begin(browser), xero)

        assert "is connected to another company here. Disconnect it there first." in page.text


class TestDisconnecting:
    def test_the_leave_is_given_back_and_forgotten(self, accounts, ruth, xero):
        page = ruth.send("/admin/accounting/disconnect", follow_redirects=True)
        accounts.finish()

        known = accounts.connection()
        assert "Xero is disconnected." in page.text
        assert (known.status, known.credentials) == (ConnectionStatus.disconnected, None)
        assert xero.simulator.connections == {}
        with pytest.raises(Permanent, match="Xero is not connected"):
            as_worker(accounts, lambda: leaves.leave_of(accounts.engagement.organisation_id))


def as_worker(accounts, do):
    with accounts._as_worker():
        return do()


def let_it_end(accounts):
    """Let the access run out, here and at Xero."""
    accounts.vendor.simulator.expire_tokens()
    accounts.session.execute(update(ProviderConnection).values(access_until=None))
    accounts.session.commit()


class TestRenewing:
    @pytest.mark.parametrize("workers", [2, 8])
    def test_workers_at_once_renew_once_for_each_expiry(self, accounts, xero, workers):
        rounds = 200
        organisation_id = accounts.engagement.organisation_id
        failures, leave, gate = [], [], threading.Barrier(workers + 1)

        def work():
            for _ in range(rounds):
                gate.wait(30)
                try:
                    leave.append(leaves.leave_of(organisation_id).token)
                except Exception as error:  # noqa: BLE001 -- whatever a worker meets fails the test
                    failures.append(error)
                finally:
                    house.forget()
                gate.wait(30)

        renewed = []
        with accounts._as_worker():
            threads = [threading.Thread(target=work) for _ in range(workers)]
            for thread in threads:
                thread.start()
            for _ in range(rounds):
                let_it_end(accounts)
                before, count = xero.simulator.refreshed, len(leave)
                gate.wait(30)
                gate.wait(30)
                renewed.append(xero.simulator.refreshed - before)
                assert len(set(leave[count:])) == 1
            for thread in threads:
                thread.join(30)

        assert failures == []
        assert renewed == [1] * rounds

    def test_an_answer_that_was_lost_is_asked_for_again_with_the_old_token(self, accounts, xero):
        let_it_end(accounts)
        xero.faults.plan("drop_after", path="/connect/token")
        organisation_id = accounts.engagement.organisation_id
        with pytest.raises(Failure, match="did not answer"):
            as_worker(accounts, lambda: leaves.leave_of(organisation_id))

        again = as_worker(accounts, lambda: leaves.leave_of(organisation_id))

        assert again.token in xero.simulator.access
        assert accounts.connection().status is ConnectionStatus.connected

    def test_xero_that_wants_a_person_again_becomes_one_thing_to_do(self, accounts, xero, ruth):
        let_it_end(accounts)
        xero.simulator.refuses_refresh = True
        accounts.claim("42.10")
        accounts.finish()

        (item,) = accounts.items()
        assert (item.title, item.deed, item.href) == ("Connect Xero again", "Connect Xero", HOME)
        assert accounts.connection().status is ConnectionStatus.expired
        assert "Xero wants to be connected again" in ruth.get(HOME).text

        xero.simulator.refuses_refresh = False
        come_back(ruth, begin(ruth), xero)
        accounts.finish()
        assert accounts.items() == []
        assert len(accounts.bills()) == 1

    def test_an_access_that_xero_takes_no_longer_is_renewed_at_the_next_try(self, accounts, xero):
        xero.simulator.expire_tokens()
        accounts.claim("42.10")

        accounts.finish()

        assert xero.simulator.refreshed == 1
        assert len(accounts.bills()) == 1

    def test_nothing_that_was_said_shows_a_token(self, accounts, xero):
        let_it_end(accounts)
        accounts.claim("42.10")
        accounts.finish()

        heard = json.dumps(
            [one.exchanges for one in accounts.session.scalars(select(OutboxAttempt))]
        )
        assert "/connect/token" in heard
        assert "/Invoices" in heard
        for token in [*xero.simulator.access, *xero.simulator.refreshes]:
            assert token not in heard
        assert re.search(r"Basic [A-Za-z0-9+/=]{8}", heard) is None


def test_a_test_asks_xero_who_we_are_let_into(accounts, xero):
    with accounts._as_worker():
        said = TRIALS["accounting", "xero"].call(accounts.engagement.organisation_id)

    assert said == "Xero answers, and lets us into Tasman Opera Pty Ltd."
    assert xero.faults.count("PUT") == 0


def test_an_organisation_that_was_disconnected_in_xero_is_to_be_connected_again(accounts, xero):
    payable = accounts.claim("42.10")
    xero.simulator.connections.clear()
    accounts.finish()
    waits = accounts.document(payable)
    status, items = accounts.connection().status, [item.title for item in accounts.items()]

    assert (status, items) == (ConnectionStatus.expired, ["Connect Xero again"])
    assert waits.problem is LedgerProblem.disconnected
    assert accounts.bills() == []
