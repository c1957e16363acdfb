"""An Administrator invites staff, gives roles and ends employments; nobody sees another company's."""

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.domain.sign_in import StaffStatus
from app.models import Message, Organisation, SecondFactor, StaffProfile

NEW = {
    "first_name": "Callum",
    "last_name": "Reid",
    "email": "Callum@example.com",
    "position": "Finance manager",
    "roles": ["Finance", "Approver"],
}


@pytest.fixture
def profile_of(owner_session):
    def find(browser):
        return owner_session.scalars(
            select(StaffProfile).where(StaffProfile.user_id == browser.user_id)
        ).one()

    return find


class TestInvite:
    def test_a_new_member_of_staff_is_written_to_and_cannot_come_in_yet(self, staff, owner_session):
        page = staff().send("/admin/staff/invite", NEW, follow_redirects=True)
        letter = owner_session.scalars(
            select(Message).where(Message.event == "staff_invitation")
        ).one()
        profile = owner_session.scalars(
            select(StaffProfile).where(StaffProfile.display_name == "Callum Reid")
        ).one()

        assert "Callum Reid is invited." in page.text
        assert letter.recipient == "callum@example.com"
        assert "/admin/password/?address=callum%40example.com" in letter.text
        assert profile.status is StaffStatus.invited

    def test_an_address_that_has_an_account_is_refused_and_nothing_typed_is_lost(self, staff):
        ruth = staff(email="callum@example.com")

        page = ruth.send("/admin/staff/invite", NEW)

        assert "That address has an account already." in page.text
        assert 'value="Callum"' in page.text

    def test_nobody_can_make_a_platform_operator(self, staff, owner_session):
        page = staff().send("/admin/staff/invite", {**NEW, "roles": ["Admin"]})

        assert page.status_code == 200
        assert owner_session.scalars(select(User).where(User.first_name == "Callum")).all() == []

    def test_only_an_administrator_invites(self, staff):
        assert staff("Finance").get("/admin/staff/invite").status_code == 403


class TestTelephone:
    def test_an_administrator_says_where_somebody_gets_texts(
        self, staff, profile_of, owner_session
    ):
        ruth, callum = staff(), staff("Finance")
        place = f"/admin/staff/phone/{profile_of(callum).id}"

        wrong = ruth.send(place, {"phone": "ask at the door"})
        right = ruth.send(place, {"phone": "+61 412 345 678"}, follow_redirects=True)
        owner_session.rollback()
        known = profile_of(callum).phone
        ruth.send(place, {"phone": ""})
        owner_session.rollback()

        assert "is not a telephone number" in wrong.text
        assert 'value="ask at the door"' in wrong.text
        assert "The number is written down." in right.text
        assert known == "+61412345678"
        assert profile_of(callum).phone == ""

    def test_nobody_else_does(self, staff, profile_of):
        callum = staff("Finance")

        answer = callum.send(f"/admin/staff/phone/{profile_of(callum).id}", {"phone": "+61412345678"})  # fmt: skip

        assert answer.status_code == 403


class TestRoles:
    def test_other_roles_sign_somebody_out(self, staff, profile_of):
        ruth, callum = staff(), staff("Finance")

        answer = ruth.send(f"/admin/staff/roles/{profile_of(callum).id}", {"roles": ["Schedule"]})

        assert answer.status_code == 303
        assert callum.get("/admin/").status_code == 302

    def test_an_administrator_cannot_lock_themselves_out(self, staff, profile_of):
        ruth = staff()

        page = ruth.send(f"/admin/staff/roles/{profile_of(ruth).id}", {"roles": ["Schedule"]})

        assert "You cannot take Administrator from yourself." in page.text
        assert ruth.get("/admin/").status_code == 200


class TestEnding:
    def test_an_ended_employment_signs_out_and_stays_out(self, staff, profile_of):
        ruth, callum = staff(), staff("Finance")

        ruth.send(f"/admin/staff/action/end_employment/{profile_of(callum).id}")

        assert callum.get("/admin/").status_code == 302

    def test_a_lost_phone_is_answered_by_a_reset(self, staff, profile_of, owner_session):
        ruth, callum = staff(), staff("Finance")
        profile = profile_of(callum)
        owner_session.add(
            SecondFactor(
                user_id=callum.user_id,
                organisation_id=profile.organisation_id,
                totp_secret="v1|x|y|z",
                recovery_hashes=[],
            )
        )
        owner_session.commit()

        ruth.send(f"/admin/staff/action/reset_second_factor/{profile.id}")

        owner_session.expire_all()
        assert owner_session.scalars(select(SecondFactor)).all() == []
        assert callum.get("/admin/").status_code == 302


class TestWalls:
    def test_another_companys_staff_do_not_exist(self, staff, profile_of, owner_session):
        other = Organisation(name="Other", slug="other", zone="Europe/London")
        owner_session.add(other)
        owner_session.commit()
        ruth, stranger = staff(), staff("Administrator", organisation_id=other.id)
        stranger_id = profile_of(stranger).id

        assert ruth.get(f"/admin/staff/show/{profile_of(ruth).id}").status_code == 200
        assert ruth.get(f"/admin/staff/show/{stranger_id}").status_code == 404
        assert ruth.get("/admin/platform/accounts/list/").status_code == 403
