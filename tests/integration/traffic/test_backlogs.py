"""A backlog whose provider is away comes again little by little, and behind what is new."""

from collections import Counter
from dataclasses import replace

import pytest

from app.domain.circuit_breaker import CallOutcome
from app.integrations.traffic import Why
from app.integrations.traffic.traffic import LONGEST


@pytest.fixture
def away(traffic, make_asker):
    """A provider whose breaker is open: it takes a call a second for long."""
    asker = make_asker(limit=70, capacity=6.5, at_once=10)
    for _ in range(5):
        traffic.tell(asker, "any", CallOutcome.failed)
    assert traffic.ask(asker)[0].why is Why.open
    return asker


def waits(traffic, asker, count):
    return [traffic.ask(asker)[0].wait for _ in range(count)]


class TestBehindABreaker:
    def test_each_comes_one_behind_the_other_as_quickly_as_calls_may_follow(self, traffic, away):
        took = waits(traffic, away, 50)

        assert took == sorted(took)
        assert took[-1] == pytest.approx(50, abs=4)

    def test_who_stands_far_behind_looks_in_by_chance(self, traffic, away):
        took = waits(traffic, away, 2000)

        in_one_second = Counter(int(wait) for wait in took)
        assert max(in_one_second.values()) < 40
        assert max(took) < LONGEST + 2

    def test_what_is_new_stands_behind_no_backlog_of_lower_priority(self, traffic, away):
        waits(traffic, replace(away, priority=20), 500)

        assert traffic.ask(away)[0].wait < 3

    def test_who_is_hurried_waits_for_the_probe_alone(self, traffic, away):
        waits(traffic, away, 50)

        assert traffic.ask(replace(away, priority=200))[0].wait < 1

    def test_the_next_probe_is_tried_when_it_may_be(self, traffic, away):
        first = min(waits(traffic, away, 5))

        assert first < 3


def test_a_long_wish_to_wait_brings_nobody_back_all_at_once(traffic, make_asker):
    asker = make_asker(limit=6000, capacity=6.5)
    traffic.hold(asker, 3600)

    took = waits(traffic, asker, 200)

    assert min(took) >= LONGEST / 2
    assert len({int(wait) for wait in took}) > 50
