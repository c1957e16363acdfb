"""What is known of an address once carriers and people spoke of it, in whatever order."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.contact_points import Standing, hear, reopen
from app.domain.messages import Mark

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
NEWS = st.tuples(
    st.sampled_from(Mark), st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours)),
    st.sampled_from(["", "550 no such user", "spam"]),
)  # fmt: skip


def after(news, standing=Standing()):  # noqa: B008 -- it is frozen
    for mark, at, because in news:
        standing = hear(standing, mark, at, because)
    return standing


class TestStanding:
    @given(st.lists(NEWS, max_size=4))
    def test_is_open_or_not_whatever_the_order_and_however_often_it_is_told(self, news):
        ends = {
            (end.is_open, end.bounced_at, end.stopped_at, end.reopened_at)
            for order in itertools.permutations(news)
            for end in (after(order), after([*order, *order]))
        }

        assert len(ends) == 1

    def test_is_lost_once_it_bounced_or_was_stopped_and_says_why(self):
        bounced = hear(Standing(), Mark.unreachable, START, "550 no such user")
        stopped = hear(Standing(), Mark.unwanted, START, "Answered STOP.")

        assert not bounced.is_open
        assert not stopped.is_open
        assert (bounced.because, stopped.because) == ("550 no such user", "Answered STOP.")

    def test_opens_again_by_a_word_that_came_later_and_not_by_an_earlier_one(self):
        hour = timedelta(hours=1)
        stopped = hear(Standing(), Mark.unwanted, START)

        assert hear(stopped, Mark.wanted, START + hour).is_open
        assert not hear(stopped, Mark.wanted, START - hour).is_open

    def test_that_was_opened_again_hears_no_older_news(self):
        opened = reopen(hear(Standing(), Mark.unreachable, START), START + timedelta(hours=1))

        assert hear(opened, Mark.unreachable, START, "late") == opened
        assert not hear(opened, Mark.unreachable, START + timedelta(hours=2)).is_open
