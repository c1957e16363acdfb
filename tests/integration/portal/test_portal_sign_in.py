"""An artist comes in by link or code (domain.md 3.7, reliability.md C2); test_scanners.py has who does not."""

import re
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from app.domain import codes
from app.models import Organisation, Person
from app.models.outbox import OutboxMessage
from app.models.sign_in import LoginToken, WebSession
from tests.fixtures_sign_in import address_for, representation_of
from tests.integration.portal.conftest import ask, form_token, send

EMAIL = "noemie@example.com"


@pytest.fixture
def artist(reader):
    return reader(EMAIL)


def sessions_open(owner_session) -> int:
    owner_session.rollback()
    return owner_session.scalar(
        select(func.count()).select_from(WebSession).where(WebSession.ended_at.is_(None))
    )


def without_tokens(text_: str) -> str:
    kept = re.sub(r'(name="csrf_token" value=|nonce=)"[^"]+"', "", text_)
    return re.sub(r"[a-z]+@example\.com|\d\d:\d\d(:\d\d)?", "", kept)


class TestAsking:
    def test_a_stranger_is_asked_to_sign_in(self, client):
        page = client.get("/portal/money")

        assert page.status_code == 401
        assert 'name="next" value="/portal/money"' in page.text

    def test_the_answer_is_the_same_for_known_and_unknown_addresses(self, browser, artist):
        known = ask(browser(), EMAIL)
        unknown = ask(browser(), "nobody@example.com")

        assert (known.status_code, unknown.status_code) == (202, 202)
        assert without_tokens(known.text) == without_tokens(unknown.text)

    def test_the_same_is_written_for_known_and_unknown_addresses(
        self, browser, artist, owner_session
    ):
        for address in (EMAIL, "nobody@example.com"):
            ask(browser(), address)

        assert owner_session.scalar(select(func.count()).select_from(LoginToken)) == 2
        assert owner_session.scalar(select(func.count()).select_from(OutboxMessage)) == 2

    def test_the_end_is_a_clock_time_with_its_zone(self, client, artist):
        page = ask(client, EMAIL, zone="Australia/Adelaide")

        assert re.search(
            r"until <time[^>]+>\d\d:\d\d</time>\s*<span class=\"zone\">Adelaide \+10:30", page.text
        )

    def test_an_invented_zone_is_not_taken(self, client, artist):
        page = ask(client, EMAIL, zone="../../etc/passwd")

        assert "UTC +00:00" in page.text

    def test_what_is_no_address_is_said_beside_the_field_and_kept(self, client):
        page = ask(client, "noemie@")

        assert page.status_code == 422
        assert "This is not an e-mail address yet." in page.text
        assert 'value="noemie@"' in page.text

    def test_the_address_is_found_whatever_its_case(self, client, artist, newest_letter):
        ask(client, "  Noemie@Example.COM ")
        letter = newest_letter()

        assert send(client, "/portal/in", token=letter.link).status_code == 303

    def test_three_letters_in_fifteen_minutes_and_then_a_wait(self, browser, artist):
        answers = [ask(browser(), EMAIL).status_code for _ in range(4)]
        other = ask(browser(), "other@example.com")

        assert answers == [202, 202, 202, 429]
        assert other.status_code == 202

    def test_neither_table_nor_outbox_holds_what_opens_a_door(
        self, client, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)
        letter = newest_letter()

        dump = "".join(
            str(
                owner_session.scalars(
                    text(f"SELECT coalesce(jsonb_agg(t), '[]') FROM {name} t")
                ).one()
            )
            for name in ("login_token", "outbox_message", "audit_entry")
        )

        assert letter.link not in dump
        assert letter.code.replace("-", "") not in dump


