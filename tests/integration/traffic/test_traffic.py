"""What workers share about a provider: tokens, turns, calls in flight, the breaker."""

import math
import time
from dataclasses import replace
from itertools import pairwise

import pytest
import redis

from app.domain.circuit_breaker import CallOutcome
from app.domain.provider_limits import Scope
from app.integrations.traffic import Outlook, Why
from tests.integration.traffic.conftest import QUICK

NO_REDIS = "redis://127.0.0.1:1/0"


def granted(traffic, asker, tries=1):
    """Ask so often; return the leases that were given."""
    asked = [traffic.ask(asker) for _ in range(tries)]
    return [lease for answer, lease in asked if answer.wait == 0]


def fill(traffic, asker):
    """Wait until the bucket holds all it can."""
    answer, lease = traffic.ask(asker)
    if answer.wait == 0:
        traffic.leave(asker, lease, back=1)
    (window,) = asker.limits.windows
    time.sleep(window.capacity / window.per_second + 0.02)


class TestTokens:
    def test_what_redis_does_not_know_starts_empty(self, traffic, make_asker):
        asker = make_asker(limit=60, capacity=3)
        first, _ = traffic.ask(asker)
        time.sleep(0.01)

        answer, _ = traffic.ask(asker)

        assert first.why is Why.start
        assert answer.why is Why.pace
        assert answer.wait > 0.5

    def test_a_full_bucket_gives_what_it_holds_and_no_more(self, traffic, make_asker):
        asker = make_asker(capacity=5, limit=3000, at_once=100)
        fill(traffic, asker)

        began = time.monotonic()
        leases = granted(traffic, asker, 12)

        grown = math.ceil((time.monotonic() - began) * asker.limits.windows[0].per_second)
        assert 5 <= len(leases) <= 5 + grown

    def test_what_was_not_used_is_given_back(self, traffic, make_asker):
        asker = make_asker(capacity=1, limit=60)
        time.sleep(0.01)
        traffic.ask(asker)
        time.sleep(1.15)
        (lease,) = granted(traffic, asker)
        traffic.leave(asker, lease, back=1)

        assert len(granted(traffic, asker)) == 1

    def test_calls_that_nobody_asked_for_are_paid_for_later(self, traffic, make_asker):
        asker = make_asker(capacity=5, limit=600)
        fill(traffic, asker)
        (lease,) = granted(traffic, asker)

        traffic.leave(asker, lease, beyond=10)

        answer, _ = traffic.ask(asker)
        assert answer.wait > 0.5

    def test_a_provider_that_says_less_is_left_is_believed(self, traffic, make_asker):
        asker = make_asker(capacity=5, limit=600)
        told = make_asker(capacity=5, limit=600)
        object.__setattr__(told.limits.windows[0], "header", "X-Left")
        fill(traffic, asker)

        traffic.believe(told, {"x-left": "0"})

        answer, _ = traffic.ask(asker)
        assert answer.why is Why.pace

    def test_organisations_do_not_share_but_a_house_account_is_one(self, make_asker):
        own = [make_asker(organisation_id=n).place for n in (1, 2)]
        house = [make_asker(organisation_id=n, scope=Scope.house).place for n in (1, 2)]

        assert len(set(own)) == 2
        assert set(house) == {"test:house"}


class TestTurns:
    def test_those_who_wait_are_spread_over_time(self, traffic, make_asker):
        asker = make_asker(capacity=1, limit=120)
        fill(traffic, asker)
        granted(traffic, asker)

        waits = [traffic.ask(asker)[0].wait for _ in range(20)]

        assert waits == sorted(waits)
        assert 7 < waits[-1] - waits[0] < 9

    def test_what_comes_today_gets_a_turn_before_a_long_backlog(self, traffic, make_asker):
        backlog = make_asker(capacity=1, limit=60, priority=50)
        traffic.ask(backlog)
        behind = [traffic.ask(backlog)[0].wait for _ in range(60)][-1]

        today = traffic.ask(make_asker(capacity=1, limit=60, priority=100))[0].wait

        assert behind > 30
        assert today < 5

    def test_what_is_urgent_goes_before_what_is_not(self, traffic, make_asker):
        bulk = make_asker(capacity=1, limit=300, priority=50)
        urgent = make_asker(capacity=1, limit=300, priority=200)
        fill(traffic, bulk)
        granted(traffic, bulk)
        first, _ = traffic.ask(urgent)
        time.sleep(first.wait + 0.02)

        behind, _ = traffic.ask(bulk)
        ahead, _ = traffic.ask(urgent)

        assert (behind.why, ahead.why) == (Why.pace, Why.go)

    def test_what_has_begun_goes_before_what_is_new(self, traffic, make_asker):
        asker = make_asker(capacity=2, limit=300)
        fill(traffic, asker)
        lease, _ = granted(traffic, asker, 2)
        further = traffic.ask_further(asker, lease)
        time.sleep(further.wait + 0.02)

        new, _ = traffic.ask(asker)
        again = traffic.ask_further(asker, lease)

        assert (new.why, again.why) == (Why.pace, Why.go)

    def test_new_work_waits_while_others_still_need_their_calls(self, traffic, make_asker):
        long = make_asker(capacity=3, limit=120, calls=8)
        fill(traffic, long)
        leases = granted(traffic, long)

        second, _ = traffic.ask(long)
        traffic.leave(long, leases[0])
        after, _ = traffic.ask(long)

        assert len(leases) == 1
        assert (second.why, after.why) == (Why.busy, Why.go)


