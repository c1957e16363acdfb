"""What a notice says of a call, by when it must be known, and when somebody has to ring up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.call_notices import (
    ESCALATION_LEAD,
    GRACE,
    CallNoticeState,
    announced,
    days_of,
    differs,
    headline,
    is_late,
    is_old_news,
    is_over,
    known_by,
    state_of,
)
from app.domain.schedule_versions import CallChange
from app.domain.schedules import ChangeKind

AT = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
CALL = {
    "type": "rehearsal", "title": "Spacing call", "day_of": "2026-11-19", "time_kind": "exact",
    "local_start": "14:00", "start_day_offset": 0, "local_end": "15:00", "end_day_offset": 0,
    "zone": "Australia/Adelaide", "starts_at": "2026-11-19T03:30:00+00:00",
    "ends_at": "2026-11-19T04:30:00+00:00", "status": "published", "called": [1, 2], "note": "",
}  # fmt: skip


def call(**facts):
    return {**CALL, **facts}


class TestState:
    @pytest.mark.parametrize(
        ("seen", "phoned", "confirmed", "state"),
        [
            (None, None, None, CallNoticeState.asked),
            (AT, None, None, CallNoticeState.seen),
            (None, AT, None, CallNoticeState.phoned),
            (AT, AT, AT, CallNoticeState.confirmed),
        ],
    )
    def test_what_a_person_said_counts_most(self, seen, phoned, confirmed, state):
        assert state_of(seen, phoned, confirmed) is state


class TestAnnounced:
    @pytest.mark.parametrize("kind", ["hidden", "tbc"])
    def test_takes_the_hours_out_and_who_else_is_called(self, kind):
        told = announced(call(time_kind=kind))

        assert {told[name] for name in ("local_start", "local_end", "starts_at", "ends_at")} == {
            None
        }
        assert "called" not in told

    def test_leaves_what_is_announced(self):
        assert announced(CALL) == {name: v for name, v in CALL.items() if name != "called"}


class TestDiffers:
    def test_nothing_and_a_call_is_an_addition(self):
        assert differs({}, CALL).kind is ChangeKind.added

    def test_a_call_and_nothing_is_a_cancellation(self):
        assert differs(CALL, {}).kind is ChangeKind.cancelled

    def test_the_same_is_no_change(self):
        assert differs(CALL, dict(CALL)) is None


class TestKnownBy:
    def test_is_the_earlier_of_old_and_new(self):
        later = call(starts_at="2026-11-19T06:00:00+00:00")

        assert known_by(CALL, later) == known_by(later, CALL)
        assert known_by(CALL, later) == datetime(2026, 11, 19, 3, 30, tzinfo=UTC)

    def test_without_an_hour_is_the_beginning_of_the_day_at_the_place(self):
        assert known_by({}, announced(call(time_kind="tbc"))) == datetime(
            2026, 11, 18, 13, 30, tzinfo=UTC
        )

    def test_it_stands_on_the_later_day(self):
        assert days_of(CALL, call(day_of="2026-11-21")) == date(2026, 11, 21)

    @given(
        st.integers(-600, 600),
        st.integers(0, 600),
    )
    def test_somebody_rings_up_only_near_before_and_after_some_time(self, minutes, age):
        begins = AT + timedelta(minutes=minutes)
        asked = AT - timedelta(minutes=age)

        late = is_late(begins, asked, AT)

        is_near = timedelta() < begins - AT <= ESCALATION_LEAD
        assert late == (is_near and timedelta(minutes=age) >= GRACE)


class TestHeadline:
    @pytest.mark.parametrize(
        ("kind", "after", "said"),
        [
            (ChangeKind.added, call(), "New: Spacing call"),
            (ChangeKind.cancelled, call(status="cancelled"), "Spacing call is cancelled"),
            (ChangeKind.cancelled, {}, "You are no longer called: Spacing call"),
            (ChangeKind.place, call(), "Spacing call is at another place"),
            (ChangeKind.other, call(note="x"), "Spacing call has changed"),
            (ChangeKind.moved, call(day_of="2026-11-20"), "Spacing call is on Fri 20 Nov"),
            (ChangeKind.moved, call(starts_at=None), "Spacing call has no fixed time now"),
            (
                ChangeKind.moved,
                call(starts_at="2026-11-19T03:00:00+00:00"),
                "Spacing call is earlier",
            ),
            (
                ChangeKind.moved,
                call(starts_at="2026-11-19T04:00:00+00:00"),
                "Spacing call is later",
            ),
            (ChangeKind.moved, call(local_end="16:00"), "Spacing call ends at another time"),
        ],
    )
    def test_says_a_change_in_a_few_words(self, kind, after, said):
        assert headline(kind, CALL, after) == said

    def test_a_call_that_gets_its_hour_has_its_time(self):
        open_call = announced(call(time_kind="tbc"))

        assert headline(ChangeKind.moved, open_call, CALL) == "Spacing call has its time"


class TestOldNews:
    def test_a_call_is_over_when_its_show_day_is_at_its_place(self):
        midnight = datetime(2026, 11, 19, 13, 30, tzinfo=UTC)

        assert is_over(CALL, midnight)
        assert not is_over(CALL, midnight - timedelta(seconds=1))

    def test_a_late_show_is_over_when_it_ends(self):
        late = call(ends_at="2026-11-19T14:10:00+00:00")

        assert not is_over(late, datetime(2026, 11, 19, 14, 0, tzinfo=UTC))

    def test_without_a_zone_or_an_hour_the_day_counts(self):
        bare = call(zone=None, starts_at=None, ends_at=None)

        assert is_over(bare, datetime(2026, 11, 20, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("kind", "is_old"), [(ChangeKind.added, True), (ChangeKind.moved, False)]
    )
    def test_what_somebody_knew_is_told_although_it_is_over(self, kind, is_old):
        change = CallChange(1, kind, {}, CALL)

        assert is_old_news(change, datetime(2026, 12, 1, tzinfo=UTC)) is is_old
