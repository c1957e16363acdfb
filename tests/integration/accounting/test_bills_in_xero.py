"""A payable is one bill in Xero, whatever happens on the way; its receipts are attached once."""

from io import BytesIO

import pytest
from pikepdf import Pdf
from sqlalchemy import select, update

from app.domain.payables import LedgerStatus
from app.models.outbox import OutboxMessage
from app.models.payables import LedgerContact
from app.services import payables
from tests.simulators.gate import needs_specs

pytestmark = needs_specs
BILLS = "/api.xro/2.0/Invoices"
FILES = f"{BILLS}/[^/]+/Attachments/.*"


class TestEntering:
    def test_a_claim_becomes_one_bill_coded_as_chosen(self, accounts):
        payable = accounts.claim("42.10", "7.85", receipts=2)

        accounts.finish()

        (bill,) = accounts.bills()
        document = accounts.document(payable)
        tracked = [one["Option"] for line in bill["LineItems"] for one in line["Tracking"]]
        assert (document.status, document.external_id) == (LedgerStatus.posted, bill["InvoiceID"])
        assert (bill["InvoiceNumber"], bill["Status"], bill["Total"]) == (
            payable.number,
            "AUTHORISED",
            49.95,
        )
        assert {line["AccountCode"] for line in bill["LineItems"]} == {"493"}
        assert {line["TaxType"] for line in bill["LineItems"]} == {"INPUT"}
        assert tracked == ["Giselle"] * 2
        assert bill["Url"].endswith(f"/admin/payables/show/{payable.id}")
        assert len(accounts.books.attachments[bill["InvoiceID"]]) == 2
        assert document.stands == "AUTHORISED"

    def test_the_next_bill_of_a_payee_goes_to_the_same_contact(self, accounts, xero):
        accounts.claim("42.10")
        accounts.finish()
        accounts.claim("7.00")
        accounts.finish()

        kept = accounts.session.scalars(select(LedgerContact)).one()
        assert {bill["Contact"]["ContactID"] for bill in accounts.bills()} == {kept.external_id}
        assert xero.faults.count("PUT", "/api.xro/2.0/Contacts") == 1

    @pytest.mark.parametrize(
        "known", [{"ContactNumber": True}, {"EmailAddress": "noemie@example.com"}, {}]
    )
    def test_a_contact_that_is_there_is_not_made_again(self, accounts, xero, known):
        person = accounts.engagement.person
        typed = {"Name": person.name} | {
            name: value for name, value in known.items() if value is not True
        }
        if known.get("ContactNumber"):
            typed = {"Name": "N. Lefèvre (artist)", "ContactNumber": f"person-{person.public_id}"}
        there = accounts.books.make_contact(typed)
        accounts.claim("42.10")

        accounts.finish()

        assert [bill["Contact"]["ContactID"] for bill in accounts.bills()] == [there["ContactID"]]
        assert xero.faults.count("PUT", "/api.xro/2.0/Contacts") == 0

    def test_lines_that_do_not_come_to_the_payable_are_not_sent(self, accounts):
        payable = accounts.claim("42.10")
        accounts.session.execute(
            update(type(payable)).where(type(payable).id == payable.id).values(amount=42)
        )
        accounts.session.commit()

        accounts.finish()

        assert accounts.bills() == []
        assert "The approved lines come to 42.1" in accounts.document(payable).error


