"""What happens to a bill in Xero comes back: by its notices in any order, every night, or when asked."""

import base64
import hashlib
import hmac
import itertools
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.db.clock import now
from app.domain.expenses import ClaimStatus
from app.domain.payables import LedgerStatus, PayableStatus
from app.models import Message
from app.models.expenses import ExpenseClaim
from app.models.inbox import InboxNotice
from app.models.outbox_decisions import HookRefusal
from app.models.payables import Payable
from app.services import ledger_standing, payables
from tests.simulators.gate import SPECS, needs_specs
from tests.simulators.xero import signed

pytestmark = needs_specs
HOOK = "/hooks/xero"


@pytest.fixture
def posted(accounts):
    """Return a payable whose bill is in Xero."""
    made = accounts.claim("42.10")
    accounts.finish()
    accounts.vendor.simulator.notices.clear()
    return accounts.payable(made.id)


def knock(client, body, signature=None):
    given = signed("webhook-key", body) if signature is None else signature
    return client.post(
        HOOK, data=body, headers={"x-xero-signature": given}, content_type="application/json"
    )


def tell(accounts, client):
    """Bring every notice that waits, and let it be read."""
    for body in accounts.vendor.simulator.notices:
        assert knock(client, body).status_code == 200
    accounts.read_notices()
    accounts.finish()


def bill_of(accounts):
    return accounts.bills()[0]["InvoiceID"]


def look(accounts, fact="test"):
    accounts.act(lambda db: ledger_standing.reconcile(db, fact=fact))
    accounts.finish()


class TestTheDoor:
    @pytest.mark.parametrize("name", ["event", "intent_to_receive"])
    def test_what_xero_publishes_is_taken_without_a_word(self, unconnected, client, name):
        sample = json.loads((SPECS / "samples" / "xero-webhooks.json").read_text())[name]
        body = json.dumps(sample).encode()

        right, wrong = knock(client, body), knock(client, body, "bm90IG91cnM=")

        assert (right.status_code, wrong.status_code) == (200, 401)
        for answer in (right, wrong):
            assert answer.data == b""
            assert "Set-Cookie" not in answer.headers

    def test_the_signature_is_over_the_very_bytes(self, unconnected, client):
        body = b'{"events": [],  "entropy": "x"}'
        made = base64.b64encode(hmac.new(b"webhook-key", body, hashlib.sha256).digest()).decode()

        assert knock(client, body, made).status_code == 200
        assert knock(client, json.dumps(json.loads(body)).encode(), made).status_code == 401
        assert knock(client, body, "").status_code == 401
        assert knock(client, body, "ü").status_code == 401

    @pytest.mark.parametrize("body", [b"not json", b"[]", b'{"events": {}}', b'{"events": ["x"]}'])
    def test_what_is_signed_and_cannot_be_read_is_taken_and_counted(
        self, unconnected, client, body
    ):
        answer = knock(client, body)

        assert (answer.status_code, answer.data) == (200, b"")

    def test_forged_ones_leave_nothing_behind(self, posted, accounts, client):
        accounts.books.pay(bill_of(accounts))
        for body in accounts.vendor.simulator.notices:
            assert knock(client, body, signed("guessed", body)).status_code == 401

        counted = [
            (one.provider, one.why, one.count) for one in accounts.session.query(HookRefusal)
        ]
        assert counted == [("xero", "forged", len(accounts.vendor.simulator.notices))]
        assert accounts.session.scalars(select(InboxNotice)).all() == []

    def test_the_same_event_is_kept_once(self, posted, accounts, client):
        accounts.books.pay(bill_of(accounts))
        for _ in range(3):
            tell(accounts, client)

        kept = accounts.session.scalars(select(InboxNotice)).all()
        assert len(kept) == len(accounts.vendor.simulator.notices)

    def test_what_is_about_bills_of_others_is_kept_with_the_reason(self, posted, accounts, client):
        event = {
            "resourceId": "b7d6a2f0-0000-4000-8000-000000000000", "tenantId": accounts.books.id,
            "eventCategory": "INVOICE", "eventType": "UPDATE", "eventDateUtc": "2026-11-25T01:00:00.000",
        }  # fmt: skip
        contact = {**event, "eventCategory": "CONTACT"}
        knock(client, accounts.vendor.simulator.body_of([event, contact], 1, 2))
        accounts.read_notices()

        reasons = {one.reason for one in accounts.session.scalars(select(InboxNotice))}
        assert reasons == {"It is about a bill that is not ours.", "It is not about a bill."}

    def test_many_notices_about_one_bill_are_one_look(self, posted, accounts, client, xero):
        accounts.books.pay(bill_of(accounts), 20)
        accounts.books.pay(bill_of(accounts))
        before = xero.faults.count("GET", "/api.xro/2.0/Invoices")

        tell(accounts, client)

        after = xero.faults.count("GET", "/api.xro/2.0/Invoices")
        assert after == before + 1
        assert accounts.payable(posted.id).status is PayableStatus.paid


