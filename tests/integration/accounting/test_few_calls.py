"""Xero allows sixty calls a minute: a bill takes no more of them than it needs, and is still made once."""

import json

import pytest
from sqlalchemy import select

from app.domain.payables import LedgerStatus
from app.integrations.accounting.unseen import FRESH, Unseen
from app.models.outbox import OutboxMessage
from app.models.payables import LedgerContact
from tests.integration.accounting.conftest import choose, connect
from tests.simulators.gate import needs_specs

pytestmark = needs_specs
API = "/api.xro/2.0"
BILLS = f"{API}/Invoices"


@pytest.fixture
def calls(xero):
    """Return what was asked of the accounting API since the last time, as METHOD path."""

    def since():
        made = [
            f"{one.method} {one.path.removeprefix(API)}"
            for one in xero.faults.heard
            if one.path.startswith(API)
        ]
        xero.faults.heard.clear()
        return made

    return since


def hear_all(accounts):
    """Bring every notice that Xero has for us."""
    notices = accounts.vendor.simulator.notices
    for body in notices:
        accounts.hear(body)
    notices.clear()
    accounts.read_notices()


def supplier_bill(accounts, number, contact):
    """Enter a bill as a person does in Xero."""
    return accounts.books.make_invoice({
        "Type": "ACCPAY", "Contact": contact, "InvoiceNumber": number, "Date": "2026-11-20",
        "LineItems": [{"Quantity": 1, "UnitAmount": 9, "AccountCode": "493", "TaxType": "INPUT"}],
    })  # fmt: skip


class TestCalls:
    def test_a_payee_who_is_new_takes_two_calls_more_than_one_who_is_known(self, accounts, calls):
        calls()
        accounts.claim("42.10", receipts=1)
        accounts.finish()
        first = calls()
        accounts.claim("7.85")
        accounts.finish()
        second = calls()

        one = f"/Invoices/{accounts.bills()[0]['InvoiceID']}"
        assert first == [
            "GET /Invoices", "GET /Contacts", "PUT /Contacts", "PUT /Invoices",
            f"PUT {one}/Attachments/CL-0001-01.jpg", "GET /Invoices",
        ]  # fmt: skip
        assert second == ["GET /Invoices", "PUT /Invoices", "GET /Invoices"]

    def test_bills_that_wait_together_are_looked_for_with_one_question(self, accounts, calls):
        for _ in range(12):
            accounts.claim("42.10")
        calls()
        accounts.finish()

        made = calls()
        # One search for all of them, and the one look that follows each.
        assert made.count("GET /Invoices") == 1 + 12
        assert made.count("PUT /Invoices") == len(accounts.bills()) == 12

    def test_what_our_own_entering_makes_xero_say_is_one_look(self, accounts, calls):
        accounts.claim("42.10", receipts=3)
        accounts.work()
        receipts = accounts.session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.kind == "ledger.receipts")
        ).one()
        with accounts._as_worker() as crew:
            crew.run_message(str(receipts))
        hear_all(accounts)
        accounts.finish()

        # The search before it was sent, and one look for all that was heard.
        assert calls().count("GET /Invoices") == 2

    def test_what_is_heard_while_bills_are_entered_is_one_look_for_all(self, accounts, calls, xero):
        contact = accounts.books.make_contact({"Name": "Stage Hire Ltd"})
        payables = [accounts.claim("42.10") for _ in range(5)]
        for _ in range(6):
            supplier_bill(accounts, "SH-1", contact)
        hear_all(accounts)

        promised = accounts.session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "ledger.refresh")
        ).all()
        xero.faults.plan("fail_before", method="PUT", path=BILLS, times=5)
        calls()
        accounts.work()
        looked = [one for one in calls() if one == "GET /Invoices"]
        accounts.finish()

        assert len(promised) == 1
        assert len(looked) == 2
        assert {accounts.document(one).status for one in payables} == {LedgerStatus.posted}


