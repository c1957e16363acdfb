"""Staff come in by password and authenticator; what FAB gets wrong is measured in reliability.md C4."""

import re
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from admin import passwords
from app.models import AuditEntry, SecondFactor, StaffProfile, WebSession
from app.services import second_factor
from tests.fixtures_sign_in import browser_of, user_of

PASSWORD = "a short sentence is good"


@pytest.fixture
def ruth(seeded, owner_session, organisation):
    """Add a member of staff who has a password and no second factor yet."""
    user = user_of(
        owner_session,
        "Administrator",
        email="ruth@example.com",
        password=generate_password_hash(PASSWORD, method="scrypt:1024:8:1"),
    )
    owner_session.add(
        StaffProfile(organisation_id=organisation.id, user_id=user.id, display_name="Ruth")
    )
    owner_session.commit()
    return user


@pytest.fixture
def browser(seeded):
    return browser_of(seeded)


def token_in(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)


def type_in(browser, path, **fields):
    """Load a page and send its form, as a person would."""
    fields["csrf_token"] = token_in(browser.get(path))
    return browser.post(path, data=fields)


def sign_in(browser, username="ruth@example.com", password=PASSWORD, path="/admin/login/"):
    return type_in(browser, path, username=username, password=password)


def secret_on(page):
    return re.search(r"instead: <code>([A-Z2-7]+)</code>", page.text).group(1)


@pytest.fixture
def authenticator(browser, ruth):
    """Set up Ruth's second factor and return her authenticator; she is signed in afterwards."""
    sign_in(browser)
    page = browser.get("/admin/login/authenticator/")
    made = pyotp.TOTP(secret_on(page))
    browser.codes = type_in(browser, "/admin/login/authenticator/", code=made.now())
    return made


