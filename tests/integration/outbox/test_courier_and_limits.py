"""The courier asks before each call and tells after it: limits, budgets, pauses, refusals, several calls."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain import provider_limits
from app.domain.errors import Refused
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.provider_limits import ProviderLimits, Scope, Window, daily
from app.integrations import exchanges
from app.integrations.calls import before_call
from app.integrations.errors import Permanent, Retryable, Unclear
from app.models import ProviderUsage
from app.services import provider_switches
from tasks.handlers import Handler

FAST = ProviderLimits(
    (Window(6000, 60, 50, "X-Left"),),
    at_once=5,
    scope=Scope.organisation,
    budgets=(daily(20, "X-Day-Left"),),
)


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    """Give the test's provider limits that a test can reach."""
    known = dict(provider_limits.LIMITS) | {"testly": FAST}
    monkeypatch.setattr(provider_limits, "LIMITS", known)
    return known


@pytest.fixture
def crew(real_permits, crew):
    """Let Redis have been up for a while."""
    permits = crew.courier.permits
    permits.traffic.shared.tempo = replace(permits.traffic.shared.tempo, grace=0.001)
    yield crew
    for lease in list(permits.traffic.pulse.held):
        permits.traffic.pulse.drop(lease)


@pytest.fixture
def carry(crew, provider):
    """Take on a courier that calls the test's provider."""

    def make(kind="vendor.send", cls=EffectClass.K, send=None, **more):
        made = provider.handler(kind, cls, provider="testly", **more)
        crew.carry(replace(made, send=send) if send else made)
        return kind

    return make


@pytest.fixture
def run(crew, later, stored):
    """Keep promises, waiting for permits as the sweeper would."""

    def go(*message_ids, tries=20):
        for message_id in message_ids:
            for _ in range(tries):
                crew.courier.run(message_id)
                message = stored(message_id)
                if message.state is not MessageState.ready or message.last_error:
                    break
                time.sleep(0.02)
                later(1)

    return go


def usage(owner_engine):
    with Session(owner_engine) as db:
        return sum(row.calls for row in db.scalars(select(ProviderUsage)))


class TestRefusals:
    def test_one_refusal_with_retry_after_holds_back_every_other_message(
        self, carry, crew, provider, promise, run, stored
    ):
        kind = carry()
        provider.plans = [Retryable("Too many.", status=429, retry_after=120)]
        first, second = promise("a", kind=kind), promise("b", kind=kind)
        run(first)

        crew.courier.run(second)

        held = stored(second)
        assert (held.state, held.attempts) == (MessageState.ready, 0)
        assert held.last_error.startswith("Testly asked us to wait until")
        assert 110 < (held.not_before - now()).total_seconds() < 125
        assert provider.ledger == []

    def test_it_comes_again_when_the_wish_is_over_and_not_before(
        self, carry, crew, provider, promise, run, stored, later
    ):
        kind = carry()
        provider.plans = [Retryable("Too many.", status=429, retry_after=0.3)]
        message_id = promise(kind=kind)
        run(message_id)
        began = time.monotonic()
        while not provider.ledger and time.monotonic() - began < 5:
            crew.courier.run(message_id)
            time.sleep(0.01)

        assert 0.25 <= time.monotonic() - began <= 2.3
        assert stored(message_id).attempts == 2

    def test_a_refusal_of_one_record_holds_nobody_back(self, carry, provider, promise, run, stored):
        kind = carry()
        provider.plans = [Retryable("The period is locked.", status=400, retry_after=3600)]
        first, second = promise("a", kind=kind), promise("b", kind=kind)

        run(first, second)

        assert stored(second).state is MessageState.done

    def test_keys_that_ran_out_are_renewed_once(self, carry, crew, provider, promise, run, stored):
        kind, renewed = carry(), []
        crew.courier.renew_keys = lambda: renewed.append(1)
        provider.plans = [Permanent("Who are you?", status=401), None]
        message_id = promise(kind=kind)

        run(message_id)
        crew.courier.run(message_id)

        assert (stored(message_id).state, renewed) == (MessageState.done, [1])

    def test_who_is_refused_twice_is_dead(self, carry, crew, provider, promise, run, stored):
        kind = carry()
        provider.plans = [Permanent("Who are you?", status=401)] * 2
        message_id = promise(kind=kind)

        run(message_id)
        crew.courier.run(message_id)

        assert stored(message_id).state is MessageState.dead


