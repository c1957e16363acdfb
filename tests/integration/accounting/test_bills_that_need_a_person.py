"""What a ledger refuses becomes one thing to do, with a button; and people can do it all by hand."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.expenses import ClaimStatus
from app.domain.ledger_problems import LedgerProblem
from app.domain.payables import LedgerStatus
from app.models.expenses import ExpenseClaim
from app.models.outbox import OutboxMessage
from app.services import xero_connection
from tests.integration.accounting.conftest import choose, connect
from tests.simulators.gate import needs_specs

pytestmark = needs_specs
BILLS = "/api.xro/2.0/Invoices"


@pytest.fixture
def priya(staff):
    """Somebody of finance."""
    return staff("Finance")


def settle(browser, move, payable, **typed):
    return browser.send(f"/admin/payables/settle/{move}", {"rowid": payable.id, **typed})


def break_(accounts, what):
    books = accounts.books
    if what == "locked_period":
        books.lock_on = now().date() + timedelta(days=1)
    elif what == "contact_archived":
        person = accounts.engagement.person
        made = books.make_contact(
            {"Name": person.name, "ContactNumber": f"person-{person.public_id}"}
        )
        made["ContactStatus"] = "ARCHIVED"
    elif what == "tax_type":
        books.tax_rates["INPUT"]["Status"] = "DELETED"
    elif what == "account":
        books.accounts["493"]["Status"] = "ARCHIVED"
    elif what == "tracking":
        books.tracking[0]["Options"] = books.tracking[0]["Options"][1:]
    elif what == "currency":
        books.currencies.discard("AUD")


def mend(accounts, what):
    books = accounts.books
    if what == "contact_archived":
        next(iter(books.contacts.values()))["ContactStatus"] = "ACTIVE"
    elif what == "tax_type":
        books.tax_rates["INPUT"]["Status"] = "ACTIVE"
    elif what == "account":
        books.accounts["493"]["Status"] = "ACTIVE"
    elif what == "tracking":
        books.tracking[0]["Options"].append({**books.tracking[0]["Options"][0], "Name": "Giselle"})
    elif what == "currency":
        books.currencies.add("AUD")


class TestRefused:
    @pytest.mark.parametrize(
        ("what", "title", "said"),
        [
            ("locked_period", "CL-0001 falls into a locked period of Xero", "lock date, currently set at"),
            ("contact_archived", "Noémie Lefèvre is archived in Xero", "must be un-archived"),
            ("tax_type", "CL-0001 has a tax rate that Xero does not take", "does not exist or cannot be used"),
            ("account", "CL-0001 is coded to an account that Xero does not take", "has been archived"),
            ("tracking", "CL-0001 is coded to a tracking option that Xero does not take", "does not exist"),
            ("currency", "CL-0001 is in a currency that Xero does not have", "not subscribed to currency AUD"),
        ],
    )  # fmt: skip
    def test_each_reason_says_what_to_do_and_is_entered_once_mended(
        self, accounts, priya, what, title, said
    ):
        break_(accounts, what)
        payable = accounts.claim("42.10")
        accounts.finish()

        (item,) = accounts.items()
        document = accounts.document(payable)
        page = priya.get(f"/admin/payables/show/{payable.id}").text
        assert (item.title, item.problem) == (title, what)
        assert (document.status, document.problem) == (LedgerStatus.failed, LedgerProblem(what))
        assert said in document.error
        assert said in item.facts["xero_says"]
        assert not item.facts["xero_says"].startswith("Xero says")
        assert title in page
        assert item.advice in page

        mend(accounts, what)
        free = (now().date() + timedelta(days=2)).isoformat() if what == "locked_period" else ""
        answer = settle(priya, "enter_again", payable, paid_on=free)
        accounts.finish()
        assert answer.status_code == 303
        assert len(accounts.bills()) == 1
        assert accounts.items() == []
        assert accounts.document(payable).problem is LedgerProblem.none

    def test_one_problem_is_one_line_and_none_once_it_is_mended(self, accounts, staff, priya):
        ruth = staff("Administrator")
        break_(accounts, "tax_type")
        payable = accounts.claim("42.10")
        accounts.finish()

        pages = [one.get("/admin/attention/").text for one in (ruth, priya)]
        mend(accounts, "tax_type")
        settle(priya, "enter_again", payable)
        accounts.finish()
        after = [one.get("/admin/attention/").text for one in (ruth, priya)]

        assert ["One thing needs a person" in page for page in pages] == [True, True]
        assert ["Nothing needs a person" in page for page in after] == [True, True]
        bills = select(OutboxMessage.state).where(OutboxMessage.kind == "ledger.payable")
        states = accounts.session.scalars(bills.order_by(OutboxMessage.id)).all()
        assert states == ["cancelled", "done"]

    def test_bills_that_wait_for_one_thing_are_one_line(self, unconnected, staff):
        ruth = staff("Administrator")
        for amount in ("42.10", "17.00"):
            unconnected.claim(amount)
        unconnected.finish()

        waiting = ruth.get("/admin/attention/").text
        connect(unconnected)
        unconnected.finish()
        choose(unconnected)
        unconnected.finish()
        after = ruth.get("/admin/attention/").text

        assert "One thing needs a person" in waiting
        assert "Connect Xero again" in waiting
        assert len(unconnected.bills()) == 2
        assert "Nothing needs a person" in after

    def test_a_date_within_the_locked_period_is_refused_beside_its_field(self, accounts, priya):
        break_(accounts, "locked_period")
        payable = accounts.claim("42.10")
        accounts.act(xero_connection.look_now)
        accounts.finish()

        page = priya.get(
            "/admin/payables/settle/enter_again", query_string={"rowid": payable.id}
        ).text
        answer = settle(priya, "enter_again", payable, paid_on=now().date().isoformat())

        first = (now().date() + timedelta(days=2)).isoformat()
        assert f'value="{first}"' in page
        assert answer.status_code == 422
        assert "Xero is locked until" in answer.text
        assert 'id="paid_on-say"' in answer.text

    def test_a_bill_that_was_not_refused_is_not_tried_again(self, accounts, priya):
        payable = accounts.claim("42.10")
        accounts.finish()

        answer = settle(priya, "enter_again", payable)

        assert answer.status_code == 422
        assert "There is nothing to try again." in answer.text

    def test_each_try_has_a_key_of_its_own(self, accounts, priya, xero):
        break_(accounts, "account")
        payable = accounts.claim("42.10")
        accounts.finish()
        mend(accounts, "account")
        settle(priya, "enter_again", payable)
        accounts.finish()

        keys = [
            one.headers["Idempotency-Key"] for one in xero.faults.heard
            if (one.method, one.path) == ("PUT", BILLS)
        ]  # fmt: skip
        assert len(keys) == len(set(keys)) == 2

    def test_before_xero_is_connected_bills_wait_and_are_then_entered(self, unconnected):
        payable = unconnected.claim("42.10")
        unconnected.finish()
        (item,) = unconnected.items()
        assert (item.title, item.subject) == ("Connect Xero again", "connection")
        assert unconnected.document(payable).problem is LedgerProblem.disconnected
        claim = unconnected.session.get_one(ExpenseClaim, payable.claim_id)
        assert claim.status is ClaimStatus.post_failed

        connect(unconnected)
        more = unconnected.claim("7.00")
        unconnected.finish()
        (item,) = unconnected.items()
        assert (item.title, item.href) == (
            "Choose how bills are entered in Xero",
            "/admin/accounting/",
        )
        assert unconnected.document(more).problem is LedgerProblem.disconnected
        assert unconnected.bills() == []

        choose(unconnected)
        unconnected.finish()
        assert unconnected.items() == []
        assert {bill["InvoiceNumber"] for bill in unconnected.bills()} == {
            payable.number,
            more.number,
        }

    def test_nobody_knows_is_said_and_looked_for(self, accounts, priya, xero):
        payable = accounts.claim("42.10")
        promise = select(OutboxMessage).where(OutboxMessage.kind == "ledger.payable")
        accounts.session.scalars(promise).one().max_attempts = 1
        accounts.session.commit()
        xero.faults.plan("drop_after", method="PUT", path=BILLS)
        accounts.finish()
        (item,) = accounts.items()
        assert item.title == "Nobody knows whether CL-0001 is in Xero"

        priya.send(f"/admin/payables/action/look/{payable.id}")
        accounts.finish()

        assert accounts.document(payable).status is LedgerStatus.posted
        assert accounts.items() == []
        assert len(accounts.bills()) == 1

    def test_looked_for_in_vain_it_can_be_entered_again(self, accounts, priya, xero):
        payable = accounts.claim("42.10")
        promise = select(OutboxMessage).where(OutboxMessage.kind == "ledger.payable")
        accounts.session.scalars(promise).one().max_attempts = 1
        accounts.session.commit()
        xero.faults.plan("drop_before", method="PUT", path=BILLS)
        accounts.finish()

        priya.send(f"/admin/payables/action/look/{payable.id}")
        accounts.finish()
        assert accounts.document(payable).error == "It was looked for, and it is not in Xero."
        settle(priya, "enter_again", payable)
        accounts.finish()

        assert len(accounts.bills()) == 1
        assert accounts.items() == []


class TestByHand:
    @pytest.fixture
    def by_hand(self, accounts, priya):
        """Bills are entered by hand for a while."""
        answer = priya.send(
            "/admin/accounting/by-hand", {"do": "by_hand", "reason": "Xero is away until Monday"}
        )
        assert answer.status_code == 303
        return accounts

    def again(self, browser):
        assert browser.send("/admin/accounting/by-hand", {"do": "again"}).status_code == 303

    def test_it_needs_a_reason(self, accounts, priya):
        answer = priya.send("/admin/accounting/by-hand", {"do": "by_hand", "reason": " "})

        assert answer.status_code == 422
        assert "Say why, for whoever reads this later." in answer.text

    def test_bills_wait_as_one_thing_to_do_and_nothing_is_sent(self, by_hand, priya, xero):
        for _ in range(3):
            by_hand.claim("42.10")
        by_hand.finish()

        (item,) = by_hand.items()
        listed = priya.get("/admin/payables/list/?view=by_hand").text
        assert item.title == "3 bills wait to be entered by hand"
        assert all(number in listed for number in ("CL-0001", "CL-0002", "CL-0003"))
        assert xero.faults.count("PUT", BILLS) == 0

    def test_the_list_to_enter_them_has_the_columns_xero_imports(self, by_hand, priya):
        payable = by_hand.claim("42.10", "7.85")
        by_hand.finish()

        answer = priya.send(
            "/admin/payables/action_post", {"action": "bills", "rowid": [payable.id]}
        )

        rows = list(csv.DictReader(StringIO(answer.text.lstrip("\ufeff"))))
        assert answer.mimetype == "text/csv"
        assert [row["*UnitAmount"] for row in rows] == ["42.10", "7.85"]
        assert {row["*InvoiceNumber"] for row in rows} == {"CL-0001"}
        assert {row["*TaxType"] for row in rows} == {"GST on Expenses"}
        assert {(row["TrackingName1"], row["TrackingOption1"]) for row in rows} == {
            ("Production", "Giselle")
        }

    def test_one_entered_by_hand_is_in_the_ledger_and_found_when_xero_is_back(self, by_hand, priya):
        payable = by_hand.claim("42.10", receipts=1)
        by_hand.finish()
        answer = settle(priya, "by_hand", payable, reference="BILL-77")
        known = by_hand.document(payable)
        assert answer.status_code == 303
        assert (known.status, known.by_hand, known.external_id) == (
            LedgerStatus.posted,
            "BILL-77",
            None,
        )
        assert by_hand.items() == []
        entered = self._enter(by_hand, payable, "BILL-77")

        self.again(priya)
        by_hand.finish()

        assert by_hand.document(payable).external_id == entered["InvoiceID"]
        assert len(by_hand.bills()) == 1
        assert by_hand.books.attachments[entered["InvoiceID"]] == []
        assert by_hand.items() == []

    def test_one_entered_by_hand_and_not_marked_is_not_entered_twice(self, by_hand, priya):
        payable = by_hand.claim("42.10")
        by_hand.finish()
        entered = self._enter(by_hand, payable, payable.number)

        self.again(priya)
        by_hand.finish()

        assert len(by_hand.bills()) == 1
        assert by_hand.document(payable).external_id == entered["InvoiceID"]

    def test_one_marked_and_never_entered_is_asked_about(self, by_hand, priya):
        payable = by_hand.claim("42.10")
        by_hand.finish()
        settle(priya, "by_hand", payable, reference="BILL-78")

        self.again(priya)
        by_hand.finish()

        (item,) = by_hand.items()
        assert item.title == "CL-0001 is not in Xero"
        assert "BILL-78" in item.advice

    def test_what_waited_and_was_entered_by_nobody_is_entered(self, by_hand, priya):
        by_hand.claim("42.10")
        by_hand.finish()

        self.again(priya)
        by_hand.finish()

        assert len(by_hand.bills()) == 1
        assert by_hand.items() == []

    @pytest.mark.parametrize(
        ("typed", "said"), [("", "Write the number"), ("9" * 61, "at most 60 signs")]
    )
    def test_a_number_that_is_none_comes_back(self, by_hand, priya, typed, said):
        payable = by_hand.claim("42.10")
        by_hand.finish()

        answer = settle(priya, "by_hand", payable, reference=typed)

        assert answer.status_code == 422
        assert said in answer.text

    def test_what_is_still_promised_is_called_off(self, accounts, priya, xero):
        payable = accounts.claim("42.10")
        xero.faults.plan("fail_before", path=".*", times=50)
        accounts.work()

        settle(priya, "by_hand", payable, reference="BILL-79")
        xero.faults.plans.clear()
        accounts.finish()

        assert accounts.bills() == []
        assert accounts.document(payable).by_hand == "BILL-79"

    def _enter(self, accounts, payable, number):
        """Enter a bill in Xero as a bookkeeper does, for the artist."""
        contact = accounts.books.make_contact({"Name": payable.payee_name})
        return accounts.books.make_invoice({
            "Type": "ACCPAY", "Contact": contact, "InvoiceNumber": number, "Date": now().date().isoformat(),
            "Status": "AUTHORISED", "LineAmountTypes": "Inclusive",
            "LineItems": [{"Quantity": 1, "UnitAmount": 42.10, "AccountCode": "493", "TaxType": "INPUT"}],
        })  # fmt: skip
