"""A part of a fee that was voided by mistake is owed again by a person: once, and never by itself."""

import pytest
from sqlalchemy import select, text

from app.domain.payables import PayableStatus
from app.domain.people import EngagementStatus
from app.models import Engagement, PayeeProfile
from app.models.payables import Payable
from tests.integration.expenses.test_fees import hour, instalments, signed  # noqa: F401 -- fixtures

pytestmark = pytest.mark.usefixtures("instalments", "signed")


@pytest.fixture
def finance(staff):
    return staff("Finance")


@pytest.fixture
def voided(hour, worker, finance, owner_session):  # noqa: F811
    """The first part of the fee, voided at the desk."""
    hour()
    worker()
    one = owner_session.scalars(select(Payable)).one()
    finance.send("/admin/payables/settle/void", {"rowid": str(one.id), "reason": "Wrong payee"})
    owner_session.rollback()
    owner_session.expire_all()
    return one


def owed(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(Payable).order_by(Payable.id)).all()


def test_it_comes_back_by_a_person_with_a_further_number_and_the_payee_of_today(
    voided,
    hour,  # noqa: F811
    finance,
    engaged,
    owner_session,
):
    payee = PayeeProfile(
        organisation_id=engaged.organisation_id, person_id=engaged.person_id, name="Lefèvre SARL"
    )
    owner_session.add(payee)
    owner_session.flush()
    owner_session.get_one(Engagement, engaged.id).payee_id = payee.id
    owner_session.commit()
    by_itself = hour()
    page = finance.get(f"/admin/payables/show/{voided.id}").text

    finance.send(f"/admin/payables/action/owe_again/{voided.id}")
    finance.send(f"/admin/payables/action/owe_again/{voided.id}")

    first, second = owed(owner_session)
    assert by_itself == 0
    assert "Owe it again" in page
    assert (first.status, second.status) == (PayableStatus.voided, PayableStatus.open)
    assert (second.number, second.amount) == ("FEE-0147-1-2", first.amount)
    assert second.payee_name == "Lefèvre SARL"
    assert "Owe it again" not in finance.get(f"/admin/payables/show/{voided.id}").text


def test_what_was_called_off_is_not_owed_again(voided, finance, engaged, owner_session):
    owner_session.get_one(Engagement, engaged.id).status = EngagementStatus.cancelled
    owner_session.commit()

    answer = finance.send(f"/admin/payables/action/owe_again/{voided.id}", follow_redirects=True)

    assert "The engagement is not confirmed any more" in answer.text
    assert len(owed(owner_session)) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("due_on = current_date + 40", "Owe it again from"),
        ("trigger = 'on_completion', due_on = NULL", "What this part waits for has not come yet."),
        ("amount = 0", "this part of the fee is no more"),
    ],
)
def test_what_is_not_due_by_the_terms_in_force_says_when(
    voided, finance, owner_session, changed, said
):
    owner_session.execute(text(f"UPDATE fee_line SET {changed} WHERE position = 1"))
    owner_session.commit()

    answer = finance.send(f"/admin/payables/action/owe_again/{voided.id}", follow_redirects=True)

    assert said in answer.text
    assert len(owed(owner_session)) == 1


@pytest.mark.parametrize("role", ["Approver", "Manager", "Auditor"])
def test_only_finance_owes_it_again(voided, staff, role, owner_session):
    staff(role).send(f"/admin/payables/action/owe_again/{voided.id}")

    assert len(owed(owner_session)) == 1