class TestInFlight:
    def test_no_more_calls_than_allowed_are_in_flight(self, traffic, make_asker):
        asker = make_asker(capacity=50, limit=6000, at_once=3)
        fill(traffic, asker)

        leases = granted(traffic, asker, 6)
        traffic.leave(asker, leases[0])

        assert len(leases) == 3
        assert len(granted(traffic, asker, 3)) == 1

    def test_a_call_of_a_dead_worker_ends_by_itself_and_a_living_one_does_not(
        self, traffic, make_traffic, make_asker
    ):
        asker = make_asker(capacity=50, limit=6000, at_once=1)
        fill(traffic, asker)
        (lease,) = granted(traffic, asker)
        time.sleep(QUICK.lease * 1.5)

        still = granted(make_traffic(), asker)
        traffic.pulse.drop(lease)
        traffic.berths.leave(lease)
        time.sleep(QUICK.lease * 1.5)

        assert still == []
        assert len(granted(traffic, asker)) == 1

    def test_a_call_in_flight_is_known_again_after_a_flush(self, traffic, make_asker, redis_url):
        asker = make_asker(capacity=50, limit=6000, at_once=2)
        fill(traffic, asker)
        granted(traffic, asker)
        with redis.Redis.from_url(redis_url) as server:
            server.flushall()
        time.sleep(QUICK.beat * 2.5)

        seen = traffic.shared.look(asker.place, asker.limits)

        assert seen["in_flight"] == 1

    def test_one_provider_gets_its_share_of_a_machine_and_no_more(self, make_traffic, make_asker):
        traffic = make_traffic(at_machine=2)
        slow, other = (
            make_asker(capacity=50, limit=6000, at_once=9, provider=p) for p in ("a", "b")
        )
        fill(traffic, slow)
        fill(traffic, other)

        taken = granted(traffic, slow, 4)

        assert len(taken) == 2
        assert traffic.ask(slow)[0].why is Why.full
        assert len(granted(traffic, other, 4)) == 2

    def test_an_account_gets_its_part_of_the_providers_share(self, make_traffic, make_asker):
        traffic = make_traffic(at_machine=3, at_account=2)
        accounts = [
            make_asker(capacity=50, limit=6000, at_once=9, organisation_id=n) for n in (1, 2, 3)
        ]
        for one in accounts:
            fill(traffic, one)

        taken = [granted(traffic, one, 3) for one in accounts]
        traffic.leave(accounts[0], taken[0][0])
        after = granted(traffic, accounts[2], 2)

        assert [len(some) for some in taken] == [2, 1, 0]
        assert len(after) == 1

    def test_an_account_of_the_house_is_not_divided(self, make_traffic, make_asker):
        traffic = make_traffic(at_machine=3, at_account=1)
        house = make_asker(capacity=50, limit=6000, at_once=9, scope=Scope.house)
        fill(traffic, house)

        assert len(granted(traffic, house, 5)) == 3

    def test_who_finds_every_berth_taken_comes_again_one_behind_the_other(
        self, make_traffic, make_asker
    ):
        traffic = make_traffic(at_machine=1)
        slow = make_asker(capacity=50, limit=6000, at_once=9, calls=2)
        fill(traffic, slow)
        granted(traffic, slow, 1)

        waits = [traffic.ask(slow)[0].wait for _ in range(20)]
        hurried = traffic.ask(replace(slow, priority=200))[0].wait

        apart = [after - before for before, after in pairwise(waits)]
        assert min(apart) > 0
        assert waits[-1] >= 18 * 2 / slow.limits.slowest - 0.5
        assert hurried <= waits[0] + 0.01


