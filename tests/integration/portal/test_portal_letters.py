"""What the courier of sign-in letters writes, and to whom nothing is written."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.models.outbox import OutboxMessage
from app.services import sign_in
from tasks.couriers.sign_in import device_letter, letter, text
from tests.integration.portal.conftest import ask, send

EMAIL = "noemie@example.com"


@pytest.fixture
def artist(reader):
    return reader(EMAIL)


@pytest.fixture
def as_app(engine_of):
    with Session(engine_of("portal_app")) as opened:
        yield opened


def newest(owner_session, kind: str) -> OutboxMessage:
    owner_session.rollback()
    return owner_session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id.desc())
    ).first()


class TestLetter:
    def test_has_link_and_code_that_work_and_a_clock_time_with_zone(
        self, client, artist, owner_session, as_app, organisation
    ):
        ask(client, EMAIL, zone="Australia/Adelaide")

        written = letter(as_app, newest(owner_session, "mail.sign_in"))

        link = re.search(r"/portal/in#([A-Za-z0-9_-]{43})\b", written.text)[1]
        code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", written.text)[0]
        assert written.recipient == EMAIL
        assert organisation.name in written.subject
        assert re.search(r"work until \d\d:\d\d, Adelaide \+10:30", written.text)
        assert send(client, "/portal/in", token=link, code=code).status_code == 303

    def test_nobody_there_gets_nothing(self, client, owner_session, as_app):
        ask(client, "nobody@example.com")

        assert letter(as_app, newest(owner_session, "mail.sign_in")) is None

    def test_what_has_run_out_is_not_sent_any_more(self, client, artist, owner_session, as_app):
        ask(client, EMAIL)
        message = newest(owner_session, "mail.sign_in")
        message.payload = {**message.payload, "until": now().isoformat()}

        assert letter(as_app, message) is None

    def test_a_text_says_the_code_and_no_link(self, client, artist, owner_session, as_app):
        ask(client, EMAIL)
        message = newest(owner_session, "mail.sign_in")
        message.payload = {**message.payload, "recipient": "+61400000211"}

        written = text(as_app, message)

        assert written.recipient == "+61400000211"
        assert "is your code for" in written.body
        assert "/portal/in" not in written.body

    def test_a_new_device_is_told_of_once(
        self, client, artist, owner_session, as_app, newest_letter
    ):
        for _ in range(2):
            ask(client, EMAIL)
            send(client, "/portal/in", token=newest_letter().link)

        told = owner_session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "mail.new_device")
        ).all()

        assert [message.payload["address"] for message in told] == [EMAIL]
        assert "signed in for noemie@example.com" in device_letter(as_app, told[0]).text


class TestInvitation:
    @pytest.fixture
    def invited(self, app, artist):
        def make(until: datetime) -> str:
            with app.app_context(), house.transaction() as db:
                link = sign_in.invite(db, address=EMAIL, target="/portal/money", until=until)
            house.forget()
            return link

        return make

    def test_offers_to_send_a_code_and_opens_nothing_by_itself(
        self, client, invited, newest_letter
    ):
        link = invited(now() + timedelta(days=21))

        page = send(client, "/portal/in", token=link)
        assert page.status_code == 200
        assert "Send me a code now" in page.text
        assert client.get("/portal/").status_code == 401

        send(client, "/portal/in/again", token=link)
        answer = send(client, "/portal/in", code=newest_letter().code)
        assert answer.headers["Location"] == "/portal/money"

    def test_one_of_three_weeks_ago_sends_a_new_one_to_the_same_address(
        self, client, invited, owner_session
    ):
        link = invited(datetime(2026, 11, 1, tzinfo=UTC))

        assert send(client, "/portal/in", token=link).status_code == 410
        send(client, "/portal/in/again", token=link)

        assert newest(owner_session, "mail.sign_in").payload["address"] == EMAIL