class TestOutage:
    def test_a_failing_provider_is_left_alone_and_waiting_is_no_attempt(
        self, carry, crew, provider, promise, run, stored, later
    ):
        kind = carry()
        provider.plans = [Unclear("No answer.")] * 5
        for number in range(5):
            run(promise(f"fact-{number}", kind=kind))
        waiting = promise("waiting", kind=kind)

        crew.courier.run(waiting)

        message = stored(waiting)
        assert (message.state, message.attempts, len(provider.plans)) == (MessageState.ready, 0, 0)
        assert message.last_error.startswith("Testly does not answer. We try again at")

    def test_what_we_got_wrong_ourselves_opens_nothing(self, carry, provider, promise, run, stored):
        kind = carry()
        provider.plans = [ValueError("our bug")] * 6 + [Permanent("No.", status=422)] * 6
        for number in range(12):
            run(promise(f"fact-{number}", kind=kind))
        message_id = promise("well", kind=kind)

        run(message_id)

        assert stored(message_id).state is MessageState.done

    def test_what_is_part_of_this_product_is_never_asked_about(
        self, crew, provider, promise, owner_engine
    ):
        provider.plans = [Unclear("No answer.")] * 8
        for number in range(8):
            crew.courier.run(promise(f"fact-{number}"))
        crew.courier.run(promise("well"))

        assert len(provider.ledger) == 1
        assert usage(owner_engine) == 0


class TestPause:
    def act(self, organisation_id, deed, **more):
        forget()
        act_as(Viewer(organisation_id, actor="staff:1"), role="portal_app")
        with transaction() as db:
            deed(db, "testly", organisation_id=organisation_id, by="Jo", **more)
        forget()

    def test_what_is_promised_waits_with_the_reason_until_it_is_resumed(
        self, carry, crew, provider, promise, run, stored, organisation_id
    ):
        kind = carry()
        message_id = promise(kind=kind)
        self.act(organisation_id, provider_switches.pause, reason="year-end closing")
        crew.courier.run(message_id)
        waiting = stored(message_id)
        self.act(organisation_id, provider_switches.carry_on, reason="it is done")

        run(message_id)

        assert (waiting.state, waiting.attempts) == (MessageState.ready, 0)
        assert waiting.last_error == "Testly is paused: year-end closing"
        assert waiting.not_before - now() > timedelta(seconds=200)
        assert stored(message_id).state is MessageState.done

    def test_it_is_not_paused_without_a_reason(self, carry, organisation_id):
        carry()

        with pytest.raises(Refused, match="Say why"):
            self.act(organisation_id, provider_switches.pause, reason=" ")


class TestBudget:
    def fill(self, owner_engine, calls, organisation_id):
        with owner_engine.begin() as db:
            db.execute(
                text(
                    "INSERT INTO provider_usage (provider, organisation_id, minute, calls)"
                    " VALUES ('testly', :org, date_trunc('minute', now() - interval '2 hours'), :calls)"
                ),
                {"org": organisation_id, "calls": calls},
            )

    def test_a_tenth_of_the_day_is_left_to_people(
        self, carry, provider, promise, run, stored, owner_engine, organisation_id
    ):
        kind = carry()
        self.fill(owner_engine, 18, organisation_id)
        bulk, urgent = promise("bulk", kind=kind), promise("urgent", kind=kind, priority=200)

        run(bulk, urgent)

        assert (stored(bulk).state, stored(bulk).attempts) == (MessageState.ready, 0)
        assert stored(bulk).last_error == "The calls that Testly allows are used up."
        assert stored(urgent).state is MessageState.done
        assert usage(owner_engine) == 19

    def test_every_call_is_counted_before_it_is_made(self, carry, promise, run, owner_engine):
        kind = carry()

        run(*(promise(f"fact-{number}", kind=kind) for number in range(3)))

        assert usage(owner_engine) == 3

    def test_the_provider_is_believed_where_it_counted_more(
        self, carry, provider, promise, run, owner_engine
    ):
        kind = carry()
        provider.plans = [
            lambda: exchanges.note("PUT", "/x", status=200, headers={"X-Day-Left": "6"})
        ]

        run(promise(kind=kind))

        assert usage(owner_engine) == 14


