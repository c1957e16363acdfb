from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outbox import EffectClass
from app.domain.outbox_kinds import class_of
from app.domain.outbox_moves import DOUBT, InDoubt, parse_retry_after
from app.domain.outbox_waits import retry_wait

NOW = datetime(2026, 11, 17, 4, 2, tzinfo=UTC)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120),
            (" 0 ", 0),
            ("66975", 66975),
            ("999999", 86400),
            ("Tue, 17 Nov 2026 04:03:00 GMT", 60),
            ("Tue, 17 Nov 2026 04:01:00 GMT", 0),
            ("Thu, 17 Dec 2026 04:01:00 -0000", 86400),
            ("soon", None),
            ("", None),
            (None, None),
            ("-5", None),
        ],
    )
    def test_is_read_in_seconds_or_as_a_date(self, header, seconds):
        assert parse_retry_after(header, NOW) == seconds


class TestWaiting:
    @given(st.integers(0, 100), st.floats(0, 1))
    def test_spreads_under_a_growing_roof(self, attempt, chance):
        assert (
            0
            <= retry_wait(attempt, chance=chance, base=2, cap=900)
            <= min(900, 2.0 * 2 ** min(attempt, 30))
        )

    def test_the_providers_wish_wins_up_to_a_day(self):
        assert [
            retry_wait(1, chance=0.5, base=2, cap=900, wish=wish) for wish in (5, -1, 10**6)
        ] == [5, 0, 86400]


def test_doubt_is_settled_by_class():
    assert [DOUBT[one] for one in EffectClass] == [
        InDoubt.ask_again,
        InDoubt.ask_again,
        InDoubt.look_up,
        InDoubt.park,
    ]


def test_what_is_not_listed_is_never_repeated_blindly():
    assert (class_of("mail.send"), class_of("unheard.of")) == (EffectClass.U, EffectClass.U)