class TestHolding:
    def test_a_wish_to_wait_holds_everybody_back_and_passes(
        self, traffic, make_traffic, make_asker
    ):
        asker, other = make_asker(limit=6000), make_asker(limit=6000, organisation_id=2)
        fill(traffic, asker)
        fill(traffic, other)
        traffic.hold(asker, 0.3)

        held, _ = make_traffic().ask(asker)
        free = granted(traffic, other)
        time.sleep(0.32)

        assert held.why is Why.hold
        assert 0.2 < held.wait < 0.5
        assert len(free) == 1
        assert len(granted(traffic, asker)) == 1


class TestTheBreaker:
    def fail(self, traffic, asker, times):
        opened = []
        for _ in range(times):
            _, lease = self.until_granted(traffic, asker)
            opened.append(traffic.tell(asker, lease, CallOutcome.failed))
            traffic.leave(asker, lease)
        return opened

    def until_granted(self, traffic, asker):
        for _ in range(100):
            answer, lease = traffic.ask(asker)
            if answer.wait == 0:
                return answer, lease
            time.sleep(min(answer.wait, 0.05))
        raise AssertionError(answer)

    def test_it_opens_after_five_failures_and_says_so_once(self, traffic, make_asker):
        asker = make_asker(limit=6000, capacity=50)

        opened = self.fail(traffic, asker, 5)

        assert opened == [False] * 4 + [True]
        answer, _ = traffic.ask(asker)
        assert (answer.why, answer.wait <= QUICK.pause) == (Why.open, True)

    def test_a_refusal_is_no_failure(self, traffic, make_asker):
        asker = make_asker(limit=6000, capacity=50)
        for _ in range(8):
            _, lease = self.until_granted(traffic, asker)
            traffic.tell(asker, lease, CallOutcome.answered)
            traffic.leave(asker, lease)

        assert self.fail(traffic, asker, 1) == [False]

    def test_it_tries_with_one_call_and_closes_after_two_that_succeed(
        self, traffic, make_traffic, make_asker
    ):
        asker = make_asker(limit=6000, capacity=50)
        self.fail(traffic, asker, 5)
        time.sleep(QUICK.pause + 0.02)
        _, first = self.until_granted(traffic, asker)
        meanwhile, _ = make_traffic().ask(asker)
        traffic.tell(asker, first, CallOutcome.answered)
        traffic.leave(asker, first)
        _, second = self.until_granted(traffic, asker)
        between, _ = traffic.ask(asker)
        traffic.tell(asker, second, CallOutcome.answered)
        traffic.leave(asker, second)

        assert (meanwhile.why, between.why) == (Why.probing, Why.probing)
        assert len(granted(traffic, asker, 3)) == 3
        seen = traffic.shared.look(asker.place, asker.limits)
        assert (seen["opens"], seen["opened_lately"]) == (None, True)

    def test_each_failed_probe_doubles_the_pause_up_to_the_longest(self, traffic, make_asker):
        asker = make_asker(limit=6000, capacity=50)
        self.fail(traffic, asker, 5)
        pauses = []
        for _ in range(4):
            answer, _ = traffic.ask(asker)
            pauses.append(answer.wait)
            time.sleep(answer.wait + 0.01)
            self.fail(traffic, asker, 1)

        assert pauses == pytest.approx([0.2, 0.4, 0.8, 0.8], abs=0.05)

    def test_a_probe_that_was_never_made_leaves_room_for_the_next(self, traffic, make_asker):
        asker = make_asker(limit=6000, capacity=50)
        self.fail(traffic, asker, 5)
        time.sleep(QUICK.pause + 0.02)
        _, lease = self.until_granted(traffic, asker)

        traffic.tell(asker, lease, CallOutcome.unused)
        traffic.leave(asker, lease, back=1)

        assert len(granted(traffic, asker)) == 1

    def test_what_ends_late_does_not_speak_for_the_probe(self, traffic, make_asker):
        asker = make_asker(limit=6000, capacity=50, at_once=9)
        _, late = self.until_granted(traffic, asker)
        self.fail(traffic, asker, 5)

        traffic.tell(asker, late, CallOutcome.answered)

        assert traffic.ask(asker)[0].why is Why.open

    def test_after_a_failure_one_call_at_a_time_goes_until_one_is_answered(
        self, traffic, make_traffic, make_asker
    ):
        asker = make_asker(limit=6000, capacity=50, at_once=9)
        fill(traffic, asker)
        self.fail(traffic, asker, 1)
        _, alone = self.until_granted(traffic, asker)
        beside, _ = make_traffic().ask(asker)
        traffic.tell(asker, alone, CallOutcome.answered)
        traffic.leave(asker, alone)

        assert (beside.why, 0 < beside.wait < 1) == (Why.doubted, True)
        assert len(granted(traffic, asker, 3)) == 3

    def test_one_organisations_outage_stops_no_other(self, traffic, make_asker):
        broken, well = make_asker(limit=6000), make_asker(limit=6000, organisation_id=2)
        traffic.ask(well)
        self.fail(traffic, broken, 5)

        assert len(granted(traffic, well)) == 1