class TestOnce:
    @pytest.mark.parametrize("fault", ["drop_after", "fail_after", "drop_before", "fail_before"])
    @pytest.mark.parametrize("path", [BILLS, "/api.xro/2.0/Contacts"])
    def test_an_answer_that_was_lost_makes_no_second_bill(self, accounts, xero, fault, path):
        payable = accounts.claim("42.10", receipts=1)
        xero.faults.plan(fault, method="PUT", path=path)

        accounts.finish()

        (bill,) = accounts.bills()
        assert accounts.document(payable).external_id == bill["InvoiceID"]
        assert len(accounts.books.contacts) == 1
        assert len(accounts.books.attachments[bill["InvoiceID"]]) == 1

    def test_nothing_sends_a_bill_again_by_itself(self, accounts, xero):
        accounts.claim("42.10")
        xero.faults.plan("drop_before", method="PUT", path=BILLS)

        accounts.work()

        assert xero.faults.count("PUT", BILLS) == 1

    def test_a_slow_answer_is_left_in_time_and_found_later(self, accounts, xero):
        accounts.claim("42.10")
        xero.faults.plan("slow", method="PUT", path=BILLS, seconds=2.6)

        accounts.work()
        accounts.finish()

        sent = [one for one in xero.faults.heard if (one.method, one.path) == ("PUT", BILLS)]
        assert len(accounts.bills()) == 1
        assert len({one.headers["Idempotency-Key"] for one in sent}) == 1

    def test_every_bill_is_sent_with_the_promise_as_its_key(self, accounts, xero):
        accounts.claim("42.10")
        accounts.finish()

        (sent,) = [one for one in xero.faults.heard if (one.method, one.path) == ("PUT", BILLS)]
        promise = accounts.session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "ledger.payable")
        ).one()
        assert sent.headers["Idempotency-Key"] == str(promise.id)

    def test_a_doubt_older_than_xeros_memory_is_looked_up(self, accounts, xero):
        accounts.claim("42.10")
        xero.faults.plan("drop_after", method="PUT", path=BILLS)
        accounts.work()
        xero.simulator.keys.clear()

        accounts.finish()

        assert len(accounts.bills()) == 1

    def test_a_limit_that_is_used_up_is_waited_for(self, accounts, xero):
        accounts.claim("42.10")
        xero.faults.plan("refuse", path=f"{BILLS}.*", seconds=30)

        accounts.work()

        waiting = accounts.session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "ledger.payable")
        ).one()
        assert "limit of the minute is used up" in waiting.last_error
        accounts.finish()
        assert len(accounts.bills()) == 1

    def test_a_bill_of_another_supplier_with_our_number_is_not_ours(self, accounts):
        other = accounts.books.make_contact({"Name": "Stage Hire Ltd"})
        accounts.books.make_invoice({
            "Type": "ACCPAY", "Contact": other, "InvoiceNumber": "CL-0001", "Date": "2026-11-20",
            "LineItems": [{"Quantity": 1, "UnitAmount": 9, "AccountCode": "493", "TaxType": "INPUT"}],
        })  # fmt: skip
        payable = accounts.claim("42.10")

        accounts.finish()

        assert len(accounts.bills()) == 2
        assert accounts.document(payable).status is LedgerStatus.posted


class TestReceipts:
    def test_a_crash_between_bill_and_receipts_doubles_nothing(self, accounts, xero):
        accounts.claim("42.10", receipts=3)
        xero.faults.plan("drop_after", method="PUT", path=FILES)

        accounts.finish()

        (bill,) = accounts.bills()
        names = [one["FileName"] for one in accounts.books.attachments[bill["InvoiceID"]]]
        assert sorted(names) == [f"CL-0001-0{n}.jpg" for n in (1, 2, 3)]
        assert xero.faults.count("PUT", FILES) == 3

    def test_more_than_ten_become_one_pdf_of_all_their_pages(self, accounts):
        accounts.claim("42.10", receipts=12)

        accounts.finish()

        (bill,) = accounts.bills()
        (paper,) = accounts.books.attachments[bill["InvoiceID"]]
        with Pdf.open(BytesIO(paper["_content"])) as book:
            assert len(book.pages) == 12
        assert paper["FileName"] == "CL-0001-receipts.pdf"

    def test_what_cannot_be_attached_is_asked_for(self, accounts, monkeypatch):
        monkeypatch.setattr("app.integrations.accounting.papers.LARGEST", 100)
        accounts.claim("42.10", receipts=1)

        accounts.finish()

        (item,) = accounts.items()
        assert item.title == "The receipts of CL-0001 are not all in Xero"
        assert len(accounts.bills()) == 1


class TestTakingBack:
    def test_a_voided_payable_is_voided_there_and_never_edited(self, accounts, xero):
        payable = accounts.claim("42.10")
        accounts.finish()

        accounts.act(
            lambda db: payables.void(db, db.get_one(type(payable), payable.id), reason="Wrong")
        )
        accounts.finish()

        (bill,) = accounts.bills()
        assert bill["Status"] == "VOIDED"
        assert accounts.document(payable).stands == "VOIDED"
        changes = [
            one.body for one in xero.faults.heard if one.method == "POST" and BILLS in one.path
        ]
        assert len(changes) == 1
        assert b"UnitAmount" not in changes[0]

    def test_one_that_is_only_submitted_is_deleted(self, accounts):
        payable = accounts.claim("42.10")
        accounts.finish()
        accounts.bills()[0]["Status"] = "SUBMITTED"

        accounts.act(
            lambda db: payables.void(db, db.get_one(type(payable), payable.id), reason="Wrong")
        )
        accounts.finish()

        assert accounts.bills()[0]["Status"] == "DELETED"

    def test_one_that_is_paid_there_asks_for_a_credit_note(self, accounts):
        payable = accounts.claim("42.10")
        accounts.finish()
        accounts.books.pay(accounts.bills()[0]["InvoiceID"], reference="Bank feed")

        accounts.act(
            lambda db: payables.void(db, db.get_one(type(payable), payable.id), reason="Wrong")
        )
        accounts.finish()

        (item,) = accounts.items(problem="not_voided")
        assert item.title == "CL-0001 is paid in Xero and cannot be voided"
        assert "Raise a credit note in Xero" in item.advice
