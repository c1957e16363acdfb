"""What a provider says of an envelope is ranked: any order, any repetition ends the same."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contracts import SignerRole
from app.domain.envelopes import (
    FINAL,
    RANK,
    EnvelopeStatus,
    Standing,
    is_behind,
    later,
    may_ask,
    read_standing,
)

told = st.lists(st.sampled_from(EnvelopeStatus), min_size=1)


def ended(news):
    status = None
    for one in news:
        status = later(status, one)
    return status


@given(told, st.randoms())
def test_order_and_repetition_change_nothing(news, chance):
    mixed = [*news, *chance.choices(news, k=3)]
    chance.shuffle(mixed)

    assert ended(mixed) == ended(news)


def test_every_order_of_a_whole_life_ends_completed():
    life = ["sent", "viewed", "signed", "completed"]

    ends = {ended(map(EnvelopeStatus, order)) for order in permutations(life)}

    assert ends == {EnvelopeStatus.completed}


@given(told)
def test_an_end_is_never_left_for_something_open(news):
    assert (ended(news) in FINAL) == any(one in FINAL for one in news)


@given(st.sampled_from(EnvelopeStatus), st.sampled_from(EnvelopeStatus))
def test_news_is_behind_exactly_when_it_would_lead_backwards(known, news):
    assert is_behind(known, news) == (RANK[news] < RANK[known])
    assert not is_behind(None, news)


@given(
    st.sampled_from(EnvelopeStatus),
    st.dictionaries(
        st.sampled_from(SignerRole),
        st.none() | st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- the strategy adds the zone
    ),
    st.text(max_size=300),
)
def test_a_standing_is_read_as_it_was_written(status, signed, reason):
    standing = Standing(status, signed, reason)

    assert read_standing(standing.written()) == standing


@pytest.mark.parametrize(
    ("provider", "minutes", "may"),
    [("docusign", 14, False), ("docusign", 15, True), ("adobe_sign", 0, True)],
)
def test_a_provider_is_asked_no_more_often_than_it_allows(provider, minutes, may):
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)

    assert may_ask(provider, at - timedelta(minutes=minutes), at) is may
    assert may_ask(provider, None, at)
