"""Texts through Twilio: what is asked of it, what its codes mean, at most once, STOP and START."""

import itertools
import json

import pytest

from app.domain.messages import Channel, DeliveryStatus
from app.domain.outbox import MessageState
from app.integrations import providers
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.sms.port import Text
from app.integrations.sms.twilio import TwilioSms
from app.models import AttentionItem
from tests.integration.carriers.conftest import ADDRESS, FATES
from tests.simulators.gate import SPECS, needs_specs
from tests.simulators.twilio import ACCOUNT

pytestmark = needs_specs

MOBILE = ADDRESS[Channel.sms]
TEXT = Text(MOBILE, "ABCD-EFGH is your code", 7)


def carrier_at(base, token, sender="+61480000000", timeout=1):
    return TwilioSms(
        ACCOUNT, token, sender=sender, base_url=base, callback_base="https://portal.example",
        timeout=timeout,
    )  # fmt: skip


@pytest.fixture
def carrier(twilio):
    return carrier_at(twilio.base, twilio.simulator.token)


class TestAText:
    @pytest.mark.parametrize(
        ("sender", "field"),
        [("+61480000000", "from"), ("MG" + "2" * 32, "messaging_service_sid")],
    )
    def test_tells_where_to_say_what_became_of_it(self, twilio, sender, field):
        carrier = carrier_at(twilio.base, twilio.simulator.token, sender)

        number = carrier.send(TEXT, key="effect-1")

        made = twilio.simulator.text()
        assert (made["sid"], made["to"], made[field]) == (number, MOBILE, sender)
        assert made["callback"] == "https://portal.example/hooks/twilio/status/effect-1"
        place = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
        assert twilio.gate.covered == {("twilio", "POST", place)}

    @pytest.mark.parametrize(("fault", "failure", "texts"), FATES)
    def test_fails_as_what_is_known_of_it_says_and_is_asked_for_once(
        self, carrier, twilio, fault, failure, texts
    ):
        twilio.faults.plan(fault, seconds=7)

        with pytest.raises(failure) as told:
            carrier.send(TEXT, key="effect-1")

        assert twilio.faults.count("POST") == 1
        assert len(twilio.simulator.texts) == texts
        assert getattr(told.value, "retry_after", None) == (7 if fault == "refuse" else None)
        # What a library says of itself is no sentence.
        assert "Remote" not in str(told.value)

    def test_that_takes_too_long_is_unclear(self, carrier, twilio):
        twilio.faults.plan("slow", seconds=1.5)

        with pytest.raises(Unclear):
            carrier.send(TEXT, key="effect-1")

    def test_that_never_reached_anybody_may_go_again(self, free_port):
        with pytest.raises(Retryable, match="cannot be reached"):
            carrier_at(f"http://127.0.0.1:{free_port}", "t").send(TEXT, key="effect-1")

    def test_with_a_token_that_is_not_known_says_which_setting_to_change(self, twilio):
        with pytest.raises(Permanent, match="TWILIO_AUTH_TOKEN") as told:
            carrier_at(twilio.base, "wrong").send(TEXT, key="effect-1")

        assert told.value.code == "20003"


class TestTheCourier:
    def test_hands_it_over_and_notes_what_was_said_without_token_and_words(self, desk, twilio):
        number = desk.promise(Channel.sms, words="secret words")

        promised = desk.carry(number)

        assert promised.state is MessageState.done
        assert promised.external_id == twilio.simulator.text()["sid"]
        assert desk.delivery(number).status is DeliveryStatus.accepted
        (said,) = desk.exchanges(number)
        assert said["status"] == 201
        assert "secret words" not in json.dumps(said)

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_after"])
    def test_never_sends_an_unclear_one_again(self, desk, twilio, fault):
        number = desk.promise(Channel.sms)
        twilio.faults.plan(fault)

        assert desk.carry_unclear(number).state is MessageState.in_doubt
        assert twilio.faults.count("POST") == 1

    @pytest.mark.parametrize(
        ("trouble", "words", "is_open"),
        [("stopped", "answered STOP", False), ("invalid", "no such telephone number", False)],
    )
    def test_says_in_words_why_a_number_gets_no_text_and_sends_no_more(
        self, desk, twilio, trouble, words, is_open
    ):
        getattr(twilio.simulator, trouble).add(MOBILE)
        first, second = desk.promise(Channel.sms), desk.promise(Channel.sms, key="second")

        promised = desk.carry(first)
        desk.carry(second)

        assert promised.state is MessageState.dead
        assert words in desk.delivery(first).error
        assert desk.point(Channel.sms).is_open is is_open
        assert twilio.faults.count("POST") == 1
        assert [item.title for item in desk.all(AttentionItem)] == [
            "Texts to Noémie Lefèvre do not arrive"
        ]

    def test_an_account_that_is_refused_says_nothing_of_the_number(self, desk, twilio):
        number = desk.promise(Channel.sms)
        twilio.simulator.token = "changed"
        desk.carry(number)
        desk.pass_time(60)

        assert desk.carry(number).state is MessageState.dead
        assert desk.point(Channel.sms).is_open


