"""Staff set a password with a code from the mail: invited, or having forgotten theirs."""

import re
from uuid import UUID

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from werkzeug.security import check_password_hash

from app.domain.sign_in import StaffEvent, StaffStatus, TokenPurpose
from app.models import LoginToken, OutboxMessage, StaffProfile, WebSession
from app.services import sign_in
from tasks.couriers.sign_in import letter
from tests.fixtures_sign_in import browser_of

ADDRESS = "callum@example.com"
GOOD = "a quiet stage at noon"


@pytest.fixture
def stranger(seeded):
    return browser_of(seeded)


@pytest.fixture
def callum(staff):
    return staff("Finance", email=ADDRESS)


@pytest.fixture
def asked(stranger, owner_session):
    """Ask for a code in a stranger's browser, and return the code of the letter."""

    def ask(address=ADDRESS):
        answer = stranger.send("/admin/password/", {"address": address})
        assert answer.status_code == 202
        owner_session.expire_all()
        return owner_session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.kind == sign_in.MAIL)
            .order_by(OutboxMessage.id.desc())
        ).first()

    return ask


def code_of(message):
    return sign_in.pair_of(_letter_key(message)).code


def _letter_key(message):
    return UUID(message.payload["letter"])


def choose(browser, code, new=GOOD, again=None):
    return browser.send(
        "/admin/password/new/",
        {"address": ADDRESS, "code": code, "new": new, "again": new if again is None else again},
    )


class TestSetting:
    def test_the_code_of_the_letter_sets_the_password_and_ends_every_session(
        self, callum, stranger, asked, owner_session
    ):
        answer = choose(stranger, code_of(asked()))

        owner_session.expire_all()
        user = owner_session.get_one(User, callum.user_id)
        assert answer.status_code == 303
        assert answer.location == "/admin/login/"
        assert check_password_hash(user.password, GOOD)
        assert callum.get("/admin/").status_code == 302

    def test_whoever_was_invited_works_here_from_then_on(
        self, callum, stranger, asked, owner_session
    ):
        profile = owner_session.scalars(
            select(StaffProfile).where(StaffProfile.user_id == callum.user_id)
        ).one()
        profile.advance(StaffEvent.end)
        profile.advance(StaffEvent.invite_again)
        owner_session.commit()

        choose(stranger, code_of(asked()))

        owner_session.expire_all()
        assert profile.status is StaffStatus.active

    def test_a_wrong_code_changes_nothing_and_counts(self, callum, stranger, asked, owner_session):
        asked()

        page = choose(stranger, "2222-2222")

        owner_session.expire_all()
        assert page.status_code == 422
        assert "That is not the code in our newest e-mail." in page.text
        assert owner_session.get_one(User, callum.user_id).password == "unset"
        assert owner_session.scalars(select(LoginToken.tries)).one() == 1

    def test_another_browser_cannot_use_the_code(self, callum, seeded, asked, owner_session):
        message = asked()

        page = choose(browser_of(seeded), code_of(message))

        owner_session.expire_all()
        assert page.status_code == 422
        assert owner_session.get_one(User, callum.user_id).password == "unset"

    def test_a_code_sets_a_password_once(self, callum, stranger, asked):
        code = code_of(asked())
        choose(stranger, code)

        page = choose(stranger, code, "another quiet stage")

        assert "That code was used already." in page.text

    def test_an_easy_password_is_refused_and_the_code_is_not_used_up(self, callum, stranger, asked):
        code = code_of(asked())

        page = choose(stranger, code, "short")
        again = choose(stranger, code)

        assert "Use 12 to 128 characters." in page.text
        assert again.status_code == 303

    def test_two_that_differ_are_refused_beside_the_field(self, callum, stranger, asked):
        page = choose(stranger, code_of(asked()), GOOD, "a loud stage at noon")

        assert "The two do not match." in page.text

    def test_a_code_for_the_desk_opens_no_portal(self, callum, stranger, asked, owner_session):
        code = code_of(asked())
        token = re.search(
            r'csrf_token" value="([^"]+)', stranger.get("/portal/sign-in").text
        ).group(1)

        answer = stranger.post("/portal/in", data={"code": code, "csrf_token": token})

        assert answer.status_code in (410, 422)
        assert (
            owner_session.scalars(select(WebSession).where(WebSession.kind == "artist")).all() == []
        )


class TestAsking:
    def test_known_and_unknown_addresses_are_answered_alike(self, callum, seeded):
        known = browser_of(seeded).send("/admin/password/", {"address": ADDRESS})
        unknown = browser_of(seeded).send("/admin/password/", {"address": "nobody@example.com"})

        def same(page):
            masked = re.sub(
                r'value="[^"]*"|nonce="[^"]*"|address=[^"]*"|\d\d:\d\d|datetime="[^"]*"',
                "",
                page.text,
            )
            return page.status_code, masked

        assert same(known) == same(unknown)

    def test_a_letter_goes_only_to_an_address_with_an_account(
        self, callum, asked, app, owner_session
    ):
        known, unknown = asked(), asked("nobody@example.com")

        with app.app_context():
            written = [letter(owner_session, message) for message in (known, unknown)]

        assert written[0].recipient == ADDRESS
        assert code_of(known)[:4] in written[0].text
        assert written[1] is None

    def test_an_ended_employment_gets_no_letter(self, callum, asked, app, owner_session):
        profile = owner_session.scalars(
            select(StaffProfile).where(StaffProfile.user_id == callum.user_id)
        ).one()
        profile.advance(StaffEvent.end)
        owner_session.commit()
        message = asked()

        with app.app_context():
            assert letter(owner_session, message) is None

    def test_the_fourth_code_within_a_quarter_of_an_hour_has_to_wait(self, callum, stranger):
        answers = [stranger.send("/admin/password/", {"address": ADDRESS}) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [202, 202, 202, 422]
        assert "We have sent several codes there already." in answers[-1].text

    def test_nothing_in_the_database_opens_the_account(self, callum, asked, owner_session):
        message = asked()
        token = owner_session.scalars(select(LoginToken)).one()

        assert token.purpose is TokenPurpose.staff_password
        assert code_of(message) not in str(message.payload)

    def test_what_is_no_address_is_said_beside_the_field(self, stranger):
        page = stranger.send("/admin/password/", {"address": "callum"})

        assert page.status_code == 422
        assert 'aria-invalid="true"' in page.text
