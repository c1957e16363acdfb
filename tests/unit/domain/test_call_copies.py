from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.call_copies import Again, CopyOutcome, copy_hours, target_days
from app.domain.call_times import CallHours
from app.domain.errors import Refused

SYDNEY, DAY = "Australia/Sydney", date(2026, 11, 19)
HOURS = CallHours(DAY, local_start=time(2, 30), zone="Australia/Adelaide", fold=1)


@pytest.mark.parametrize(
    ("day", "outcome"),
    [
        (DAY, CopyOutcome.ready),
        (date(2026, 10, 4), CopyOutcome.refused),
        (date(2027, 4, 4), CopyOutcome.asked),
    ],
)
def test_an_hour_is_copied_refused_or_asked_about_at_the_new_place(day, outcome):
    assert copy_hours(HOURS, day, SYDNEY, {}).outcome is outcome


def test_the_answer_settles_the_question_and_the_source_does_not():
    asked = copy_hours(HOURS, date(2027, 4, 4), SYDNEY, {})
    settled = copy_hours(HOURS, date(2027, 4, 4), SYDNEY, {"local_start": 1})

    assert (asked.about, asked.offsets) == ("local_start", ("Sydney +11:00", "Sydney +10:00"))
    assert (settled.outcome, settled.hours.fold) == (CopyOutcome.ready, 1)


def test_a_place_without_a_zone_is_copied_and_waits_for_one():
    assert copy_hours(HOURS, DAY, None, {}).outcome is CopyOutcome.ready


@given(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.times())
def test_the_clock_on_the_wall_is_kept(day, clock):
    copied = copy_hours(CallHours(DAY, local_start=clock), day, SYDNEY, {})

    assert (copied.hours.local_start, copied.hours.day_of) == (clock, day)


@given(st.sampled_from([Again.daily, Again.weekly]), st.integers(0, 59))
def test_days_follow_each_other_in_equal_steps(again, days):
    found = target_days(DAY, again, DAY + timedelta(days=days), is_week=False)

    step = 7 if again is Again.weekly else 1
    assert found == [DAY + timedelta(days=n) for n in range(0, days + 1, step)]


@pytest.mark.parametrize(
    ("again", "until", "is_week", "field"),
    [
        (Again.daily, DAY, True, "again"),
        (Again.weekly, None, True, "until"),
        (Again.daily, DAY - timedelta(days=1), False, "until"),
        (Again.daily, DAY + timedelta(days=60), False, "until"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(again, until, is_week, field):
    with pytest.raises(Refused) as refusal:
        target_days(DAY, again, until, is_week=is_week)

    assert refusal.value.field == field


def test_once_is_once():
    assert target_days(DAY, Again.once, None, is_week=True) == [DAY]