class TestTheDoor:
    def test_proves_the_published_vector(self):
        vector = json.loads((SPECS / "samples" / "twilio-signature-vector.json").read_text())
        headers = {"X-Twilio-Signature": vector["X-Twilio-Signature"]}
        token, url, told = vector["auth_token"], vector["url"], vector["params"]

        assert providers.is_genuine_text_notice(token, url, told, headers)
        assert not providers.is_genuine_text_notice(token, url, {**told, "Digits": "1"}, headers)
        assert not providers.is_genuine_text_notice(token, url + "3", told, headers)
        assert not providers.is_genuine_text_notice("other", url, told, headers)
        assert not providers.is_genuine_text_notice(token, url, told, {})

    def test_refuses_what_is_forged(self, desk, twilio):
        desk.carry(desk.promise(Channel.sms))

        answers = twilio.simulator.tell(forged=True)
        answers += twilio.simulator.write_back(MOBILE, "STOP", forged=True)

        assert answers == [403, 403]
        assert desk.notices() == []

    def test_believes_the_configured_address_and_not_the_request(self, desk, twilio):
        desk.carry(desk.promise(Channel.sms))
        text = twilio.simulator.text()
        elsewhere = text["callback"].replace("http://localhost", "http://other.example")
        told = {"MessageSid": text["sid"], "MessageStatus": "delivered"}
        signed_for_another = twilio.simulator.sign(elsewhere, told)
        twilio.simulator.sign = lambda *_: signed_for_another

        assert twilio.simulator.post(text["callback"], told) == 403

    def test_keeps_each_status_once(self, desk, twilio):
        desk.carry(desk.promise(Channel.sms))

        answers = twilio.simulator.tell(status="sent", twice=True)
        answers += twilio.simulator.tell(status="delivered", twice=True)

        assert answers == [204] * 4
        assert len(desk.notices()) == 2


class TestNews:
    @pytest.mark.parametrize(
        ("status", "code", "became", "words", "is_open"),
        [
            ("sent", "", "accepted", "", True),
            ("delivered", "", "delivered", "", True),
            ("undelivered", "30003", "failed", "switched off", True),
            ("undelivered", "30005", "failed", "not in use", False),
            ("undelivered", "30007", "failed", "held the text back", True),
            ("failed", "30008", "failed", "did not say why", True),
            ("failed", "", "failed", "gives no reason", True),
        ],
    )
    def test_moves_the_delivery_and_says_why_in_words(
        self, desk, twilio, status, code, became, words, is_open
    ):
        number = desk.promise(Channel.sms)
        desk.carry(number)

        twilio.simulator.tell(status=status, code=code)
        desk.read_notices()

        assert desk.delivery(number).status == became
        assert words in desk.delivery(number).error
        assert desk.point(Channel.sms).is_open is is_open

    def test_in_any_order_and_repeated_ends_the_same(self, desk, twilio):
        statuses = ("queued", "sent", "delivered")
        ends = set()
        for turn, order in enumerate(itertools.permutations(statuses)):
            number = desk.promise(Channel.sms, key=f"fact-{turn}")
            desk.carry(number)
            for status in (*order, order[0]):
                twilio.simulator.tell(status=status)
                desk.read_notices()
            delivery = desk.delivery(number)
            ends.add((delivery.status, delivery.error, desk.promised(number).state))

        assert ends == {(DeliveryStatus.delivered, "", MessageState.done)}

    @pytest.mark.parametrize(
        ("status", "code", "state"), [("delivered", "", "done"), ("undelivered", "30003", "dead")]
    )
    def test_settles_a_doubt(self, desk, twilio, status, code, state):
        number = desk.promise(Channel.sms)
        twilio.faults.plan("drop_after")
        assert desk.carry_unclear(number).state is MessageState.in_doubt

        twilio.simulator.tell(status=status, code=code)
        desk.read_notices()

        assert desk.promised(number).state == state
        assert desk.promised(number).external_id == twilio.simulator.text()["sid"]


class TestStopAndStart:
    def test_stop_ends_texts_and_start_lets_them_in_again(self, desk, twilio):
        twilio.simulator.write_back(MOBILE, "STOP", twice=True)
        desk.read_notices()
        stopped = desk.point(Channel.sms)
        waiting = desk.all(AttentionItem)

        twilio.simulator.write_back(MOBILE, "Start ")
        desk.read_notices()

        assert not stopped.is_open
        assert [item.status for item in waiting] == ["open"]
        assert desk.point(Channel.sms).is_open
        assert [item.status for item in desk.all(AttentionItem)] == ["closed"]

    def test_other_words_change_nothing_and_say_so(self, desk, twilio):
        twilio.simulator.write_back(MOBILE, "I am late")
        desk.read_notices()

        assert desk.point(Channel.sms).is_open
        assert "neither" in desk.notices()[0].reason


def test_a_test_proves_the_account_and_sends_nothing(carrier, twilio):
    carrier.try_out()
    twilio.faults.plan("drop_before")

    with pytest.raises(Retryable):
        carrier.try_out()
    with pytest.raises(Permanent, match="TWILIO_AUTH_TOKEN"):
        carrier_at(twilio.base, "wrong").try_out()

    assert twilio.simulator.texts == []