class TestFirstFactor:
    def test_a_password_alone_opens_no_session(self, browser, ruth, owner_session):
        answer = sign_in(browser)

        assert answer.location == "/admin/login/authenticator/"
        assert browser.get_cookie("__Host-staff") is None
        assert browser.get("/admin/").status_code == 302
        assert owner_session.scalars(select(WebSession)).all() == []

    @pytest.mark.parametrize(
        ("username", "password"),
        [("ruth@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("nobody", "wrong")],
    )
    def test_wrong_and_unknown_are_told_the_same(self, browser, ruth, username, password):
        page = sign_in(browser, username, password)

        assert page.status_code == 200
        assert "Name and password do not match, or the account is closed." in page.text

    def test_known_and_unknown_names_cost_the_same_work(self, seeded, ruth, monkeypatch):
        checked = []

        def check(stored, _password):
            checked.append(stored.split("$")[0])
            return False

        monkeypatch.setattr(passwords, "check_password_hash", check)
        ruth_fails = browser_of(seeded)
        sign_in(ruth_fails, "ruth@example.com", "wrong")
        sign_in(ruth_fails, "nobody@example.com", "wrong")

        assert checked == ["scrypt:1024:8:1", "scrypt:32768:8:1"]
        assert passwords.made("another good sentence").split("$")[0] == "scrypt:32768:8:1"

    def test_too_many_tries_have_to_wait_and_are_told_how_long(self, browser, ruth):
        answers = [sign_in(browser, password="wrong").status_code for _ in range(4)]
        last = browser.post(
            "/admin/login/",
            data={
                "username": "ruth@example.com",
                "password": PASSWORD,
                "csrf_token": token_in(browser.get("/admin/login/")),
            },
        )

        assert answers == [200] * 4
        assert last.status_code == 429
        assert 1 <= int(last.headers["Retry-After"]) <= 60
        assert re.search(r"Wait \d+ seconds and try again", last.text)

    def test_a_former_member_of_staff_is_not_let_in(self, browser, ruth, owner_session):
        profile = owner_session.scalars(select(StaffProfile)).one()
        profile.status = "ended"
        owner_session.commit()

        assert "the account is closed" in sign_in(browser).text

    def test_the_form_needs_its_token(self, browser, ruth):
        answer = browser.post(
            "/admin/login/", data={"username": "ruth@example.com", "password": PASSWORD}
        )

        assert answer.status_code == 400
        assert "This page has been open too long" in answer.text

    @pytest.mark.parametrize(
        "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/portal/"]
    )
    def test_nobody_is_sent_on_to_another_house(self, settled, ruth, wanted):
        browser = browser_of(settled(second_factor_required=False))

        answer = sign_in(browser, path=f"/admin/login/?next={wanted}")

        assert answer.location == "/admin/"

    def test_somebody_is_sent_on_to_the_page_they_wanted(self, settled, ruth):
        browser = browser_of(settled(second_factor_required=False))
        path = browser.get("/admin/seat/").location

        answer = sign_in(browser, path=path)

        assert parse_qs(urlsplit(path).query) == {"next": ["/admin/seat/"]}
        assert answer.location == "/admin/seat/"
        assert browser.get("/admin/seat/").status_code == 200


class TestSecondFactor:
    def test_setting_up_shows_recovery_codes_once_and_signs_in(self, browser, authenticator):
        codes = re.findall(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", browser.codes.text)

        assert len(set(codes)) == 10
        assert browser.get("/admin/").status_code == 200

    def test_a_code_works_once(self, seeded, authenticator):
        other = browser_of(seeded)
        sign_in(other)

        again = type_in(other, "/admin/login/second/", code=authenticator.now())

        assert second_factor.WRONG in again.text
        assert other.get("/admin/").status_code == 302

    def test_the_next_code_works(self, seeded, authenticator, owner_session):
        factor = owner_session.scalars(select(SecondFactor)).one()
        factor.last_step -= 5
        owner_session.commit()
        other = browser_of(seeded)
        sign_in(other)

        answer = type_in(other, "/admin/login/second/", code=authenticator.now())

        assert answer.location == "/admin/"
        assert other.get("/admin/").status_code == 200

    def test_a_recovery_code_works_once(self, seeded, browser, authenticator):
        code = re.search(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>", browser.codes.text).group(1)
        first, second = browser_of(seeded), browser_of(seeded)
        sign_in(first)
        sign_in(second)

        assert type_in(first, "/admin/login/second/", code=code.lower()).location == "/admin/"
        assert second_factor.WRONG in type_in(second, "/admin/login/second/", code=code).text

    def test_the_table_holds_no_readable_secret(self, authenticator, owner_session):
        factor = owner_session.scalars(select(SecondFactor)).one()

        assert factor.totp_secret.startswith("v1|")
        assert authenticator.secret not in factor.totp_secret

    def test_the_audit_log_holds_no_secret_either(self, authenticator, owner_session):
        entries = owner_session.scalars(select(AuditEntry)).all()

        told = [entry for entry in entries if entry.entity == "second_factor"]
        assert told != []
        assert {entry.after["totp_secret"] for entry in told if "totp_secret" in entry.after} == {
            "•••"
        }

    def test_the_second_page_is_closed_to_who_has_shown_no_password(self, browser, seeded):
        assert browser.get("/admin/login/second/").location == "/admin/login/"
        assert browser.get("/admin/login/authenticator/").location == "/admin/login/"

    def test_a_trial_can_do_without(self, settled, ruth):
        browser = browser_of(settled(second_factor_required=False))

        assert sign_in(browser).location == "/admin/"
        assert browser.get("/admin/").status_code == 200


class TestPassword:
    def test_an_old_cookie_is_dead_after_a_change_of_password(self, settled, ruth):
        app = settled(second_factor_required=False)
        here, there = browser_of(app), browser_of(app)
        sign_in(here)
        sign_in(there)
        before = here.get_cookie("__Host-staff").value

        answer = here.send(
            "/admin/seat/password",
            {"old": PASSWORD, "new": "a longer sentence now", "again": "a longer sentence now"},
        )

        assert answer.location == "/admin/seat/"
        assert here.get("/admin/").status_code == 200
        assert here.get_cookie("__Host-staff").value != before
        assert there.get("/admin/").status_code == 302
        here.set_cookie("__Host-staff", before, secure=True)
        assert here.get("/admin/").status_code == 302

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"old": "wrong"}, "That is not your password now."),
            ({"again": "something else here"}, "The two do not match."),
            ({"new": "short", "again": "short"}, "Use 12 to 128 characters."),
            ({"new": "ruth@example.com!", "again": "ruth@example.com!"}, "That is easy to guess."),
        ],
    )
    def test_a_bad_change_is_refused_in_words(self, settled, ruth, fields, reason):
        browser = browser_of(settled(second_factor_required=False))
        sign_in(browser)
        good = {"old": PASSWORD, "new": "a longer sentence now", "again": "a longer sentence now"}

        page = browser.send("/admin/seat/password", {**good, **fields})

        assert page.status_code == 200
        assert reason in page.text


class TestRoles:
    def test_a_change_of_role_ends_the_sessions(self, staff, seeded):
        browser = staff("Finance")
        manager = seeded.extensions["appbuilder"].sm

        with seeded.test_request_context("/health/live"):
            user = manager.get_user_by_id(browser.user_id)
            user.roles = [manager.find_role("Contracts")]
            manager.session.commit()

        assert browser.get("/admin/").status_code == 302

    def test_seeding_twice_changes_nothing(self, seeded, owner_session):
        query = "select count(*) from ab_permission_view_role"
        before = owner_session.connection().exec_driver_sql(query).scalar()

        seeded.test_cli_runner().invoke(args=["seed"])

        assert before > 0
        assert owner_session.connection().exec_driver_sql(query).scalar() == before
