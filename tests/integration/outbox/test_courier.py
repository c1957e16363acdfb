"""The courier keeps each promise once, whatever the provider and the clock do."""

import time

import pytest
from sqlalchemy import func, select

from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.integrations.errors import Permanent, Retryable, Unclear
from tasks import claims, due, taking
from tasks.handlers import Handler
from tasks.permits import FreePermits, Wait
from tasks.standing import as_worker


class TestKeeping:
    def test_a_promise_is_kept_once_and_written_down(self, crew, provider, promise, stored):
        message_id = promise()

        crew.courier.run(message_id)
        crew.courier.run(message_id)

        message = stored(message_id)
        assert provider.ledger == [str(message_id)]
        assert (message.state, message.external_id) == (MessageState.done, f"ext-{message_id}")
        assert [result.state for result in provider.settled] == [MessageState.done]

    def test_the_request_travels_to_the_business_rows(
        self, crew, provider, promise, organisation_id
    ):
        seen = []

        def look(db, _message):
            seen.append(
                db.execute(
                    select(
                        func.current_setting("app.request_id"),
                        func.current_setting("app.organisation_id"),
                        func.current_user(),
                    )
                ).one()
            )

        crew.carry(Handler("test.seen", EffectClass.K, prepare=look, send=provider.send))

        crew.courier.run(promise(kind="test.seen"))

        assert [tuple(row) for row in seen] == [("req-1", str(organisation_id), "portal_app")]

    def test_no_transaction_is_open_while_the_provider_answers(
        self, crew, provider, promise, database
    ):
        idle = []

        def count():
            with database.postgres.connect() as connection:
                found = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'portal_worker' "
                    "AND state LIKE 'idle in transaction%'"
                )
                idle.append(found.fetchone()[0])

        provider.plans = [count]

        crew.courier.run(promise())

        assert idle == [0]

    def test_an_unknown_kind_waits_for_a_newer_worker(self, crew, promise, stored):
        message_id = promise(kind="test.unheard_of")

        crew.courier.run(message_id)

        message = stored(message_id)
        assert (message.state, message.attempts) == (MessageState.ready, 0)

    def test_a_message_that_is_not_due_is_left(self, crew, provider, promise, stored, later):
        message_id = promise()
        later(-60)

        crew.courier.run(message_id)

        assert provider.ledger == []


class TestFailing:
    def test_a_refusal_ends_it(self, crew, provider, promise, stored, attempts):
        provider.plans = [Permanent("No such account.", status=422)]
        message_id = promise()

        crew.courier.run(message_id)

        message = stored(message_id)
        assert (message.state, message.last_error) == (MessageState.dead, "No such account.")
        assert [(a.outcome, a.http_status) for a in attempts(message_id)] == [
            (AttemptOutcome.refused, 422)
        ]

    def test_retry_after_is_obeyed(self, crew, provider, promise, stored):
        provider.plans = [Retryable("Too many.", status=429, retry_after=120)]
        message_id = promise()

        crew.courier.run(message_id)

        message = stored(message_id)
        assert message.state is MessageState.ready
        assert 118 < (message.not_before - message.leased_at).total_seconds() < 122

    def test_an_answered_failure_is_tried_again_even_where_it_is_at_most_once(
        self, crew, provider, promise, later, stored
    ):
        provider.plans = [Retryable("Overloaded.", status=503)]
        message_id = promise(cls=EffectClass.U)

        crew.courier.run(message_id)
        later(60)
        crew.courier.run(message_id)

        assert (stored(message_id).state, len(provider.ledger)) == (MessageState.done, 1)

    def test_it_is_dead_after_its_last_attempt(self, crew, provider, promise, stored, later):
        provider.plans = [Retryable("Down.", status=503) for _ in range(16)]
        message_id = promise()

        for _ in range(16):
            crew.courier.run(message_id)
            later(1000)

        assert (stored(message_id).state, stored(message_id).attempts) == (MessageState.dead, 16)

    def test_a_call_is_cut_off_at_its_time_out(self, crew, provider, promise, attempts):
        crew.handlers.timings = crew.handlers.timings.divided_by(40)
        provider.plans = [lambda: time.sleep(5)]
        message_id = promise(cls=EffectClass.R)
        began = time.monotonic()

        crew.courier.run(message_id)

        assert time.monotonic() - began < 2
        assert [a.outcome for a in attempts(message_id)] == [AttemptOutcome.unknown]

    def test_what_cannot_be_written_down_is_not_sent_again(
        self, crew, provider, promise, stored, later
    ):
        broken = [ValueError("boom")]

        def settle(_db, _message, result):
            if broken:
                raise broken.pop()
            provider.settled.append(result)

        crew.carry(
            Handler(
                "test.clumsy",
                EffectClass.U,
                prepare=lambda _db, _m: None,
                send=provider.send,
                settle=settle,
            )
        )
        message_id = promise(kind="test.clumsy", cls=EffectClass.U)

        crew.courier.run(message_id)
        between = stored(message_id)
        later(60)
        crew.courier.run(message_id)

        assert (between.state, between.external_id) == (MessageState.ready, f"ext-{message_id}")
        assert (stored(message_id).state, len(provider.ledger)) == (MessageState.done, 1)
        assert [result.external_id for result in provider.settled] == [f"ext-{message_id}"]