class TestComingIn:
    def test_the_browser_that_asked_is_in_with_one_tap(self, client, artist, newest_letter):
        ask(client, EMAIL)

        answer = send(client, "/portal/in", token=newest_letter().link)

        assert answer.headers["Location"] == "/portal/"
        assert "Noémie Lefèvre" in client.get("/portal/").text

    def test_the_browser_that_asked_may_type_the_code_instead(self, client, artist, newest_letter):
        ask(client, EMAIL)

        answer = send(client, "/portal/in", code=f" {newest_letter().code.lower()} ")

        assert answer.status_code == 303

    def test_another_browser_needs_the_code_beside_the_link(
        self, client, browser, artist, newest_letter
    ):
        ask(client, EMAIL)
        letter, laptop = newest_letter(), browser()

        assert send(laptop, "/portal/in", token=letter.link).status_code == 200
        assert send(laptop, "/portal/in", token=letter.link, code=letter.code).status_code == 303
        assert laptop.get("/portal/").status_code == 200

    def test_a_code_alone_is_nothing_in_another_browser(
        self, client, browser, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)

        page = send(browser(), "/portal/in", code=newest_letter().code)

        assert page.status_code == 410
        assert sessions_open(owner_session) == 0

    def test_where_they_wanted_to_go_survives_the_mail(self, client, artist, newest_letter):
        ask(client, EMAIL, next="/portal/contracts/0190-x?tab=terms")

        answer = send(client, "/portal/in", token=newest_letter().link)

        assert answer.headers["Location"] == "/portal/contracts/0190-x?tab=terms"

    @pytest.mark.parametrize(
        "wish",
        [
            "https://evil.example/",
            "//evil.example/portal/",
            "/admin/",
            "/portal/\\evil",
            "/portal/in",
        ],
    )
    def test_nobody_is_sent_out_of_the_portal(self, wish, client, artist, newest_letter):
        ask(client, EMAIL, next=wish)

        answer = send(client, "/portal/in", token=newest_letter().link)

        assert answer.headers["Location"] == "/portal/"

    def test_the_session_is_new_and_the_one_before_has_ended(
        self, client, artist, newest_letter, owner_session
    ):
        for _ in range(2):
            ask(client, EMAIL)
            send(client, "/portal/in", token=newest_letter().link)

        assert sessions_open(owner_session) == 1

    def test_an_address_nobody_has_a_seat_at_is_told_so(self, client, newest_letter):
        ask(client, "new@example.com")
        answer = send(client, "/portal/in", token=newest_letter().link)

        page = client.get(answer.headers["Location"])

        assert "No company has you under this address" in page.text


class TestOnce:
    def test_a_link_signs_in_once(self, client, artist, newest_letter):
        ask(client, EMAIL)
        letter = newest_letter()
        send(client, "/portal/in", token=letter.link)
        send(client, "/portal/sign-out")

        page = send(client, "/portal/in", token=letter.link)

        assert page.status_code == 410
        assert "This was used already" in page.text
        assert "Send me a new one" in page.text

    def test_twenty_at_once_open_one_session(
        self, app, client, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)
        letter = newest_letter()
        token = form_token(client.get("/portal/in"))
        jar = {cookie.key: cookie.value for cookie in client._cookies.values()}
        answers: Counter[int] = Counter()
        start = threading.Barrier(20)

        def press() -> None:
            phone = app.test_client()
            for name, value in jar.items():
                phone.set_cookie(name, value, secure=True)
            start.wait()
            form = {"token": letter.link, "csrf_token": token}
            answers[phone.post("/portal/in", data=form).status_code] += 1

        presses = [threading.Thread(target=press) for _ in range(20)]
        for each in presses:
            each.start()
        for each in presses:
            each.join()

        assert answers == {303: 1, 410: 19}
        assert sessions_open(owner_session) == 1

    @pytest.mark.parametrize(("seconds", "status"), [(599, 303), (601, 410)])
    def test_it_works_for_ten_minutes(
        self, seconds, status, client, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)
        letter = newest_letter()
        owner_session.execute(
            update(LoginToken).values(expires_at=LoginToken.expires_at - timedelta(seconds=seconds))
        )
        owner_session.commit()

        assert send(client, "/portal/in", token=letter.link).status_code == status

    def test_an_expired_link_sends_a_new_one_in_one_tap(
        self, client, browser, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL, next="/portal/money")
        old = newest_letter()
        owner_session.execute(update(LoginToken).values(expires_at=LoginToken.created_at))
        owner_session.commit()
        laptop = browser()
        assert "This has run out" in send(laptop, "/portal/in", token=old.link).text

        page = send(laptop, "/portal/in/again", token=old.link)
        new = newest_letter()
        answer = send(laptop, "/portal/in", token=new.link, code=new.code)

        assert page.status_code == 202
        assert EMAIL not in page.text
        assert answer.headers["Location"] == "/portal/money"

    def test_an_expired_link_of_the_same_browser_is_followed_by_one_that_opens_in_one_tap(
        self, client, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)
        old = newest_letter()
        owner_session.execute(update(LoginToken).values(expires_at=LoginToken.created_at))
        owner_session.commit()

        send(client, "/portal/in/again", token=old.link)

        assert send(client, "/portal/in", token=newest_letter().link).status_code == 303

    def test_five_wrong_codes_end_a_letter(self, client, artist, newest_letter):
        ask(client, EMAIL)
        letter = newest_letter()
        wrong = "22222222" if letter.code != "2222-2222" else "33333333"
        pages = [send(client, "/portal/in", token=letter.link, code=wrong) for _ in range(5)]

        assert [page.status_code for page in pages] == [422] * 5
        assert "You have 4 tries left" in pages[0].text
        assert "You have 1 try left" in pages[3].text
        assert send(client, "/portal/in", token=letter.link, code=letter.code).status_code == 410
        assert send(client, "/portal/in", token=letter.link).status_code == 410

    def test_what_cannot_be_a_code_costs_no_try(self, client, artist, newest_letter):
        ask(client, EMAIL)
        letter = newest_letter()
        for _ in range(6):
            page = send(client, "/portal/in", token=letter.link, code="K7RM")
            assert "A code has 8 letters and numbers; this has 4." in page.text
            assert 'value="K7RM"' in page.text

        assert send(client, "/portal/in", token=letter.link, code=letter.code).status_code == 303

    def test_the_three_newest_letters_stay_valid(self, client, artist, newest_letter):
        links = []
        for _ in range(3):
            ask(client, EMAIL)
            links.append(newest_letter().link)

        assert send(client, "/portal/in", token=links[0]).status_code == 303


