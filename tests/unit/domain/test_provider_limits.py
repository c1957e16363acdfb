"""Limits as data: whatever the provider, no window of ours can hold more than our share of its limit."""

import pytest

from app.domain.circuit_breaker import BreakerState, CallOutcome, CircuitBreaker, outcome_of
from app.domain.provider_limits import LIMITS, USUAL, Window, limits_of, remaining

WINDOWS = [
    (name, window)
    for name, limits in [*LIMITS.items(), ("usual", USUAL)]
    for window in limits.windows
]


class TestLimits:
    @pytest.mark.parametrize(("name", "window"), WINDOWS)
    def test_a_full_bucket_and_a_windows_refill_stay_below_our_share(self, name, window):
        most = window.capacity + window.per_second * window.seconds

        assert most <= 0.95 * window.limit + 1e-9, name
        assert window.per_second * window.seconds >= 0.8 * window.limit, name

    def test_the_figures_are_those_that_the_vendors_publish(self):
        xero, docusign = LIMITS["xero"], LIMITS["docusign"]

        assert [(w.limit, w.seconds) for w in xero.windows] == [(60, 60)]
        assert xero.at_once < 5
        assert [(b.limit, b.seconds) for b in xero.budgets] == [(5000, 86_400)]
        assert [(w.limit, w.seconds) for w in docusign.windows] == [(500, 30)]
        assert [(b.limit, b.seconds) for b in docusign.budgets] == [(3000, 3600)]

    def test_a_tenth_of_the_day_is_kept_for_people(self):
        (day,) = limits_of("xero", calls_a_day=1000).budgets

        assert day.allowed(is_urgent=False) == 900
        assert day.allowed(is_urgent=True) == 1000

    def test_what_is_our_own_has_no_limits_and_a_stranger_polite_ones(self):
        assert limits_of("postroom") is None
        assert limits_of("somebody_new") is USUAL

    @pytest.mark.parametrize(
        ("headers", "left"),
        [
            ({"x-minlimit-remaining": "7"}, 7.0),
            ({"X-MinLimit-Remaining": "many"}, None),
            ({}, None),
        ],
    )
    def test_a_header_is_read_whatever_its_case(self, headers, left):
        assert remaining(headers, "X-MinLimit-Remaining") == left

    def test_no_header_says_nothing(self):
        assert remaining({"": "7"}, "") is None

    def test_a_window_keeps_its_reserve_of_what_is_left(self):
        assert Window(60, 60, 3).left(10) == pytest.approx(7.0)
        assert Window(60, 60, 3).left(1) == 0.0


class TestTheBreakerOfOneProcess:
    def failed(self, breaker, at, times=1):
        for _ in range(times):
            breaker.ask(at, patience=30)
            breaker.tell(at, CallOutcome.failed)

    def test_it_opens_after_five_failures_within_a_minute(self):
        breaker = CircuitBreaker()

        self.failed(breaker, 0, 4)
        before = breaker.state(1)
        self.failed(breaker, 1)

        assert (before, breaker.state(1)) == (BreakerState.closed, BreakerState.open)
        assert breaker.ask(1, patience=30) == 30

    def test_failures_of_the_minute_before_are_forgotten(self):
        breaker = CircuitBreaker()
        self.failed(breaker, 0, 4)
        breaker.tell(1, CallOutcome.answered)

        self.failed(breaker, 61)

        assert breaker.state(61) is BreakerState.closed

    @pytest.mark.parametrize(
        ("apart", "state"), [(25, BreakerState.open), (80, BreakerState.closed)]
    )
    def test_five_time_outs_one_after_the_other_fill_no_minute_and_open_it(self, apart, state):
        breaker = CircuitBreaker()

        for number in range(5):
            self.failed(breaker, number * apart)

        assert breaker.state(4 * apart) is state

    def test_five_among_the_last_twenty_open_it_and_four_do_not(self):
        breaker = CircuitBreaker()
        self.failed(breaker, 0, 4)
        for _ in range(17):
            breaker.tell(1, CallOutcome.answered)

        self.failed(breaker, 2)

        assert breaker.state(2) is BreakerState.closed

    def test_one_probe_at_a_time_and_two_that_succeed_close_it(self):
        breaker = CircuitBreaker()
        self.failed(breaker, 0, 5)

        first, beside = breaker.ask(30, patience=10), breaker.ask(30, patience=10)
        breaker.tell(31, CallOutcome.answered)
        half = breaker.state(31)
        breaker.ask(31, patience=10)
        breaker.tell(32, CallOutcome.answered)

        assert (first, beside) == (0.0, 10)
        assert (half, breaker.state(32)) == (BreakerState.half_open, BreakerState.closed)
        assert breaker.ask(32, patience=10) == 0.0

    def test_failed_probes_double_the_pause_to_ten_minutes_at_most(self):
        breaker, at, pauses = CircuitBreaker(), 0.0, []
        self.failed(breaker, 0, 5)
        for _ in range(6):
            pauses.append(breaker.ask(at, patience=10))
            at += pauses[-1]
            self.failed(breaker, at)

        assert pauses == [30, 60, 120, 240, 480, 600]

    def test_a_call_that_was_not_made_says_nothing(self):
        breaker = CircuitBreaker()
        self.failed(breaker, 0, 5)
        breaker.ask(30, patience=10)

        breaker.tell(30, CallOutcome.unused)

        assert breaker.ask(30, patience=10) == 0.0

    @pytest.mark.parametrize(
        ("status", "is_clear", "outcome"),
        [
            (503, False, CallOutcome.failed),
            (429, False, CallOutcome.answered),
            (404, True, CallOutcome.answered),
            (None, False, CallOutcome.failed),
            (None, True, CallOutcome.unused),
        ],
    )
    def test_only_silence_and_5xx_are_failures(self, status, is_clear, outcome):
        assert outcome_of(status, is_clear=is_clear) is outcome
