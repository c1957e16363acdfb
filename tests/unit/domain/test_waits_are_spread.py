"""A thousand clients that failed together do not come back together."""

import random
from math import exp, sqrt

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from app.domain.outbox_waits import LONGEST_WISH, retry_wait


def kolmogorov_smirnov(sample):
    """Return the probability that a uniform sample from 0 to 1 lies further off than this one."""
    ordered = sorted(sample)
    n = len(ordered)
    distance = max(
        max((place + 1) / n - value, value - place / n) for place, value in enumerate(ordered)
    )
    root = (sqrt(n) + 0.12 + 0.11 / sqrt(n)) * distance
    terms = ((-1) ** (k - 1) * exp(-2 * (k * root) ** 2) for k in range(1, 101))
    return max(0.0, min(1.0, 2 * sum(terms)))


@pytest.mark.parametrize("attempt", [1, 3, 6, 16])
def test_waits_are_uniform_under_their_roof(attempt):
    chance = random.Random(20261125)
    roof = min(900.0, 2.0 * 2.0**attempt)

    waits = [retry_wait(attempt, chance=chance.random(), base=2.0, cap=900.0) for _ in range(1000)]

    assert kolmogorov_smirnov([wait / roof for wait in waits]) > 0.05


def test_the_test_would_see_waits_that_are_not_spread():
    chance = random.Random(20261125)

    clustered = [0.5 + chance.random() / 2 for _ in range(1000)]

    assert kolmogorov_smirnov(clustered) < 0.001


@seed(20261125)
@settings(max_examples=200)
@given(
    wish=st.floats(-10, 200_000, allow_nan=False),
    attempt=st.integers(1, 40),
    chance=st.floats(0, 1),
)
def test_a_providers_wish_is_obeyed_and_never_longer_than_a_day(wish, attempt, chance):
    wait = retry_wait(attempt, chance=chance, base=2.0, cap=900.0, wish=wish)

    assert wait == min(max(wish, 0.0), LONGEST_WISH)
