"""Eight processes under pressure, Redis flushed ten times: never above the limit, hardly below it."""

from app.domain.provider_limits import LIMITS, ProviderLimits, Window
from tests.bench.limits import rush, scaled, spells, tempo, used

FACTOR = 20


def test_no_window_is_above_the_limit_and_little_of_it_is_wasted(redis_url):
    limits = scaled(LIMITS["xero"], FACTOR)

    counter = rush(redis_url, limits, tempo(FACTOR), seconds=9, flushes=10, takes=0.03)

    (window,) = limits.windows
    assert counter.most_within(window.seconds) <= window.limit == 60
    assert counter.most_in_flight <= limits.at_once == 4
    # How much exactly is a matter of the machine: ``make limits`` asks for 85 %.
    assert used(counter, limits) >= 0.6


def test_a_dead_provider_gets_one_probe_at_a_time(redis_url):
    roomy = ProviderLimits((Window(6000, 60, 50),), at_once=8)
    pace = tempo(60)

    counter = rush(redis_url, roomy, pace, seconds=5, takes=0.01, is_dead=True)

    before, probes = spells(counter, pace)
    assert 5 <= before <= 12
    assert len(probes) >= 2
    assert set(probes) == {1}