class TestPaid:
    def test_a_bill_paid_there_is_paid_here_and_the_artist_is_told_once(
        self, posted, accounts, client
    ):
        on = now().date() - timedelta(days=1)
        accounts.books.pay(bill_of(accounts), on=on, reference="WBC 118")
        tell(accounts, client)
        tell(accounts, client)

        paid = accounts.payable(posted.id)
        claim = accounts.session.get_one(ExpenseClaim, paid.claim_id)
        letters = accounts.session.scalars(
            select(Message).where(Message.event == "payable_paid")
        ).all()
        assert (paid.status, paid.paid_on, paid.paid_reference) == (
            PayableStatus.paid,
            on,
            "WBC 118",
        )
        assert (paid.paid_by, paid.ledger_document.status) == (None, LedgerStatus.paid)
        assert claim.status is ClaimStatus.paid
        assert len(letters) == 1
        assert accounts.items() == []

    def test_every_order_and_repetition_of_its_notices_ends_alike(self, accounts, client):
        ends = set()
        for number, order in enumerate(itertools.permutations(range(3))):
            made = accounts.claim("42.10")
            accounts.finish()
            accounts.vendor.simulator.notices.clear()
            bill = accounts.bills()[number]["InvoiceID"]
            accounts.books.touch(accounts.books.invoices[bill])
            accounts.books.pay(bill, 20, on=date(2026, 11, 20), reference="first")
            accounts.books.pay(bill, on=date(2026, 11, 21), reference="last")
            told = accounts.vendor.simulator.notices
            for place in (*order, *order[:2]):
                knock(client, told[place])
                accounts.read_notices()
            accounts.finish()
            done = accounts.payable(made.id)
            ends.add((done.status, done.paid_on, done.paid_reference, done.ledger_document.stands))

        assert ends == {(PayableStatus.paid, date(2026, 11, 21), "last", "PAID")}
        assert accounts.items() == []

    def test_what_is_older_than_what_we_saw_is_not_believed(self, posted, accounts):
        bill = accounts.books.invoices[bill_of(accounts)]
        accounts.books.pay(bill["InvoiceID"])
        look(accounts)
        accounts.books.take_back(next(iter(accounts.books.payments)))
        bill["UpdatedDateUTC"] = "/Date(1600000000000+0000)/"

        look(accounts, "again")

        assert accounts.payable(posted.id).status is PayableStatus.paid
        assert accounts.items() == []

    def test_one_held_here_is_paid_all_the_same_and_somebody_looks(self, posted, accounts):
        accounts.act(
            lambda db: payables.hold(db, db.get_one(Payable, posted.id), reason="Account changed")
        )
        accounts.books.pay(bill_of(accounts))

        look(accounts)

        assert accounts.payable(posted.id).status is PayableStatus.paid
        assert [item.problem for item in accounts.items()] == ["paid_though_held"]

    def test_paid_here_and_there_on_two_days_may_be_two_payments(self, posted, accounts, staff):
        finance = staff("Finance")
        accounts.session.execute(update(Payable).values(status="exported"))
        accounts.session.commit()
        typed = {
            "rowid": posted.id,
            "paid_on": (now().date() - timedelta(days=5)).isoformat(),
            "reference": "ABA 7",
        }
        assert finance.send("/admin/payables/settle/pay", typed).status_code == 303
        accounts.books.pay(bill_of(accounts), on=now().date(), reference="Card")

        look(accounts)

        (item,) = accounts.items()
        known = accounts.payable(posted.id)
        assert item.title == "CL-0001 may be paid twice"
        assert "ABA 7" in item.advice
        assert "Card" in item.advice
        assert known.paid_reference == "ABA 7"

    def test_a_payment_the_bank_returned_is_not_paid_again_by_what_xero_said_before(
        self, posted, accounts, staff
    ):
        accounts.books.pay(bill_of(accounts), reference="Bank feed")
        look(accounts)
        typed = {
            "rowid": posted.id,
            "paid_on": now().date().isoformat(),
            "reason": "Account closed",
        }
        assert staff("Finance").send("/admin/payables/settle/bounce", typed).status_code == 303
        accounts.books.touch(accounts.books.invoices[bill_of(accounts)])
        accounts.act(
            lambda db: ledger_standing.look(db, [db.get_one(Payable, posted.id)], fact="night")
        )
        accounts.finish()
        still = accounts.payable(posted.id).status
        asked = [item.problem for item in accounts.items()]
        for payment in list(accounts.books.payments):
            accounts.books.take_back(payment)
        look(accounts, "removed")
        accounts.books.pay(bill_of(accounts), reference="Second try")
        look(accounts, "anew")

        assert (still, asked) == (PayableStatus.held, ["returned_here"])
        assert accounts.payable(posted.id).paid_reference == "Second try"


