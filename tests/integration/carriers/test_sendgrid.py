"""Letters through SendGrid: what is asked of it, what its refusals mean, and at most once."""

import json

import pytest

from app.domain.messages import DeliveryStatus
from app.domain.outbox import MessageState
from app.integrations import exchanges
from app.integrations.email.port import Letter
from app.integrations.email.sendgrid import SendGridEmail
from app.integrations.errors import Permanent, Retryable, Unclear
from tests.integration.carriers.conftest import FATES
from tests.simulators.gate import needs_specs

pytestmark = needs_specs

LETTER = Letter("noemie@example.com", "Your calls", "Text", "<p>Text</p>", 7, "calls_nudge")


@pytest.fixture
def carrier(sendgrid):
    return SendGridEmail(
        sendgrid.simulator.api_key,
        sender="Northern Ballet <portal@northern.example>",
        base_url=sendgrid.base,
        reply_to="office@northern.example",
        timeout=1,
    )


class TestALetter:
    def test_carries_our_number_and_is_not_watched(self, carrier, sendgrid):
        number = carrier.send(LETTER, key="effect-1")

        body = sendgrid.simulator.letter()["body"]
        assert number == sendgrid.simulator.letter()["number"]
        (to,) = body["personalizations"]
        assert to["custom_args"] == {"effect_id": "effect-1", "organisation": "7"}
        assert body["from"] == {"email": "portal@northern.example", "name": "Northern Ballet"}
        assert body["reply_to"] == {"email": "office@northern.example"}
        assert body["categories"] == ["calls_nudge"]
        assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
        watched = body["tracking_settings"]
        assert {name: how["enable"] for name, how in watched.items()} == {
            "click_tracking": False, "open_tracking": False, "subscription_tracking": False,
        }  # fmt: skip
        assert sendgrid.gate.covered == {("sendgrid", "POST", "/v3/mail/send")}

    @pytest.mark.parametrize(("fault", "failure", "letters"), FATES)
    def test_fails_as_what_is_known_of_it_says_and_is_asked_for_once(
        self, carrier, sendgrid, fault, failure, letters
    ):
        sendgrid.faults.plan(fault, seconds=7)

        with pytest.raises(failure) as told:
            carrier.send(LETTER, key="effect-1")

        assert sendgrid.faults.count("POST") == 1
        assert len(sendgrid.simulator.letters) == letters
        assert getattr(told.value, "retry_after", None) == (7 if fault == "refuse" else None)

    def test_that_takes_too_long_is_unclear(self, carrier, sendgrid):
        sendgrid.faults.plan("slow", seconds=1.5)

        with pytest.raises(Unclear):
            carrier.send(LETTER, key="effect-1")

    def test_that_never_reached_anybody_may_go_again(self, free_port):
        away = SendGridEmail(
            "k", sender="a@example.com", base_url=f"http://127.0.0.1:{free_port}", timeout=1
        )

        with pytest.raises(Retryable, match="cannot be reached"):
            away.send(LETTER, key="effect-1")

    def test_that_is_refused_says_what_to_check_and_not_what_the_library_said(
        self, carrier, sendgrid
    ):
        heard, words = [], "Does not contain a valid address."
        sendgrid.simulator.refuses = words

        with exchanges.listening(heard), pytest.raises(Permanent) as failed:
            carrier.send(LETTER, key="effect-1")

        assert failed.value.reason.startswith(
            "SendGrid refuses the letter (400). Check the address"
        )
        assert words not in failed.value.reason
        assert words in str(heard[0]["answer"])

    def test_with_a_key_that_is_not_known_says_which_setting_to_change(self, sendgrid):
        stranger = SendGridEmail("wrong", sender="a@example.com", base_url=sendgrid.base)

        with pytest.raises(Permanent, match="SENDGRID_API_KEY"):
            stranger.send(LETTER, key="effect-1")


class TestTheCourier:
    def test_hands_it_over_and_notes_what_was_said_without_key_and_words(self, desk, sendgrid):
        number = desk.promise(words="secret words")

        promised = desk.carry(number)

        assert promised.state is MessageState.done
        assert promised.external_id == sendgrid.simulator.letter()["number"]
        assert desk.delivery(number).status is DeliveryStatus.accepted
        assert desk.delivery(number).provider == "sendgrid"
        (said,) = desk.exchanges(number)
        assert said["status"] == 202
        assert "secret words" not in json.dumps(said)
        assert desk.config.vendor["SENDGRID_API_KEY"] not in json.dumps(said)

    @pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_after"])
    def test_never_sends_an_unclear_one_again(self, desk, sendgrid, fault):
        number = desk.promise()
        sendgrid.faults.plan(fault)

        promised = desk.carry_unclear(number)

        assert promised.state is MessageState.in_doubt
        assert desk.delivery(number).status is DeliveryStatus.in_doubt
        assert sendgrid.faults.count("POST") == 1

    def test_sends_nothing_where_nothing_arrives_any_more(self, desk, sendgrid):
        first, second = desk.promise(key="first"), desk.promise(key="second")
        desk.carry(first)
        sendgrid.simulator.tell([sendgrid.simulator.event(name="bounce")])
        desk.read_notices()

        promised = desk.carry(second)

        assert promised.state is MessageState.dead
        assert "no such user here" in promised.last_error
        assert desk.delivery(second).status is DeliveryStatus.failed
        assert len(sendgrid.simulator.letters) == 1


def test_a_test_proves_the_key_and_sends_nothing(carrier, sendgrid):
    carrier.try_out()
    carrier.api.client.request_headers["Authorization"] = "Bearer wrong"

    with pytest.raises(Permanent, match="SENDGRID_API_KEY"):
        carrier.try_out()

    assert sendgrid.simulator.letters == []
    assert sendgrid.faults.count("POST") == 2