class TestSeats:
    def test_two_seats_are_shown_and_one_is_chosen(self, client, artist, reader, newest_letter):
        reader(EMAIL, name="Ana Ruiz")
        ask(client, EMAIL, next="/portal/money")

        answer = send(client, "/portal/in", token=newest_letter().link)
        page = client.get(answer.headers["Location"])
        key = re.findall(r'name="seat" value="([^"]+)"[^>]*><span><b>Ana Ruiz', page.text)[0]
        taken = send(client, "/portal/seats", seat=key, next="/portal/money")

        assert answer.headers["Location"].startswith("/portal/seats?next=")
        assert taken.headers["Location"] == "/portal/money"
        assert "Ana Ruiz" in client.get("/portal/you").text

    def test_a_seat_of_somebody_else_cannot_be_taken(self, client, artist, reader, newest_letter):
        other = reader("other@example.com", name="Ana Ruiz")
        ask(client, EMAIL)
        send(client, "/portal/in", token=newest_letter().link)

        answer = send(client, "/portal/seats", seat=f"{other.organisation_id}-{other.public_id}-0")

        assert answer.status_code == 404

    def test_an_agent_acts_for_the_artist_and_is_named(
        self, client, artist, reader, owner_session, newest_letter
    ):
        agent = reader("agent@example.com", name="Max Wolf", is_agent=True)
        owner_session.add(representation_of(agent, artist))
        owner_session.commit()
        ask(client, "agent@example.com")
        send(client, "/portal/in", token=newest_letter().link)

        assert "Noémie Lefèvre, by Max Wolf" in client.get("/portal/").text

    def test_a_representation_that_ends_ends_the_seat(
        self, client, artist, reader, owner_session, newest_letter
    ):
        agent = reader("agent@example.com", name="Max Wolf", is_agent=True)
        right = representation_of(agent, artist)
        owner_session.add(right)
        owner_session.commit()
        ask(client, "agent@example.com")
        send(client, "/portal/in", token=newest_letter().link)
        right.ends_on = right.starts_on
        owner_session.commit()

        assert client.get("/portal/money").headers["Location"].startswith("/portal/seats")

    def test_one_address_at_two_companies_has_two_seats(
        self, client, artist, owner_session, newest_letter
    ):
        other = Organisation(name="Second Company", slug="second", zone="Europe/Paris")
        owner_session.add(other)
        owner_session.flush()
        person = Person(organisation_id=other.id, name="Noémie Lefèvre", name_key="x")
        owner_session.add(person)
        owner_session.flush()
        owner_session.add(address_for(person, EMAIL))
        owner_session.commit()
        ask(client, EMAIL)
        send(client, "/portal/in", token=newest_letter().link)

        assert "Second Company" in client.get("/portal/seats").text


def test_a_code_is_forty_bits_in_eight_signs_that_do_not_look_alike():
    assert len(codes.ALPHABET) == 32
    assert set("0O1I") & set(codes.ALPHABET) == set()
    assert codes.code_from(b"\x00" * 5) == "22222222"
    assert codes.code_from(b"\xff" * 5) == "ZZZZZZZZ"