class TestStillOnce:
    def test_one_that_a_person_entered_is_found_and_not_made_again(self, accounts):
        first, second = accounts.claim("42.10"), accounts.claim("9.00")
        contact = accounts.books.make_contact({"Name": second.payee_name})
        theirs = supplier_bill(accounts, second.number, contact)

        accounts.finish()

        assert len(accounts.bills()) == 2
        assert accounts.document(first).external_id != theirs["InvoiceID"]
        assert accounts.document(second).external_id == theirs["InvoiceID"]

    def test_one_that_was_sent_before_is_looked_for_by_itself(self, accounts, xero, calls):
        accounts.claim("42.10")
        xero.faults.plan("drop_before", method="PUT", path=BILLS)
        accounts.work()
        calls()

        accounts.work()

        assert calls()[:2] == ["GET /Contacts", "GET /Invoices"]
        assert len(accounts.bills()) == 1

    def test_one_among_more_than_a_page_of_others_is_found(self, accounts):
        payable = accounts.claim("42.10")
        other = accounts.books.make_contact({"Name": "Stage Hire Ltd"})
        for _ in range(100):
            supplier_bill(accounts, payable.number, other)
        contact = accounts.books.make_contact({"Name": payable.payee_name})
        theirs = supplier_bill(accounts, payable.number, contact)

        accounts.finish()

        assert accounts.document(payable).external_id == theirs["InvoiceID"]
        assert len(accounts.bills()) == 101

    def test_what_was_seen_is_believed_for_some_minutes_and_of_one_place(self):
        at = [0.0]
        unseen = Unseen(monotonic=lambda: at[0])
        unseen.add("here", ["A-1", "A-2"])
        unseen.forget("here", "A-2")

        held = [unseen.holds(*key) for key in (("here", "A-1"), ("here", "A-2"), ("there", "A-1"))]
        at[0] = FRESH + 1

        assert held == [True, False, False]
        assert not unseen.holds("here", "A-1")


class TestTurns:
    def test_what_waited_for_the_connection_lets_what_is_approved_meanwhile_go_first(
        self, unconnected
    ):
        waited = [unconnected.claim("42.10") for _ in range(2)]
        unconnected.finish()
        connect(unconnected)
        unconnected.finish()
        choose(unconnected)
        approved = unconnected.claim("7.85")

        promised = unconnected.session.execute(
            select(OutboxMessage.payload["payable_id"].as_integer(), OutboxMessage.priority)
            .where(OutboxMessage.kind == "ledger.payable", OutboxMessage.state == "ready")
            .order_by(OutboxMessage.priority.desc(), OutboxMessage.id)
        ).all()
        unconnected.finish()

        assert promised == [(approved.id, 100), (waited[0].id, 50), (waited[1].id, 50)]
        assert len(unconnected.bills()) == 3


class TestContacts:
    def test_a_contact_that_is_gone_is_matched_anew_once_a_bill_is_refused(self, accounts, calls):
        accounts.claim("42.10")
        accounts.finish()
        accounts.books.contacts.clear()
        accounts.books.make_contact({"Name": accounts.engagement.person.name})
        calls()
        payable = accounts.claim("7.85")
        accounts.finish()

        kept = accounts.session.scalars(select(LedgerContact)).one()
        bill = accounts.books.invoices[accounts.document(payable).external_id]
        assert bill["Contact"]["ContactID"] == kept.external_id
        assert kept.external_id in accounts.books.contacts
        assert calls().count("PUT /Invoices") == 2

    @pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
    def test_its_answer_may_be_lost_too(self, accounts, xero, fault):
        accounts.claim("42.10")
        accounts.finish()
        accounts.books.contacts.clear()
        accounts.claim("7.85")
        # The first PUT is refused, the second is the one whose answer is lost.
        xero.faults.plan("slow", method="PUT", path=BILLS, seconds=0)
        xero.faults.plan(fault, method="PUT", path=BILLS)

        accounts.finish()

        assert [bill["InvoiceNumber"] for bill in accounts.bills()] == ["CL-0001", "CL-0002"]

    def test_another_refusal_keeps_xeros_own_words(self, accounts):
        accounts.claim("42.10")
        accounts.finish()
        accounts.books.accounts["493"]["Status"] = "ARCHIVED"
        payable = accounts.claim("7.85")
        accounts.finish()

        assert "has been archived, or deleted" in accounts.document(payable).error

    def test_the_one_with_our_number_goes_before_one_with_the_name(self, accounts):
        person = accounts.engagement.person
        accounts.books.make_contact({"Name": person.name})
        ours = accounts.books.make_contact(
            {"Name": 'N. "Noé" Lefèvre AND others', "ContactNumber": f"person-{person.public_id}"}
        )
        accounts.claim("42.10")

        accounts.finish()

        assert [bill["Contact"]["ContactID"] for bill in accounts.bills()] == [ours["ContactID"]]

    def test_an_archived_namesake_is_left_alone(self, accounts):
        gone = accounts.books.make_contact({"Name": accounts.engagement.person.name})
        gone["ContactStatus"] = "ARCHIVED"
        gone["Name"] = gone["Name"].upper()
        accounts.books.contacts[gone["ContactID"]] = gone
        payable = accounts.claim("42.10")

        accounts.finish()

        said = json.dumps(accounts.bills()) + accounts.document(payable).error
        assert gone["ContactID"] not in said