class TestDoubt:
    @pytest.fixture
    def cut_off(self, crew, provider, promise):
        """Send, and lose the answer."""

        def send(cls, *, happened):
            def drop():
                raise Unclear("The line went dead.")

            provider.plans = [drop if happened else Unclear("The line went dead.")]
            message_id = promise(cls=cls)
            crew.courier.run(message_id)
            return message_id

        return send

    def test_class_k_is_sent_again_with_the_same_key(self, crew, provider, cut_off, later, stored):
        provider.keyed = True
        message_id = cut_off(EffectClass.K, happened=True)
        later(60)

        crew.courier.run(message_id)

        assert (stored(message_id).state, len(provider.ledger)) == (MessageState.done, 1)

    def test_class_r_is_found_and_not_sent_again(self, crew, provider, cut_off, later, attempts):
        message_id = cut_off(EffectClass.R, happened=True)
        later(100)

        crew.courier.run(message_id)

        assert len(provider.ledger) == 1
        assert [a.outcome for a in attempts(message_id)] == [
            AttemptOutcome.unknown, AttemptOutcome.found,
        ]  # fmt: skip

    def test_class_r_is_looked_up_twice_before_it_is_sent_again(
        self, crew, provider, cut_off, later, stored
    ):
        message_id = cut_off(EffectClass.R, happened=False)
        later(100)
        crew.courier.run(message_id)
        after_first = (provider.looked, len(provider.ledger))
        crew.courier.run(message_id)
        too_early = provider.looked
        later(61)

        crew.courier.run(message_id)

        assert (after_first, too_early, provider.looked) == ((1, 0), 1, 2)
        assert (stored(message_id).state, len(provider.ledger)) == (MessageState.done, 1)

    def test_class_r_is_not_looked_up_before_it_can_have_settled(
        self, crew, provider, promise, later, stored
    ):
        message_id = promise(cls=EffectClass.R)
        with as_worker() as db:
            claim = taking.take(
                db, message_id, lease=60, leases={}, owner="gone", started=time.monotonic()
            )
        with as_worker() as db:
            claims.mark_sent(db, claim, cls=EffectClass.R, needed=0)
        later(61)

        crew.courier.run(message_id)

        assert provider.looked == 0
        assert stored(message_id).state is MessageState.ready

    @pytest.mark.parametrize("happened", [True, False])
    def test_class_u_is_left_to_a_person(self, crew, provider, cut_off, later, stored, happened):
        message_id = cut_off(EffectClass.U, happened=happened)
        later(100)

        crew.courier.run(message_id)

        assert stored(message_id).state is MessageState.in_doubt
        assert len(provider.ledger) == int(happened)
        assert [result.state for result in provider.settled] == [MessageState.in_doubt]

    def test_a_library_that_breaks_leaves_a_doubt(self, crew, provider, promise, attempts):
        provider.plans = [ValueError("not what I expected")]
        message_id = promise(cls=EffectClass.U)

        crew.courier.run(message_id)

        assert [a.outcome for a in attempts(message_id)] == [AttemptOutcome.unknown]