class TestSeveralCalls:
    def several(self, count, ask=True):
        def send(_request, key):
            for _ in range(count):
                if ask:
                    before_call()
                exchanges.note("PUT", "/x", status=200)
            return f"ext-{key}"

        return send

    @pytest.mark.parametrize("asks", [True, False])
    def test_each_is_counted_whether_its_adapter_asks_or_not(
        self, carry, promise, run, owner_engine, stored, asks
    ):
        kind = carry(send=self.several(4, asks), calls=4)
        message_id = promise(kind=kind)

        run(message_id)

        assert stored(message_id).state is MessageState.done
        assert usage(owner_engine) == 4

    def test_each_is_paced(self, carry, promise, run, stored, limits):
        limits["testly"] = replace(FAST, windows=(Window(660, 60, 3),))
        kind = carry(send=self.several(8))
        message_id = promise(kind=kind)
        began = time.monotonic()

        run(message_id)

        assert stored(message_id).state is MessageState.done
        assert time.monotonic() - began >= 4 / Window(660, 60, 3).per_second

    def test_a_budget_that_ends_half_way_puts_off_what_can_be_repeated(
        self, carry, promise, run, stored, limits, attempts
    ):
        limits["testly"] = replace(FAST, budgets=(daily(4),))
        kind = carry(send=self.several(6))
        message_id = promise(kind=kind)

        run(message_id)

        assert (stored(message_id).state, stored(message_id).attempts) == (MessageState.ready, 0)
        assert attempts(message_id)[-1].outcome is AttemptOutcome.released

    def test_what_cannot_be_repeated_is_in_doubt_then(self, carry, promise, run, limits, attempts):
        limits["testly"] = replace(FAST, budgets=(daily(4),))
        kind = carry(cls=EffectClass.U, send=self.several(6))
        message_id = promise(kind=kind, cls=EffectClass.U)

        run(message_id)

        assert attempts(message_id)[-1].outcome is AttemptOutcome.unknown

    def test_who_lost_the_lease_makes_no_further_call(
        self, carry, crew, promise, run, later, owner_engine, attempts
    ):
        reached = []

        def send(_request, _key):
            before_call()
            with owner_engine.begin() as db:
                db.execute(text("UPDATE outbox_message SET fence = fence + 1"))
            before_call()
            reached.append(1)

        kind = carry(send=send)
        message_id = promise(kind=kind)

        run(message_id, tries=3)

        assert reached == []
        assert attempts(message_id)[-1].outcome is None

    def test_outside_a_courier_nobody_is_asked(self):
        assert before_call() is None


class TestLookingUp:
    def test_a_look_up_is_a_call_like_any_other(
        self, carry, crew, provider, promise, run, later, stored, owner_engine
    ):
        kind = carry(cls=EffectClass.R)
        provider.plans = [Unclear("No answer.")]
        message_id = promise(kind=kind, cls=EffectClass.R)
        run(message_id)
        later(200)

        crew.courier.run(message_id)

        assert provider.looked == 1
        assert usage(owner_engine) == 2
        assert stored(message_id).state is MessageState.ready


def test_a_handler_says_how_many_calls_it_may_take():
    assert Handler("x", EffectClass.K, prepare=None, send=None).calls == 1
