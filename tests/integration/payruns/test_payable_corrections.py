"""A number, day or reference that somebody mistyped is corrected with a reason; what stood before stays in the history."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.payables import LedgerStatus, PayableStatus
from app.models import AuditEntry, Message
from app.models.outbox import OutboxMessage
from app.models.payables import Payable

TODAY = now().date()


@pytest.fixture
def again(owner_session):
    """Read a payable as it stands now."""

    def read(payable):
        owner_session.rollback()
        owner_session.expire_all()
        return owner_session.get_one(Payable, payable.id)

    return read


@pytest.fixture
def by_hand(owe, owner_session):
    """A bill that somebody entered in Xero, and marked here under a mistyped number."""
    made = owner_session.get_one(Payable, owe().id)
    document = made.ledger_document
    document.provider, document.by_hand, document.external_id = "xero", "INV-71", "of-somebody-else"
    document.status, document.stands = LedgerStatus.posted, "PAID"
    owner_session.commit()
    return made


@pytest.fixture
def paid(owe, owner_session, finance):
    """A payable that somebody marked as paid."""
    made = owner_session.get_one(Payable, owe().id)
    made.status, made.exported_at = PayableStatus.exported, now()
    owner_session.commit()
    pay = {"rowid": str(made.id), "paid_on": TODAY.isoformat(), "reference": "NB-10"}
    assert finance.send("/admin/payables/settle/pay", pay).status_code == 303
    return made


def reasons(session, entity):
    asked = select(AuditEntry.reason).where(AuditEntry.entity == entity, AuditEntry.reason != "")
    return session.scalars(asked).all()


class TestTheNumberOfABill:
    def correct(self, browser, payable, **typed):
        data = {"rowid": str(payable.id), "reference": "INV-17", "reason": "Two digits swapped"}
        return browser.send("/admin/payables/settle/correct_number", data | typed)

    def test_begins_with_what_stands_there_and_is_looked_for_anew(
        self, by_hand, finance, again, owner_session
    ):
        page = finance.get(f"/admin/payables/show/{by_hand.id}").text
        form = finance.get(f"/admin/payables/settle/correct_number?rowid={by_hand.id}").text
        answer = self.correct(finance, by_hand)

        document = again(by_hand).ledger_document
        assert "Correct its number" in page
        assert 'value="INV-71"' in form
        assert answer.status_code == 303
        assert (document.by_hand, document.external_id, document.stands) == ("INV-17", None, "")
        assert reasons(owner_session, "ledger_document") == ["Two digits swapped"]
        looked = select(OutboxMessage.payload).where(OutboxMessage.kind == "ledger.refresh")
        assert owner_session.scalars(looked).all()[-1] == {"payable_ids": [by_hand.id]}

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"reason": " "}, "Say why"),
            ({"reference": " "}, "Write the number"),
            ({"reference": "x" * 61}, "at most 60 signs"),
            ({"reference": "INV-71"}, "is the number it has already"),
        ],
    )
    def test_asks_for_what_is_missing_and_keeps_what_was_typed(
        self, by_hand, finance, again, typed, words
    ):
        answer = self.correct(finance, by_hand, **typed)

        assert (answer.status_code, words in answer.text) == (422, True)
        assert again(by_hand).ledger_document.by_hand == "INV-71"
        assert "Nothing is changed yet" in answer.text

    def test_of_a_bill_that_nobody_typed_is_not_offered(self, owe, finance):
        payable = owe()

        assert "Correct its number" not in finance.get(f"/admin/payables/show/{payable.id}").text
        assert "typed by hand" in self.correct(finance, payable).text


class TestAPayment:
    def correct(self, browser, payable, **typed):
        data = {
            "rowid": str(payable.id), "paid_on": (TODAY - timedelta(days=1)).isoformat(),
            "reference": "NB-01", "reason": "Read from the wrong line",
        }  # fmt: skip
        return browser.send("/admin/payables/settle/correct_payment", data | typed)

    def test_gets_its_right_day_and_reference_and_the_artist_is_told(
        self, paid, finance, again, owner_session
    ):
        form = finance.get(f"/admin/payables/settle/correct_payment?rowid={paid.id}").text
        answer = self.correct(finance, paid)

        kept = again(paid)
        assert 'value="NB-10"' in form
        assert answer.status_code == 303, answer.text
        assert (kept.status, kept.paid_on, kept.paid_reference) == (
            PayableStatus.paid, TODAY - timedelta(days=1), "NB-01",
        )  # fmt: skip
        assert "Read from the wrong line" in reasons(owner_session, "payable")
        letters = select(Message.text).where(Message.event == "payable_paid").order_by(Message.id)
        assert "reference NB-01" in owner_session.scalars(letters).all()[-1]
        history = finance.get(f"/admin/payables/history/{paid.id}").text
        assert "Read from the wrong line" in history
        assert "NB-10" in history

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"reason": ""}, "Say why"),
            ({"reference": ""}, "bank&#39;s reference"),
            ({"paid_on": (TODAY + timedelta(days=9)).isoformat()}, "has not come yet"),
            ({"paid_on": "soon"}, "paid_on"),
            ({"paid_on": TODAY.isoformat(), "reference": "NB-10"}, "stands there already"),
        ],
    )
    def test_asks_for_what_is_missing(self, paid, finance, again, typed, words):
        answer = self.correct(finance, paid, **typed)

        assert (answer.status_code, words in answer.text) == (422, True)
        assert again(paid).paid_reference == "NB-10"

    def test_that_was_not_made_cannot_be_corrected(self, owe, finance):
        assert "there is no payment to correct" in self.correct(finance, owe()).text

    def test_others_may_not(self, paid, second, again):
        assert self.correct(second, paid).status_code == 403
