"""SendGrid's event webhook: only genuine and fresh, every event once, and one end whatever the order."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.messages import Channel, DeliveryStatus, Mark
from app.domain.outbox import AttemptOutcome, MessageState, NoticeState
from app.integrations.email import sendgrid_events
from app.models import AttentionItem, OutboxAttempt
from app.models.outbox_decisions import HookRefusal
from tests.simulators.gate import SPECS, needs_specs
from tests.simulators.sendgrid import SendGrid

pytestmark = needs_specs


def sample(name):
    return json.loads((SPECS / "samples" / name).read_text("utf-8"))


KEY = SendGrid().public_key


class TestThePublishedVector:
    def test_is_proved_over_the_raw_bytes_with_their_line_end(self):
        vector = sample("sendgrid-signed-webhook-vector.json")
        names = ("Signature", "Timestamp")
        signature, moment = (
            vector["headers"][f"X-Twilio-Email-Event-Webhook-{name}"] for name in names
        )
        raw, key = vector["raw_body"].encode(), vector["public_key"]
        then = datetime.fromtimestamp(int(moment) + 299, UTC)
        late = datetime.fromtimestamp(int(moment) + 301, UTC)

        assert sendgrid_events.is_signed([key], signature, moment, raw)
        assert sendgrid_events.is_fresh(moment, then)
        assert not sendgrid_events.is_fresh(moment, late)
        assert not sendgrid_events.is_signed([key], signature, moment, raw.strip())
        again = json.dumps(json.loads(raw)).encode()
        assert not sendgrid_events.is_signed([key], signature, moment, again)

    def test_tells_that_a_bounced_address_was_not_tried_again(self):
        (event,) = json.loads(sample("sendgrid-signed-webhook-vector.json")["raw_body"])

        news = sendgrid_events.news_of(event)

        assert (news.status, news.mark) == (DeliveryStatus.failed, Mark.unreachable)
        assert news.external_id == "LRzXl_NHStOGhQ4kofSm_A"

    @pytest.mark.parametrize(
        ("event", "status"),
        [
            ("processed", "accepted"), ("deferred", "deferred"), ("delivered", "delivered"),
            ("bounce", "bounced"), ("dropped", "failed"), ("spamreport", "complained"),
            ("open", None), ("click", None), ("unsubscribe", None), ("group_unsubscribe", None),
            ("group_resubscribe", None),
        ],
    )  # fmt: skip
    def test_every_published_event_is_known(self, event, status):
        known = {one["event"]: one for one in sample("sendgrid-event-webhook.json")}

        news = sendgrid_events.news_of(known[event])

        assert (news and news.status) == status

    @settings(max_examples=50)
    @given(st.binary(max_size=200), st.text(max_size=80), st.text(max_size=20))
    def test_odd_words_prove_nothing_and_break_nothing(self, raw, signature, moment):
        for keys in ([KEY], ["not a key"], []):
            assert not sendgrid_events.is_signed(keys, signature, moment, raw)
        assert sendgrid_events.is_fresh(moment, datetime(2020, 9, 14, tzinfo=UTC)) is False


class TestTheDoor:
    @pytest.mark.parametrize(("how", "why"), [("forged", "forged"), ("late", "stale")])
    def test_refuses_and_counts_what_is_forged_or_stale(self, desk, sendgrid, how, why):
        desk.carry(desk.promise())

        answers = sendgrid.simulator.tell([sendgrid.simulator.event()], **{how: True})

        assert answers == [403]
        assert desk.notices() == []
        assert [(one.provider, one.why) for one in desk.all(HookRefusal)] == [("sendgrid", why)]

    def test_keeps_every_event_of_a_batch_once(self, desk, sendgrid):
        desk.carry(desk.promise())
        news = [sendgrid.simulator.event(name=name) for name in ("processed", "delivered")]

        answers = sendgrid.simulator.tell([*news, news[0]], twice=True)
        answers += sendgrid.simulator.tell(news[:1])

        assert answers == [204, 204, 204]
        assert {kept.event_key for kept in desk.notices()} == {
            event["sg_event_id"] for event in news
        }

    def test_leaves_out_what_says_nothing_of_our_letters(self, desk, sendgrid):
        desk.carry(desk.promise())
        opened = sendgrid.simulator.event(name="open")
        strange = {"event": "delivered", "email": "x@example.com", "sg_event_id": "other"}

        answers = sendgrid.simulator.tell([opened, strange])

        assert answers == [204]
        assert desk.notices() == []

    def test_asks_for_json(self, desk, sendgrid):
        moment = str(int(datetime.now(UTC).timestamp()))
        raw = b"[1]"

        answer = sendgrid.simulator.post(raw, moment, sendgrid.simulator.sign(moment, raw))

        assert answer == 400

    def test_is_shut_where_sendgrid_was_not_chosen(self, client):
        assert client.post("/hooks/sendgrid", data=b"[]").status_code == 404
        assert client.post("/hooks/twilio/inbound", data=b"").status_code == 404

    def test_takes_the_old_key_while_a_new_one_comes(self, desk, sendgrid, app):
        old = sendgrid.simulator.public_key
        vendor = {**app.config["HOUSE"].vendor, "SENDGRID_WEBHOOK_PUBLIC_KEY": f"AAAA, {old}"}
        app.config["HOUSE"] = replace(app.config["HOUSE"], vendor=vendor)
        desk.carry(desk.promise())

        assert sendgrid.simulator.tell([sendgrid.simulator.event()]) == [204]


class TestNews:
    @pytest.mark.parametrize(
        ("name", "status", "is_lost"),
        [
            ("processed", "accepted", False), ("deferred", "deferred", False),
            ("delivered", "delivered", False), ("bounce", "bounced", True),
            ("blocked", "failed", False), ("dropped", "failed", True),
            ("spamreport", "complained", True),
        ],
    )  # fmt: skip
    def test_moves_the_delivery_and_marks_an_address_that_is_lost(
        self, desk, sendgrid, name, status, is_lost
    ):
        number = desk.promise()
        desk.carry(number)

        sendgrid.simulator.tell([sendgrid.simulator.event(name=name)])
        desk.read_notices()

        assert desk.delivery(number).status == status
        assert desk.promised(number).state is MessageState.done
        assert desk.point().is_open is not is_lost
        asked = desk.all(AttentionItem)
        assert [item.title for item in asked] == (
            ["Letters to Noémie Lefèvre do not arrive"] if is_lost else []
        )
        assert all(".)" not in item.advice for item in asked)
        assert [item.href for item in asked] == (
            [f"/admin/people/show/{desk.person.id}"] if is_lost else []
        )

    def test_in_any_order_and_repeated_ends_the_same(self, desk, sendgrid, facts_of):
        names = ("processed", "deferred", "delivered", "bounce", "spamreport")
        ends = []
        for turn, order in enumerate(itertools.islice(itertools.permutations(names), 0, 120, 9)):
            number = desk.promise(key=f"fact-{turn}")
            _open_again(desk)
            desk.carry(number)
            moment = int(datetime.now(UTC).timestamp())
            events = {
                name: sendgrid.simulator.event(name=name, timestamp=moment + names.index(name))
                for name in names
            }
            for name in (*order, order[0], order[-1]):
                again = {**events[name], "sg_event_id": f"{turn}-{name}-{len(desk.notices())}"}
                sendgrid.simulator.tell([again])
                desk.read_notices()
            facts = facts_of(desk, number)
            ends.append(
                (facts.state, facts.status, facts.error, facts.because,
                 (facts.stopped - facts.bounced).total_seconds())
            )  # fmt: skip

        assert len(set(ends)) == 1
        assert ends[0][:3] == (
            MessageState.done, DeliveryStatus.complained, "The reader reported it as spam."
        )  # fmt: skip


class TestAReaderWhoUnsubscribes:
    @pytest.mark.parametrize("name", ["unsubscribe", "group_unsubscribe"])
    def test_gets_no_more_letters_until_she_subscribes_again(self, desk, sendgrid, name):
        first, second, third = (desk.promise(key=f"fact-{turn}") for turn in range(3))
        desk.carry(first)
        moment = int(datetime.now(UTC).timestamp())
        left = sendgrid.simulator.event(name=name, timestamp=moment - 60)
        back = sendgrid.simulator.event(name="group_resubscribe", timestamp=moment - 30)

        sendgrid.simulator.tell([left])
        desk.read_notices()
        stopped = desk.carry(second)
        asked = [item.title for item in desk.all(AttentionItem)]
        is_open = desk.point().is_open
        sendgrid.simulator.tell([back])
        desk.read_notices()
        again = desk.carry(third)

        assert (stopped.state, is_open) == (MessageState.dead, False)
        assert "asked for nothing more (The reader unsubscribed)" in stopped.last_error
        assert asked == ["Letters to Noémie Lefèvre do not arrive"]
        assert desk.delivery(first).status is DeliveryStatus.accepted
        assert again.state is MessageState.done
        assert desk.point().is_open
        assert "is written to again" in desk.notices()[-1].reason


class TestADoubt:
    @pytest.fixture
    def doubtful(self, desk, sendgrid):
        number = desk.promise()
        sendgrid.faults.plan("drop_after")
        assert desk.carry_unclear(number).state is MessageState.in_doubt
        return number

    @pytest.mark.parametrize(
        ("names", "state", "status"),
        [
            (("processed",), "done", "accepted"),
            (("delivered",), "done", "delivered"),
            (("processed", "delivered"), "done", "delivered"),
            (("dropped",), "dead", "failed"),
            (("bounce",), "dead", "bounced"),
            (("processed", "bounce"), "dead", "bounced"),
            (("bounce", "delivered"), "dead", "bounced"),
        ],
    )
    @pytest.mark.parametrize("turned", [False, True])
    def test_is_settled_by_the_webhook_in_any_order(
        self, desk, sendgrid, doubtful, names, state, status, turned
    ):
        events = [sendgrid.simulator.event(name=name) for name in names]

        for event in reversed(events) if turned else events:
            sendgrid.simulator.tell([event], twice=True)
            desk.read_notices()

        assert desk.promised(doubtful).state == state
        assert desk.promised(doubtful).external_id == sendgrid.simulator.letter()["number"]
        assert desk.delivery(doubtful).status == status
        outcomes = {attempt.outcome for attempt in desk.all(OutboxAttempt)}
        assert AttemptOutcome.unknown not in outcomes

    def test_waits_for_the_courier_who_is_still_about_it(self, desk, sendgrid):
        number = desk.promise()
        sendgrid.faults.plan("drop_after")
        desk.carry(number)
        sendgrid.simulator.tell([sendgrid.simulator.event(name="delivered")])

        desk.read_notices()

        (kept,) = desk.notices()
        assert (kept.state, kept.reason) == (NoticeState.new, "A courier is still about it.")
        desk.carry(number)
        desk.read_notices()
        assert desk.promised(number).state is MessageState.done
        assert desk.delivery(number).status is DeliveryStatus.delivered


class TestASignInLetter:
    def test_that_bounces_marks_the_address_in_every_company(self, desk, sendgrid):
        bounced = {
            "event": "bounce", "email": "NOEMIE@example.com", "timestamp": 1_790_000_000,
            "sg_event_id": "e1", "sg_message_id": "m1.x", "reason": "550 no such user",
            "effect_id": str(desk.promise_sign_in()),
        }  # fmt: skip

        assert sendgrid.simulator.tell([bounced]) == [204]
        desk.read_notices()

        assert not desk.point(Channel.email).is_open
        assert desk.notices()[0].state is NoticeState.done


def _open_again(desk):
    point = desk.db.merge(desk.points[Channel.email])
    desk.db.refresh(point)
    point.bounced_at = point.stopped_at = point.reopened_at = None
    point.lost_because = ""
    desk.db.commit()
