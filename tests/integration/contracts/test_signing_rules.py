"""The company's rules for signing: who countersigns, and the reminders that contracts start with."""

import pytest

from app.models import Organisation

PAGE = "/admin/signing-rules/"
SET = "/admin/signing-rules/set"


@pytest.fixture
def administrator(staff):
    return staff("Administrator")


def test_the_administrator_settles_signatory_and_reminders(
    administrator, organisation, owner_session
):
    form = {"signatory": str(administrator.user_id), "reminder_days": "9, 2; 5"}

    page = administrator.send(SET, form, follow_redirects=True)
    owner_session.expire_all()
    house = owner_session.get_one(Organisation, organisation.id)

    assert "The rules hold for what is sent from now on." in page.text
    assert house.signatory_user_id == administrator.user_id
    assert house.reminder_days == [2, 5, 9]
    assert 'value="2, 5, 9"' in page.text


def test_what_cannot_be_meant_is_said_beside_each_field_and_kept(
    administrator, organisation, owner_session
):
    page = administrator.send(SET, {"signatory": "", "reminder_days": "soon"})
    owner_session.expire_all()

    assert page.status_code == 422
    assert "Choose who signs for the company." in page.text
    assert "Write the days after sending" in page.text
    assert 'value="soon"' in page.text
    assert owner_session.get_one(Organisation, organisation.id).reminder_days == [3, 7, 12]


def test_nobody_of_another_company_is_chosen(administrator, staff, owner_session):
    other = Organisation(name="Other", slug="other-signers", zone="Europe/Paris")
    owner_session.add(other)
    owner_session.commit()
    stranger = staff("Administrator", organisation_id=other.id)

    form = {"signatory": str(stranger.user_id), "reminder_days": ""}
    page = administrator.send(SET, form)

    assert page.status_code == 422
    assert "Choose somebody who works here." in page.text


def test_others_read_them_and_change_nothing(staff, organisation, owner_session):
    contracts = staff("Contracts")

    page = contracts.get(PAGE)
    barred = contracts.send(SET, {"signatory": str(contracts.user_id), "reminder_days": "1"})
    owner_session.expire_all()

    assert "after 3, 7, 12 days" in page.text
    assert "Save the rules" not in page.text
    assert barred.status_code in (302, 403)
    assert owner_session.get_one(Organisation, organisation.id).reminder_days == [3, 7, 12]