class TestLease:
    def test_what_somebody_else_has_is_left(self, crew, provider, promise):
        message_id = promise()
        with as_worker() as db:
            taking.take(db, message_id, lease=60, leases={}, owner="other", started=0)

        crew.courier.run(message_id)

        assert provider.ledger == []

    def test_a_dead_owners_message_is_taken_over(self, crew, promise, later, stored):
        message_id = promise(cls=EffectClass.U)
        with as_worker() as db:
            taking.take(db, message_id, lease=60, leases={}, owner="dead", started=0)
        later(61)

        crew.courier.run(message_id)

        assert (stored(message_id).state, stored(message_id).attempts) == (MessageState.done, 2)

    def test_who_lost_the_fence_writes_nothing(self, crew, provider, promise, later, stored):
        message_id = promise()

        def overtaken():
            later(61)
            with as_worker() as db:
                taking.take(db, message_id, lease=60, leases={}, owner="faster", started=0)

        provider.plans = [overtaken]

        crew.courier.run(message_id)

        message = stored(message_id)
        assert (message.state, message.lease_owner) == (MessageState.leased, "faster")
        assert provider.settled == []

    def test_nothing_is_sent_when_the_lease_is_nearly_over(
        self, crew, provider, promise, later, attempts
    ):
        crew.carry(
            Handler(
                "test.slow", EffectClass.K, prepare=lambda _db, _m: later(45), send=provider.send
            )
        )
        message_id = promise(kind="test.slow")

        crew.courier.run(message_id)

        assert provider.ledger == []
        assert [a.sent_at for a in attempts(message_id)] == [None]

    def test_who_slept_too_long_sends_nothing_and_leaves_no_doubt(
        self, crew, provider, promise, attempts
    ):
        clock = iter([0.0, 45.0])
        crew.courier.monotonic = lambda: next(clock)
        message_id = promise(cls=EffectClass.U)

        crew.courier.run(message_id)

        assert provider.ledger == []
        assert [a.outcome for a in attempts(message_id)] == [AttemptOutcome.released]

    def test_a_hurried_kind_has_a_short_lease(self, crew, provider, promise, stored):
        crew.carry(provider.handler("test.link", EffectClass.K, is_hurried=True))
        lengths = []
        message_id = promise(kind="test.link")
        provider.plans = [
            lambda: lengths.append(
                (stored(message_id).lease_until - stored(message_id).leased_at).total_seconds()
            )
        ]

        crew.courier.run(message_id)

        assert [round(length) for length in lengths] == [15]

    def test_attempts_cut_short_come_to_an_end(self, crew, promise, later, stored):
        message_id = promise()
        for _ in range(16):
            with as_worker() as db:
                taking.take(db, message_id, lease=60, leases={}, owner="doomed", started=0)
            later(61)

        crew.courier.run(message_id)

        assert stored(message_id).state is MessageState.dead


class TestOrder:
    def test_a_later_message_waits_for_the_earlier(self, crew, provider, promise, later):
        first = promise("first", order_key="contact:7")
        second = promise("second", order_key="contact:7")
        provider.plans = [Retryable("Busy.")]

        crew.courier.run(first)
        crew.courier.run(second)
        blocked = list(provider.ledger)
        later(60)
        crew.courier.run(first)
        crew.courier.run(second)

        assert blocked == []
        assert provider.ledger == [str(first), str(second)]

    def test_a_blocked_message_does_not_fill_the_sweep(self, crew, promise):
        first = promise("first", order_key="contact:7")
        promise("second", order_key="contact:7")

        with as_worker() as db:
            found = due.messages(db, 10)

        assert [one.id for one in found] == [first]


class NoPermits(FreePermits):
    def ask(self, *_):
        return Wait(60.0)


class TestPermits:
    def test_waiting_for_a_permit_is_no_attempt(self, crew, provider, promise, stored):
        crew.courier.permits = NoPermits()
        message_id = promise()

        crew.courier.run(message_id)

        assert (stored(message_id).state, stored(message_id).attempts) == (MessageState.ready, 0)
        assert provider.ledger == []
