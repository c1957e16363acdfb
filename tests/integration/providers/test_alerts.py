"""Alerts on the real database: told once, passed on, acknowledged, over once; posted where it is allowed."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import text

from app.db.clock import now
from app.domain.alerts import AlertStatus, Breaker
from app.domain.connections import ConnectionStatus
from app.domain.errors import Refused
from app.domain.providers import PORTS
from app.integrations import alert_channel
from app.integrations.errors import Permanent, Retryable
from app.models import (
    Alert,
    AlertSetting,
    Message,
    Organisation,
    OutboxMessage,
    ProviderConnection,
)
from app.services.alerts import telling, watching
from app.webhooks import refuse


@pytest.fixture
def choices(config):
    return {port.name: getattr(config, port.name) for port in PORTS}


@pytest.fixture
def look(as_staff, choices, organisation, owner_session):
    """Look at the clock at a time, as the timetable does each minute; letters leave at once."""

    def at(moment, away=watching.NOBODY):
        with as_staff() as db:
            company = db.get_one(Organisation, organisation.id)
            moved = watching.watch(db, choices, company=company, at=moment, away=away)
        owner_session.execute(text("UPDATE outbox_message SET state = 'done' WHERE dedup_key LIKE 'message-%'"))  # fmt: skip
        owner_session.commit()
        return moved

    return at


@pytest.fixture
def told(owner_session):
    def read():
        owner_session.rollback()
        asked = owner_session.query(Message).order_by(Message.id)
        return [(message.event, message.recipient) for message in asked]

    return read


@pytest.fixture
def people(staff, as_staff, organisation, owner_session):
    """Settle that two are told, one after the other; return their addresses."""
    first, second = staff("Administrator"), staff("Contracts")
    with as_staff() as db:
        telling.settle(
            db, organisation_id=organisation.id, people=[first.user_id, second.user_id],
            with_texts=False, channel=None, hosts=(),
        )  # fmt: skip
    find = text("SELECT email FROM ab_user WHERE id = :id")
    return [owner_session.scalar(find, {"id": each.user_id}) for each in (first, second)]


class TestAnOldQueue:
    def test_is_told_once_then_to_the_next_and_that_it_is_over_once(
        self, look, told, people, promised, owner_session
    ):
        at = now()
        made = promised(not_before=at - timedelta(minutes=16))
        first, second = people

        for minute in range(29):
            look(at + timedelta(minutes=minute))
        early = told()
        for minute in range(30, 100):
            look(at + timedelta(minutes=minute))
        passed_on = told()
        owner_session.get_one(OutboxMessage, made).state = "done"
        owner_session.query(OutboxMessage).update({OutboxMessage.state: "done"})
        owner_session.commit()
        for minute in range(100, 120):
            look(at + timedelta(minutes=minute))

        assert early == [("alert", first)]
        assert passed_on == [("alert", first), ("alert", second)]
        assert told()[2:] == [("alert_over", first), ("alert_over", second)]
        assert owner_session.query(Alert).one().status is AlertStatus.over

    def test_is_not_passed_on_once_somebody_sees_to_it(
        self, look, told, people, promised, staff, owner_session
    ):
        at = now()
        promised(not_before=at - timedelta(minutes=20))
        look(at)
        browser = staff("Administrator")
        alert = owner_session.query(Alert).one()

        page = browser.get("/admin/alerts/").text
        browser.send(f"/admin/alerts/{alert.public_id}/acknowledge")
        twice = browser.send(f"/admin/alerts/{alert.public_id}/acknowledge", follow_redirects=True)
        for minute in range(90):
            look(at + timedelta(minutes=minute))

        assert "I see to it" in page
        assert "Somebody sees to it already" in twice.text
        assert [event for event, _ in told()] == ["alert"]

    def test_what_flickers_is_one_trouble(self, look, told, people, promised, owner_session):
        at = now()
        promised(not_before=at - timedelta(minutes=20))
        look(at)
        for minute in range(1, 20):
            state = "done" if minute % 4 else "ready"
            owner_session.execute(text("UPDATE outbox_message SET state = :state WHERE kind = 'mail.send' AND dedup_key = 'fact-1'"), {"state": state})  # fmt: skip
            owner_session.execute(
                text("DELETE FROM outbox_message WHERE dedup_key LIKE 'message-%'")
            )
            owner_session.commit()
            look(at + timedelta(minutes=minute))

        assert len(told()) == 1

    def test_a_pause_is_no_trouble(self, look, told, people, promised, staff):
        promised(not_before=now() - timedelta(hours=2))
        staff("Administrator").send("/admin/integrations/email/turn/pause", {"reason": "x"})
        staff("Administrator").send("/admin/integrations/sms/turn/pause", {"reason": "x"})

        look(now())

        assert told() == []


class TestOtherTroubles:
    def test_a_breaker_that_opens_leave_that_ends_and_forged_notices(
        self, look, told, people, app, owner_session, organisation
    ):
        owner_session.add(
            ProviderConnection(
                organisation_id=organisation.id, provider="ledger", settings={},
                status=ConnectionStatus.expired,
            )
        )  # fmt: skip
        owner_session.commit()
        with app.test_request_context():
            for _ in range(12):
                refuse("postroom")

        look(now(), away={"folder": Breaker.open})

        titles = {alert.kind.value: alert.title for alert in owner_session.query(Alert)}
        assert titles == {
            "breaker_open": "Archive folder does not answer",
            "access_ends": "Built-in ledger: the leave to act for you has ended",
            "forged_notices": "Post room: 12 notices with a wrong signature within an hour",
        }

    def test_leave_that_renews_itself_is_no_trouble_and_one_that_does_not_is(
        self, look, told, people, owner_session, organisation
    ):
        leave = ProviderConnection(
            organisation_id=organisation.id, provider="ledger", settings={},
            access_until=now() + timedelta(minutes=20),
        )  # fmt: skip
        owner_session.add(leave)
        owner_session.commit()

        look(now())
        renewed = told()
        owner_session.execute(text("UPDATE provider_connection SET renewed_at = now() - interval '2 days'"))  # fmt: skip
        owner_session.commit()
        look(now())

        assert renewed == []
        assert [event for event, _ in told()] == ["alert"]
        assert "before it ends" in owner_session.query(Alert).one().detail

    def test_a_breaker_that_closed_before_anybody_looked_is_told_of_once(
        self, look, told, people, owner_session
    ):
        at = now()
        for minute in range(3):
            look(at + timedelta(minutes=minute), away={"folder": Breaker.closed_again})
        for minute in range(3, 12):
            look(at + timedelta(minutes=minute))

        assert [event for event, _ in told()] == ["alert", "alert_over"]
        alert = owner_session.query(Alert).one()
        assert alert.title == "Archive folder did not answer for a while"
        assert "It answers again" in alert.detail


class TestWhoIsTold:
    def test_the_administrators_where_nobody_is_settled(self, look, told, staff, promised):
        staff("Contracts")
        staff("Administrator", email="chief@example.com")
        promised(not_before=now() - timedelta(hours=1))

        look(now())

        assert told() == [("alert", "chief@example.com")]

    def test_is_settled_on_the_desk_in_an_order_and_by_text(
        self, look, told, staff, promised, owner_session
    ):
        browser, other = staff("Administrator"), staff("Finance")
        owner_session.execute(text("UPDATE staff_profile SET phone = '+61 400 000 000'"))
        owner_session.commit()

        browser.send("/admin/alerts/settle", {"person-0": str(other.user_id), "with_texts": "1"})
        promised(not_before=now() - timedelta(hours=1))
        look(now())

        assert [event for event, _ in told()] == ["alert", "alert_text"]
        assert told()[1][1] == "+61400000000"

    def test_what_is_no_number_gets_no_text(self, look, told, staff, promised, owner_session):
        browser = staff("Administrator")
        owner_session.execute(text("UPDATE staff_profile SET phone = 'extension twelve'"))
        owner_session.commit()

        browser.send("/admin/alerts/settle", {"with_texts": "1"})
        promised(not_before=now() - timedelta(hours=1))
        look(now())

        assert [event for event, _ in told()] == ["alert"]

    def test_a_stranger_cannot_be_chosen_and_other_hosts_are_refused(self, staff, owner_session):
        browser = staff("Administrator")

        stranger = browser.send("/admin/alerts/settle", {"person-0": "99999"})
        elsewhere = browser.send("/admin/alerts/settle", {"channel": "https://evil.example/x"})

        assert "people who work here" in stranger.text
        assert (elsewhere.status_code, "hooks.slack.com" in elsewhere.text) == (422, True)
        assert "evil.example" in elsewhere.text
        assert owner_session.query(AlertSetting).count() == 0

    @pytest.mark.parametrize("role", ["Contracts", "Finance", "Schedule", "Approver", "Manager"])
    def test_others_do_not_see_it(self, staff, role):
        assert staff(role).get("/admin/alerts/").status_code == 403

    def test_an_auditor_only_looks(self, staff):
        browser = staff("Auditor")

        assert browser.get("/admin/alerts/").status_code == 200
        assert browser.send("/admin/alerts/settle", {}).status_code == 403


@pytest.fixture
def channel():
    """Return a channel on this machine: its address, what was posted, and what it answers."""

    class Heard(BaseHTTPRequestHandler):
        posted: list = []
        answers: list = []

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.posted.append(json.loads(body)["text"])
            self.send_response(self.answers.pop(0) if self.answers else 200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Heard)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/T/secret", Heard
    server.shutdown()
    thread.join()
    server.server_close()


class TestTheChannel:
    def test_hears_of_it_once_and_that_it_is_over(self, channel, as_staff, organisation, promised, look, work, crew, owner_session):  # fmt: skip
        url, heard = channel
        own = url.split("/")[2]
        object.__setattr__(crew.config, "alert_hosts", (own,))
        with as_staff() as db:
            telling.settle(db, organisation_id=organisation.id, people=[], with_texts=False, channel=url, hosts=(own,))  # fmt: skip
        made = promised("report.make", not_before=now() - timedelta(hours=1), payload={})
        for minute in range(3):
            look(now() + timedelta(minutes=minute))
        work("alert")
        owner_session.get_one(OutboxMessage, made).state = "done"
        owner_session.commit()
        for minute in range(4, 14):
            look(now() + timedelta(minutes=minute))
        work("alert")

        assert len(heard.posted) == 2
        assert "has waited" in heard.posted[0]
        assert heard.posted[1].startswith("Over: ")
        kept = owner_session.scalar(
            text("SELECT string_agg(exchanges::text, '') FROM outbox_attempt")
        )
        assert "secret" not in kept
        assert "secret" not in owner_session.scalar(text("SELECT string_agg(payload::text, '') FROM outbox_message"))  # fmt: skip
        assert "secret" not in owner_session.query(AlertSetting).one().channel

    @pytest.mark.parametrize(("status", "failure"), [(503, Retryable), (429, Retryable), (404, Permanent), (302, Permanent)])  # fmt: skip
    def test_that_refuses_is_tried_again_or_not_and_nobody_is_followed(
        self, channel, status, failure
    ):
        url, heard = channel
        heard.answers = [status]

        with pytest.raises(failure):
            alert_channel.post(url, "x", (url.split("/")[2],))

    def test_that_is_away_is_tried_again(self, free_port):
        own = f"127.0.0.1:{free_port}"

        with pytest.raises(Retryable, match="could not be reached"):
            alert_channel.post(f"http://{own}/", "x", (own,))

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_a_private_address_is_refused_even_behind_an_allowed_name(self, host):
        with pytest.raises(Permanent, match="private network"):
            alert_channel.post(f"https://{host}/x", "x", (host,))

    def test_another_host_is_refused_before_anything_is_looked_up(self):
        with pytest.raises(Permanent, match="these addresses alone"):
            alert_channel.post("https://169.254.169.254/latest", "x", ("hooks.slack.com",))

    def test_is_forgotten_when_asked(self, as_staff, organisation, staff, owner_session):
        with as_staff() as db:
            telling.settle(db, organisation_id=organisation.id, people=[], with_texts=False, channel="https://hooks.slack.com/x", hosts=("hooks.slack.com",))  # fmt: skip
        browser = staff("Administrator")

        browser.send("/admin/alerts/settle", {})
        kept = owner_session.query(AlertSetting).one().channel
        browser.send("/admin/alerts/settle", {"forget": "1"})
        owner_session.rollback()
        owner_session.expire_all()

        assert kept
        assert owner_session.query(AlertSetting).one().channel is None


def test_too_many_people_are_refused(as_staff, organisation):
    with as_staff() as db, pytest.raises(Refused, match="4 people"):
        telling.settle(db, organisation_id=organisation.id, people=range(1, 6), with_texts=False, channel=None, hosts=())  # fmt: skip
