"""Leaks that are easily opened again: figures, logs, the post room, letters, parts of records."""

import stat

import pytest
import redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import session_cache
from app.db import session as house
from app.domain.codes import check_address
from app.domain.errors import Refused
from app.integrations.email.port import Letter
from app.integrations.email.smtp import SmtpEmail
from app.integrations.errors import Permanent
from app.integrations.postroom import PostRoomEmail
from app.models import ContactPoint, Person
from app.redirects import safe_target
from app.services import letters
from app.session_cache import Buried, SessionCache
from tests.fixtures_sign_in import browser_of


class TestFigures:
    def test_a_strangers_words_are_not_counted_one_by_one(self, client):
        for number in range(3):
            client.open("/nowhere", method=f"MADEUP{number}")

        figures = client.get("/metrics").text
        assert "MADEUP" not in figures
        assert 'portal_requests_total{method="other",place="(none)",status="404"} 3.0' in figures


class TestLogs:
    def test_a_failed_statement_does_not_tell_its_values(self, app):
        with app.app_context(), pytest.raises(DBAPIError) as failure:
            house.session.execute(text("SELECT CAST(:secret AS int)"), {"secret": "hunter2"})

        house.forget()
        assert "[SQL parameters hidden" in str(failure.value)


class TestPostRoom:
    def test_who_was_passed_on_by_a_proxy_is_not_on_this_machine(self, client):
        assert client.get("/postroom/").status_code == 200
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            assert client.get("/postroom/", headers={name: "127.0.0.1"}).status_code == 404

    def test_an_address_made_up_behind_a_trusted_proxy_opens_nothing(self, make_app):
        stranger = make_app(trusted_proxies=1).test_client()

        answer = stranger.get("/postroom/", headers={"X-Forwarded-For": "127.0.0.1"})

        assert answer.status_code == 404

    def test_letters_are_read_by_the_products_account_alone(self, tmp_path):
        room = PostRoomEmail(tmp_path / "var" / "postroom")
        room.send(Letter("a@example.com", "Sign in", "code"), key="1")

        assert stat.S_IMODE(room.folder.stat().st_mode) == 0o700


class TestLetters:
    def test_a_header_with_a_line_break_is_refused_for_good(self):
        carrier = SmtpEmail("smtp://127.0.0.1:1", sender="house@example.com")

        for letter in (
            Letter("a@example.com", "Hello\r\nBcc: all@example.com", "text"),
            Letter("a@example.com\nBcc: all@example.com", "Hello", "text"),
        ):
            with pytest.raises(Permanent):
                carrier.send(letter, key="1")

    def test_words_of_others_hide_no_address(self):
        page = letters._markdown().render(
            "[your bank](https://evil.example) ![x](https://e.example/x)"
        )

        assert "<a " not in page
        assert "<img" not in page


class TestParts:
    @pytest.fixture
    def address(self, owner_session, person):
        made = ContactPoint(
            organisation_id=person.organisation_id, person_id=person.id, kind="email",
            value="mia@example.com", normalised="mia@example.com",
        )  # fmt: skip
        owner_session.add(made)
        owner_session.commit()
        return made

    def test_an_address_is_not_handed_to_somebody_else(self, staff, owner_session, person, address):
        other = Person(organisation_id=person.organisation_id, name="Eve", name_key="eve")
        owner_session.add(other)
        owner_session.commit()
        typed = {"person": str(other.id), "person_words": "Eve", "person_asked": "Eve"}

        page = staff("Contracts").send(
            f"/admin/addresses/edit/{address.id}",
            {**typed, "kind": "email", "value": "mia@example.com"},
        )

        owner_session.refresh(address)
        assert "This address stays with its person." in page.text
        assert address.person_id == person.id

    def test_a_name_has_one_line(self, staff, owner_session):
        staff("Contracts").send(
            "/admin/people/add", {"name": "Mia\r\nBcc: all@example.com", "kind": "individual"}
        )

        names = owner_session.scalars(text("SELECT name FROM person")).all()
        assert names == ["Mia Bcc: all@example.com"]


class TestSignedOutWithoutRedis:
    def test_what_redis_still_holds_is_dead(self, staff, redis_url):
        browser = staff()
        browser.get("/admin/")
        old = browser.get_cookie("__Host-staff").value
        cache = session_cache._open_cache[0]
        awake, cache._redis = cache._redis, redis.Redis.from_url("redis://127.0.0.1:1/0")

        browser.send("/admin/logout/")
        cache._redis, cache._silent_until = awake, 0.0
        again = browser_of(browser.application)
        again.set_cookie("__Host-staff", old, secure=True)

        assert again.get("/admin/").status_code == 302

    def test_other_processes_hear_of_it_when_redis_answers_again(self, database, redis_url):
        here, there = SessionCache(redis_url), SessionCache(redis_url)
        here._silent_until = float("inf")
        here.bury({b"gone"})

        here._silent_until = 0.0
        here.find(b"another")

        with pytest.raises(Buried):
            there.find(b"gone")


class TestAddresses:
    @pytest.mark.parametrize(
        "typed",
        ["a\0@example.com", "a,b@example.com", "a@example.com>", "<a@example.com", "a;b@example.com",
         '"a"@example.com', "a\x07@example.com", "a@exam,ple.com", "a@example.com\nb"],
    )  # fmt: skip
    def test_nothing_that_a_header_takes_for_two(self, typed):
        with pytest.raises(Refused):
            check_address(typed)


class TestGoingOn:
    @pytest.mark.parametrize(
        "wanted",
        ["//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "https://evil.example",
         "/portal\\..\\evil", "/portal/\tx", "/portal/\r\nLocation: x", " /portal/", "portal/", "/admin/"],
    )  # fmt: skip
    def test_only_to_a_page_of_the_same_house(self, wanted):
        assert safe_target(wanted, "/portal/", under="/portal/") == "/portal/"