class TestDifferences:
    def test_an_amount_changed_there_is_asked_about_and_nothing_overwritten(self, posted, accounts):
        accounts.books.edit_amount(bill_of(accounts), Decimal("50.00"))
        look(accounts)
        (item,) = accounts.items()
        accounts.books.edit_amount(bill_of(accounts), Decimal("42.10"))
        look(accounts, "again")

        assert item.title == "CL-0001 is 50.00 AUD in Xero, and 42.10 AUD here"
        assert item.facts["in_xero"] == "authorised, 50.00 AUD"
        assert f"{accounts.payable(posted.id).amount:.2f}" == "42.10"
        assert accounts.items() == []

    def test_a_bill_voided_there_is_asked_about_once(self, posted, accounts, client):
        accounts.books.change(bill_of(accounts), {"Status": "VOIDED"})
        tell(accounts, client)
        look(accounts)

        (item,) = accounts.items()
        assert item.title == "CL-0001 was voided in Xero"
        assert accounts.payable(posted.id).status is PayableStatus.open

    def test_what_is_voided_here_as_was_advised_is_asked_about_no_more(self, posted, accounts):
        accounts.books.change(bill_of(accounts), {"Status": "VOIDED"})
        look(accounts)
        accounts.act(
            lambda db: payables.void(db, db.get_one(Payable, posted.id), reason="Voided there")
        )
        accounts.finish()

        assert accounts.items() == []

    def test_what_is_taken_back_here_as_was_advised_is_asked_about_no_more(self, posted, accounts):
        accounts.books.pay(bill_of(accounts))
        look(accounts)
        for payment in list(accounts.books.payments):
            accounts.books.take_back(payment)
        accounts.act(
            lambda db: ledger_standing.look(db, [db.get_one(Payable, posted.id)], fact="back")
        )
        accounts.finish()
        asked = [item.problem for item in accounts.items()]
        accounts.act(
            lambda db: payables.bounce(db, db.get_one(Payable, posted.id), reason="Closed account")
        )
        accounts.finish()

        assert asked == ["payment_removed"]
        assert accounts.items() == []

    def test_the_night_looks_at_what_is_asked_about_though_it_seemed_over(self, posted, accounts):
        accounts.books.pay(bill_of(accounts))
        accounts.books.pay(bill_of(accounts), 10)
        look(accounts)
        asked = [item.problem for item in accounts.items()]
        accounts.books.take_back(list(accounts.books.payments)[-1])
        look(accounts, "next night")

        assert asked == ["paid_twice"]
        assert accounts.items() == []

    def test_a_payment_in_part_and_one_taken_back_are_asked_about(self, posted, accounts):
        accounts.books.pay(bill_of(accounts), 20)
        look(accounts)
        part = [item.problem for item in accounts.items()]
        accounts.books.pay(bill_of(accounts))
        look(accounts, "paid")
        paid = [item.problem for item in accounts.items()]
        for payment in list(accounts.books.payments):
            accounts.books.take_back(payment)
        accounts.act(
            lambda db: ledger_standing.look(db, [db.get_one(Payable, posted.id)], fact="back")
        )
        accounts.finish()

        assert (part, paid) == (["paid_in_part"], [])
        assert [item.problem for item in accounts.items()] == ["payment_removed"]

    def test_two_payments_there_are_asked_about(self, posted, accounts):
        accounts.books.pay(bill_of(accounts), Decimal("42.10"))
        accounts.books.pay(bill_of(accounts), Decimal("42.10"))

        look(accounts)

        assert [item.problem for item in accounts.items()] == ["paid_twice"]
        assert accounts.payable(posted.id).status is PayableStatus.paid

    def test_a_bill_that_is_gone_from_there_is_asked_about(self, posted, accounts):
        accounts.books.invoices.clear()

        look(accounts)

        (item,) = accounts.items()
        assert item.title == "CL-0001 is not in Xero"

    def test_the_night_looks_at_every_open_bill_with_few_calls(self, accounts, xero):
        for _ in range(5):
            accounts.claim("42.10")
        accounts.finish()
        before = xero.faults.count("GET", "/api.xro/2.0/Invoices")
        for bill in accounts.bills():
            accounts.books.pay(bill["InvoiceID"])
        with accounts._as_worker() as crew:
            entry = next(one for one in crew.timetable.entries if one.name == "xero.reconcile")
            crew.timetable.entries[:] = [entry]
            crew.timetable.tick()
        accounts.finish()

        paid = accounts.session.scalars(select(Payable.status)).all()
        assert set(paid) == {PayableStatus.paid}
        assert xero.faults.count("GET", "/api.xro/2.0/Invoices") == before + 1


