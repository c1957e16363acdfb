from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Refused
from app.domain.quiet_hours import (
    Night,
    Sleeper,
    Urgency,
    check_urgency,
    find_sleepers,
    next_morning,
)

BRISBANE, ADELAIDE, PERTH = "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth"
LATE = datetime(2026, 11, 18, 12, 10, tzinfo=UTC)


def test_people_are_found_asleep_by_the_clock_of_their_own_place():
    people = [Sleeper(1, BRISBANE), Sleeper(2, ADELAIDE), Sleeper(3, PERTH), Sleeper(4, BRISBANE)]

    asleep = find_sleepers(people, LATE)

    assert [(one.zone, one.people) for one in asleep] == [(ADELAIDE, (2,)), (BRISBANE, (1, 4))]
    assert asleep[1].said == "It is 22:10, Brisbane +10:00, for 2 people who are told."


def test_people_in_a_performance_are_named_by_day_too():
    (one,) = find_sleepers([Sleeper(3, PERTH, True), Sleeper(4, PERTH)], LATE)

    assert one.said == "1 person who is told is in a performance now, 20:10, Perth +08:00."


def test_of_several_asleep_those_on_stage_are_counted():
    (one,) = find_sleepers([Sleeper(1, BRISBANE, True), Sleeper(2, BRISBANE)], LATE)

    assert one.said.endswith("for 2 people who are told. 1 of them are in a performance.")


@pytest.mark.parametrize(
    ("night", "clock", "sleeps"),
    [
        (Night(), time(21), True),
        (Night(), time(7), False),
        (Night(), time(6, 59), True),
        (Night(time(1), time(6)), time(3), True),
        (Night(time(1), time(6)), time(23), False),
    ],
)
def test_a_night_begins_and_ends_on_its_minute(night, clock, sleeps):
    assert night.holds(clock) is sleeps


def test_it_is_asked_only_where_somebody_sleeps_and_nobody_has_answered():
    asleep = find_sleepers([Sleeper(1, BRISBANE)], LATE)

    with pytest.raises(Refused) as refusal:
        check_urgency(asleep, None)
    check_urgency(asleep, Urgency.morning)
    check_urgency([], None)

    assert refusal.value.field == "urgency"


@given(
    st.integers(0, 242 * 24 * 60).map(lambda minutes: LATE + timedelta(minutes=minutes)),
    st.sampled_from([BRISBANE, ADELAIDE, "Australia/Lord_Howe", "Europe/Paris"]),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)
def test_the_next_morning_is_ahead_within_two_days_and_on_the_clock(now, zone, ends):
    night = Night(time(21), ends)

    morning = next_morning(zone, now, night)

    assert timedelta(0) < morning - now <= timedelta(days=2, hours=1)
    assert morning.astimezone(ZoneInfo(zone)).time() == ends