class TestTheOutlook:
    """What the sweeper learns before it wakes anybody: the same as who asks, and nothing is taken."""

    @pytest.fixture
    def asker(self, traffic, make_asker):
        asker = make_asker(limit=6000, capacity=50, at_once=3)
        fill(traffic, asker)
        return asker

    def fail(self, traffic, asker, times):
        for _ in range(times):
            (lease,) = granted(traffic, asker)
            traffic.tell(asker, lease, CallOutcome.failed)
            traffic.leave(asker, lease)

    def test_where_nothing_is_wrong_there_is_room_for_all(self, traffic, asker):
        granted(traffic, asker, 2)

        assert traffic.outlook(asker) == Outlook()

    def test_where_all_that_may_be_are_in_flight_there_is_none(self, traffic, asker):
        granted(traffic, asker, 3)

        assert (traffic.outlook(asker).room, traffic.outlook(asker).why) == (0, Why.full)

    def test_after_a_failure_there_is_room_for_one_until_it_is_under_way(self, traffic, asker):
        self.fail(traffic, asker, 1)
        before = traffic.outlook(asker)
        granted(traffic, asker)

        assert before == Outlook(1)
        assert (traffic.outlook(asker).room, traffic.outlook(asker).why) == (0, Why.doubted)

    def test_behind_an_open_breaker_there_is_none_then_for_a_probe(self, traffic, asker):
        self.fail(traffic, asker, 5)
        closed = traffic.outlook(asker)
        time.sleep(closed.wait + 0.02)
        again = traffic.outlook(asker)
        granted(traffic, asker)

        assert (closed.room, closed.why) == (0, Why.open)
        assert again == Outlook(1)
        assert (traffic.outlook(asker).room, traffic.outlook(asker).why) == (0, Why.probing)

    def test_who_was_asked_to_wait_has_none_for_so_long(self, traffic, asker):
        traffic.hold(asker, 30)

        seen = traffic.outlook(asker)

        assert (seen.room, seen.why) == (0, Why.hold)
        assert seen.wait == pytest.approx(30, abs=1)

    def test_without_redis_nobody_is_put_off(self, make_traffic, make_asker):
        assert make_traffic(NO_REDIS).outlook(make_asker()) == Outlook()


class TestWithoutRedis:
    def test_a_process_keeps_to_its_share(self, make_traffic, make_asker):
        traffic = make_traffic(NO_REDIS, processes=4)
        asker = make_asker(capacity=10, limit=2400, seconds=60)
        began, count = time.monotonic(), 0
        while time.monotonic() - began < 1.0:
            answer, lease = traffic.ask(asker)
            if answer.wait == 0:
                count += 1
                traffic.leave(asker, lease)
            else:
                time.sleep(min(answer.wait, 0.05))

        share = (0.95 * 2400 - 10) / 60 / 4
        assert 0.8 * share <= count <= share + 1

    def test_it_has_a_breaker_of_its_own(self, make_traffic, make_asker):
        traffic = make_traffic(NO_REDIS, processes=1)
        asker = make_asker(capacity=10, limit=60_000)
        for _ in range(5):
            time.sleep(0.005)
            _, lease = traffic.ask(asker)
            opened = traffic.tell(asker, lease, CallOutcome.failed)
            traffic.leave(asker, lease)

        time.sleep(0.005)

        assert opened is True
        assert traffic.ask(asker)[0].why is Why.open

    def test_a_wish_to_wait_is_obeyed_and_further_calls_are_paced(self, make_traffic, make_asker):
        traffic = make_traffic(NO_REDIS, processes=1)
        asker = make_asker(capacity=10, limit=600)
        traffic.ask(asker)
        time.sleep(0.12)
        answer, lease = traffic.ask(asker)
        further = traffic.ask_further(asker, lease)
        traffic.hold(asker, 5)

        assert answer.wait == 0
        assert 0 < further.wait <= 0.12
        assert traffic.ask_further(asker, lease).wait > 0
        assert traffic.ask(asker)[0].why is Why.full or traffic.ask(asker)[0].why is Why.hold