class TestComparingFromTheDesk:
    def test_looks_at_every_open_bill_and_says_when_it_did(self, posted, accounts, staff):
        accounts.books.pay(bill_of(accounts))
        desk = staff("Administrator")

        begun = desk.send("/admin/integrations/accounting/compare", follow_redirects=True).text
        accounts.finish()
        page = desk.get("/admin/integrations/accounting").text
        empty = desk.send("/admin/integrations/accounting/compare", follow_redirects=True).text

        assert "One open bill is being compared." in begun
        assert accounts.payable(posted.id).status is PayableStatus.paid
        assert "It is done every night." in page
        assert "Not yet" not in page
        assert "No bill is open there. Its accounts are read again." in empty

    def test_the_list_says_of_each_provider_when_and_what_differs(self, posted, accounts, staff):
        accounts.books.edit_amount(bill_of(accounts), Decimal("50.00"))
        look(accounts)

        page = staff("Administrator").get("/admin/integrations/").text
        audited = staff("Auditor").get("/admin/integrations/").text

        assert "Compared with our records" in page
        assert "One thing needs a person" in page
        assert 'Compare now<span class="hush">: Xero</span>' in page
        assert "Compare now" not in audited

    def test_a_notice_about_one_bill_is_not_taken_for_it(self, posted, accounts, staff, client):
        accounts.books.pay(bill_of(accounts), 20)

        tell(accounts, client)

        page = staff("Administrator").get("/admin/integrations/accounting").text
        assert "Not yet. It is done every night." in page
