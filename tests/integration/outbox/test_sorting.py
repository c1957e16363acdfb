"""A provider that takes nothing now: its promises are put off together, and no worker is woken for them."""

import time
from dataclasses import replace

import pytest

from app.db.clock import now
from app.db.session import act_as, factory, forget, transaction
from app.db.viewer import Viewer
from app.domain import provider_limits
from app.domain.circuit_breaker import CallOutcome
from app.domain.outbox import EffectClass, MessageState
from app.domain.provider_limits import ProviderLimits, Scope, Window
from app.integrations.traffic import Asker
from app.services import outbox
from tasks import queue
from tasks.queue import Queue
from tasks.sweeper import Sweeper

ROOMY = ProviderLimits((Window(6000, 60, 50),), at_once=5, scope=Scope.organisation)


@pytest.fixture
def crew(real_permits, crew, provider, monkeypatch):
    """A crew with couriers to two vendors."""
    known = dict(provider_limits.LIMITS) | {"testly": ROOMY, "otherly": ROOMY}
    monkeypatch.setattr(provider_limits, "LIMITS", known)
    traffic = crew.courier.permits.traffic
    traffic.shared.tempo = replace(traffic.shared.tempo, grace=0.001, pause=0.2)
    for name in ("testly", "otherly"):
        crew.carry(provider.handler(f"to.{name}", EffectClass.K, provider=name))
    return crew


@pytest.fixture
def bell(redis_url):
    return Queue(redis_url, answers=True)


@pytest.fixture
def sweeper(crew, bell):
    return Sweeper(crew, bell)


@pytest.fixture
def away(crew, organisation_id):
    """Open the breaker of one vendor."""
    traffic = crew.courier.permits.traffic
    asker = Asker("testly", organisation_id, ROOMY)

    def strike(times=5):
        for _ in range(times):
            traffic.tell(asker, "any", CallOutcome.failed)
        return traffic.outlook(asker)

    return strike


def rung(bell):
    """Return for whom the bell rang, in the order in which it is answered."""
    found = []
    while bell.waiting():
        found.append(bell.huey.dequeue().args[0])
    return found


class TestAnOutage:
    def test_no_bell_rings_for_it_and_others_are_rung_for(
        self, sweeper, bell, promise, away, stored
    ):
        waiting = [promise(f"bill-{n}", kind="to.testly") for n in range(20)]
        other = promise("other", kind="to.otherly")
        away()

        sweeper.sweep()

        assert rung(bell) == [str(other)]
        assert {stored(one).state for one in waiting} == {MessageState.ready}
        assert all(stored(one).not_before > now() for one in waiting)

    def test_nothing_is_claimed_for_it_and_the_reason_can_be_read(
        self, sweeper, promise, away, stored, attempts
    ):
        message_id = promise(kind="to.testly")
        away()

        sweeper.sweep()

        message = stored(message_id)
        assert (message.attempts, message.fence, attempts(message_id)) == (0, None, [])
        assert message.last_error.startswith("Testly does not answer. We try again at")

    def test_they_come_again_one_behind_the_other(self, sweeper, promise, away, stored):
        waiting = [promise(f"bill-{n}", kind="to.testly") for n in range(10)]
        away()

        sweeper.sweep()

        moments = [stored(one).not_before for one in waiting]
        assert moments == sorted(set(moments))

    def test_when_it_may_be_tried_one_bell_rings(self, sweeper, bell, promise, away, later, stored):
        waiting = [promise(f"bill-{n}", kind="to.testly") for n in range(5)]
        away()
        sweeper.sweep()
        time.sleep(0.25)
        later(400)

        sweeper.sweep()

        assert rung(bell) == [str(waiting[0])]
        assert stored(waiting[1]).not_before > now()

    def test_what_a_person_waits_for_is_rung_for_all_the_same(self, sweeper, bell, promise, away):
        urgent = promise(kind="to.testly", priority=200)
        away()

        sweeper.sweep()

        assert rung(bell) == [str(urgent)]

    def test_what_a_courier_left_half_way_is_rung_for_all_the_same(
        self, sweeper, bell, promise, away, crew, provider, later, monkeypatch
    ):
        def die(*_):
            raise SystemExit

        message_id = promise(kind="to.testly")
        monkeypatch.setattr(type(crew.courier), "_ask", die)
        with pytest.raises(SystemExit):
            crew.courier.run(message_id)
        later(120)
        away()

        sweeper.sweep()

        assert rung(bell) == [str(message_id)]

    def test_after_a_single_failure_one_bell_rings_until_somebody_answers(
        self, sweeper, bell, promise, away
    ):
        for number in range(5):
            promise(f"bill-{number}", kind="to.testly")
        away(times=1)

        sweeper.sweep()

        assert len(rung(bell)) == 1

    def test_a_sweep_that_put_all_off_has_nothing_more_to_do(self, sweeper, promise, away):
        promise(kind="to.testly")
        away()

        assert sweeper.sweep() is False

    def test_a_kind_that_nobody_here_can_carry_is_rung_for(self, sweeper, bell, promise):
        message_id = promise(kind="of.tomorrow")

        sweeper.sweep()

        assert rung(bell) == [str(message_id)]


def test_what_many_promise_at_once_stands_behind_who_promises_one(
    bell, redis_url, promise, organisation_id
):
    queue.connect(redis_url, factory)
    try:
        act_as(Viewer(organisation_id, actor="staff:1"))
        with transaction() as db:
            many = [
                outbox.promise(
                    db, organisation_id=organisation_id, kind="test.k", key=f"many-{n}", payload={}
                )
                for n in range(20)
            ]
        forget()
        alone = promise("alone")
    finally:
        queue.disconnect()

    order = rung(bell)

    assert order.index(str(alone)) <= queue.FIRST_RINGS
    assert set(order) == {str(alone), *map(str, many)}
