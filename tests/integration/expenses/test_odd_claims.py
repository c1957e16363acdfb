"""Claims as nobody should send them: taken back and sent, worth nothing or everything, each other's double."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import select

from app.db import session as house
from app.domain.errors import Refused
from app.domain.people import EngagementStatus
from app.models import Engagement, Organisation
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services import fees
from app.services.engagement_waits import waits
from app.services.expenses import deciding
from app.services.expenses.deciding import By
from tests.integration.expenses.conftest import photo_bytes
from tests.integration.expenses.test_fees import signed

__all__ = ["signed"]


def test_a_claim_taken_back_before_it_was_sent_stays_taken_back(phone, expense, owner_session):
    phone.send("/portal/expenses/new", expense(do="more"))
    claim = owner_session.scalars(select(ExpenseClaim)).one()
    phone.send(f"/portal/expenses/{claim.public_id}/recall")

    answer = phone.send(f"/portal/expenses/{claim.public_id}/send", follow_redirects=True)
    more = expense(claim=str(claim.public_id), amount="9", photo=(BytesIO(photo_bytes(4)), "d.jpg"))
    added = phone.send("/portal/expenses/new", more)

    assert "The claim is taken back. Its expenses and receipts are kept." in answer.text, (
        "every message is kept until it is shown"
    )
    assert "CL-0001 was taken back. Put its expenses on a new claim." in answer.text
    assert added.status_code == 422
    owner_session.expire_all()
    assert owner_session.get_one(ExpenseClaim, claim.id).submitted_at is None


@pytest.mark.parametrize(
    ("amount", "base"), [("1", "99999999999"), ("99999999999", "0.01")], ids=["huge", "nothing"]
)
def test_what_two_amounts_cannot_mean_is_refused_beside_the_field(
    phone, expense, owner_session, amount, base
):
    answer = phone.send(
        "/portal/expenses/new", expense(currency="JPY", amount=amount, base_amount=base)
    )

    assert answer.status_code == 422
    assert "Check both amounts." in answer.text
    assert owner_session.scalars(select(ExpenseLine)).all() == []


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("12.5", "JPY", "JPY has no decimals. Write a whole number."),
        ("1.2345", "KWD", "KWD has 3 decimals, no more."),
        ("１２", "AUD", "１２ is not an amount."),
        ("1e3", "AUD", "1e3 is not an amount."),
        ("-5", "AUD", "The amount cannot be below zero."),
        ("0", "AUD", "The amount is zero."),
        ("1.250,00", "EUR", "could be read in two ways"),
        ("9" * 400, "AUD", "The amount is too large"),
    ],
)
def test_an_amount_that_cannot_be_is_said_and_stays_typed(phone, expense, amount, currency, said):
    answer = phone.send("/portal/expenses/new", expense(amount=amount, currency=currency))

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{amount}"' in answer.text


def test_a_claim_on_what_was_released_meanwhile_goes_nowhere_else(
    phone, expense, engaged, owner_session
):
    owner_session.get_one(Engagement, engaged.id).status = EngagementStatus.released
    owner_session.commit()

    answer = phone.send("/portal/expenses/new", expense(engagement=str(engaged.public_id)))

    assert answer.status_code == 422
    assert "Nothing is claimed on that any more. Choose again." in answer.text


def test_two_lines_are_not_each_others_duplicate(phone, expense, sent, staff, as_staff):
    phone.send("/portal/expenses/new", expense(keep_both="yes"))
    browser = staff("Finance")
    as_staff(browser.user_id)
    by = By(browser.user_id, "Callum Reid")
    first, second = house.session.scalars(select(ExpenseLine).order_by(ExpenseLine.id)).all()
    with house.transaction() as db:
        deciding.mark_duplicate(db, second, by, of=first)

    with pytest.raises(Refused, match="was not claimed in the end"):
        deciding.mark_duplicate(house.session(), first, by, of=second)


@pytest.mark.parametrize("rate", ["1,665", "1e3", "0", "-1", "1_0", "９"])
def test_a_rate_that_cannot_be_is_said(phone, expense, staff, owner_session, rate):
    phone.send("/portal/expenses/new", expense(currency="EUR"))
    claim = owner_session.scalars(select(ExpenseClaim)).one()

    answer = staff("Finance").send(
        f"/admin/claims/decide/{claim.id}/1", {"choice": "approve", "rate": rate}
    )

    assert answer.status_code == 422
    assert f"{rate} is not a rate. Write it like 1.6650." in answer.text


def test_yen_are_written_without_decimals_on_the_thread(
    phone, expense, engaged, staff, owner_session
):
    phone.send("/portal/expenses/new", expense(currency="JPY", amount="4200"))
    engagement = owner_session.get_one(Engagement, engaged.id)

    hints = [wait.hint for wait in waits(owner_session, engagement, engagement.starts_on)]

    assert "CL-0001, taxi 4,200 JPY" in hints
    assert "4,200 JPY" in staff("Finance").get(f"/admin/engagements/show/{engaged.id}").text


def test_what_is_due_on_signature_is_due_on_the_day_it_was_where_the_company_is(
    signed, engaged, organisation, owner_session
):
    signed.executed_at = datetime(2026, 11, 23, 20, tzinfo=UTC)
    owner_session.get_one(Organisation, organisation.id).zone = "Australia/Sydney"
    owner_session.commit()

    known = fees.milestones(owner_session, owner_session.get_one(Engagement, engaged.id))

    assert known.signed_on.isoformat() == "2026-11-24"
