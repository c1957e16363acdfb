from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.conflict_checks import find_conflicts
from app.domain.conflict_words import say_conflict, say_short
from app.domain.conflicts import (
    Absence,
    ConflictKind,
    Diary,
    HoursRules,
    Presence,
    Weight,
    gather,
)
from app.domain.errors import Refused
from app.domain.local_time import resolve_local
from app.domain.periods import Period
from app.domain.rest import WorkDay, find_long_days, find_short_rests, say_duration
from app.domain.schedules import CallType

SYDNEY, ADELAIDE, LORD_HOWE = "Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe"
FRIDAY = date(2026, 11, 20)
SATURDAY = date(2026, 11, 21)
HOUSE = HoursRules(timedelta(hours=11), timedelta(hours=13), "house rules 2026, part 4")


def at(day, clock, zone=ADELAIDE, fold=0):
    return resolve_local(zone, day, time.fromisoformat(clock), fold)


def call(number, title, day, starts="", ends="", *, zone=ADELAIDE, night=0, **more):
    later = day + timedelta(days=night)
    return Presence(
        call_id=number, title=title, day_of=day, zone=zone,
        starts_at=at(day, starts, zone) if starts else None,
        ends_at=at(later, ends, zone) if ends else None,
        **{"venue_id": 1, "venue": "Her Majesty’s"} | more,
    )  # fmt: skip


def found(*calls, rules=HOUSE, absences=(), distance=None):
    diary = Diary(7, "Noémie Lefèvre", calls, absences)
    asked = distance or (lambda _one, _other: None)
    return find_conflicts(diary, lambda _day: rules, asked)


class TestTwoCallsAtOnce:
    def test_at_two_venues_must_be_solved(self):
        (one,) = found(
            call(1, "Spacing call", FRIDAY, "14:00", "15:00"),
            call(2, "Interview", FRIDAY, "14:30", "15:30", venue_id=2, venue="Grote Street"),
        )

        assert (one.kind, one.weight, one.calls) == (
            ConflictKind.two_places,
            Weight.blocks,
            (1, 2),
        )
        assert say_conflict(one, ["Tomáš Dvořák"]) == (
            "Tomáš Dvořák is called in two places, Fri 20 Nov 14:30 to 15:00, Adelaide +10:30"
        )
        assert one.fact == (
            "Spacing call 14:00 to 15:00, Her Majesty’s; and Interview 14:30 to 15:30, Grote Street."
        )

    @pytest.mark.parametrize("more", [{}, {"venue_id": 2, "is_sure": False}, {"venue_id": None}])
    def test_in_one_house_or_at_an_unsure_hour_need_a_reason(self, more):
        (one,) = found(
            call(1, "Class", FRIDAY, "10:00", "11:15"),
            call(2, "Photo call", FRIDAY, "10:15", "10:45", **more),
        )

        assert (one.kind, one.weight) == (ConflictKind.overlap, Weight.reason)

    def test_end_to_start_are_none(self):
        assert (
            found(
                call(1, "Class", FRIDAY, "10:00", "11:00"),
                call(2, "Notes", FRIDAY, "11:00", "12:00"),
            )
            == []
        )

    def test_that_begin_together_without_an_end_are_two(self):
        (one,) = found(call(1, "Class", FRIDAY, "10:00"), call(2, "Fitting", FRIDAY, "10:00"))

        assert one.kind is ConflictKind.overlap

    def test_are_told_from_each_other_by_the_instant_where_the_zones_differ(self):
        calls = (
            call(1, "Class", FRIDAY, "10:00", "11:00"),
            call(2, "Call from Perth", FRIDAY, "10:00", "11:00", zone="Australia/Perth"),
        )

        assert found(*calls) == []


class TestBetweenVenues:
    APART = (
        call(1, "Class", FRIDAY, "10:00", "11:00", venue_id=1, venue="Studio"),
        call(2, "Interview", FRIDAY, "11:10", "12:00", venue_id=2, venue="Grote Street"),
    )

    def test_too_little_time_names_the_first_hour_that_would_do(self):
        (one,) = found(*self.APART, distance=lambda _one, _other: 25)

        assert (one.kind, one.amount) == (ConflictKind.travel_time, "10 min")
        assert one.way_out == "Interview at 11:25 or later would do."
        assert (one.fix.call_id, one.fix.field, one.fix.value) == (2, "local_start", "11:25")

    def test_enough_time_is_none(self):
        assert found(*self.APART, distance=lambda _one, _other: 10) == []

    def test_a_distance_that_nobody_knows_is_only_noted(self):
        (one,) = found(*self.APART)

        assert (one.kind, one.weight) == (ConflictKind.no_distance, Weight.note)

    def test_a_journey_that_is_a_call_itself_is_not_measured(self):
        train = call(3, "Train", FRIDAY, "11:10", "12:00", venue_id=2, type=CallType.travel)

        assert found(self.APART[0], train, distance=lambda _one, _other: 90) == []


class TestDates:
    def test_a_call_on_a_day_that_was_accepted_as_off_needs_a_reason(self):
        off = Absence(Period(SATURDAY, SATURDAY))

        (one,) = found(call(1, "Class", SATURDAY, "09:00", "10:00"), absences=(off,))

        assert (one.kind, one.weight) == (ConflictKind.unavailable, Weight.reason)
        assert say_short(one) == "Not available"

    def test_a_day_that_was_only_asked_for_is_noted(self):
        off = Absence(Period(FRIDAY, SATURDAY), is_accepted=False)

        (one,) = found(call(1, "Class", SATURDAY), absences=(off,))

        assert (one.kind, one.weight) == (ConflictKind.asked_off, Weight.note)

    def test_a_call_outside_the_contract_needs_a_reason(self):
        (one,) = found(call(1, "Class", SATURDAY, "09:00", is_engaged=False))

        assert one.kind is ConflictKind.not_engaged

    def test_a_call_on_a_day_off_needs_a_reason(self):
        free = call(1, "Day off", FRIDAY, type=CallType.day_off)

        (one,) = found(free, call(2, "Class", FRIDAY, "10:00", "11:00"))

        assert (one.kind, one.calls) == (ConflictKind.day_off, (1, 2))


class TestRest:
    def test_says_the_hours_the_rule_and_the_first_hour_that_would_satisfy_it(self):
        (one,) = found(
            call(1, "Notes", FRIDAY, "22:00", "22:15"), call(2, "Class", SATURDAY, "09:00", "10:00")
        )

        assert say_conflict(one, ["Noémie Lefèvre"]) == (
            "Noémie Lefèvre rests 10 h 45 min, Fri 20 Nov 22:15 to Sat 21 Nov 09:00, Adelaide +10:30"
        )
        assert one.fact == "Rule: 11 h between two days (house rules 2026, part 4)."
        assert one.way_out == "Class at 09:15 or later would satisfy it."

    @pytest.mark.parametrize(
        ("night", "hours", "way"),
        [(date(2026, 10, 3), 10, "forward"), (date(2027, 4, 3), 12, "back")],
    )
    def test_counts_real_hours_on_the_night_clocks_change_and_says_so(self, night, hours, way):
        rules = HoursRules(timedelta(hours=hours, minutes=30), None, "house rules")

        (one,) = found(
            call(1, "Show", night, "20:00", "23:00", zone=SYDNEY),
            call(2, "Class", night + timedelta(days=1), "10:00", "11:00", zone=SYDNEY),
            rules=rules,
        )

        assert one.amount == f"{hours} h"
        assert f"The clock shows 11 h, but clocks go {way} in between." in one.fact

    def test_of_eleven_hours_is_enough_in_autumn_where_the_clock_shows_ten(self):
        night = date(2027, 4, 3)

        assert (
            found(
                call(1, "Show", night, "20:00", "23:30", zone=SYDNEY),
                call(2, "Class", night + timedelta(days=1), "09:30", "10:30", zone=SYDNEY),
            )
            == []
        )

    def test_begins_where_a_show_after_midnight_ends(self):
        (one,) = found(
            call(1, "Late show", FRIDAY, "22:30", "00:40", night=1),
            call(2, "Class", SATURDAY, "10:00", "11:00"),
        )

        assert one.amount == "9 h 20 min"

    def test_without_rules_is_not_checked(self):
        calls = (call(1, "Show", FRIDAY, "22:00"), call(2, "Class", SATURDAY, "00:30"))

        assert found(*calls, rules=None) == []

    def test_of_a_call_without_an_end_is_counted_from_its_start_and_says_so(self):
        (one,) = found(call(1, "Show", FRIDAY, "23:00"), call(2, "Class", SATURDAY, "09:00"))

        assert "Show has no end: counted from its start." in one.fact


class TestSpan:
    def test_of_a_day_that_is_too_long_names_both_ways_out(self):
        (one,) = found(
            call(1, "Class", FRIDAY, "09:00", "10:00"), call(2, "Show", FRIDAY, "19:30", "22:30")
        )

        assert (one.kind, one.amount) == (ConflictKind.long_day, "13 h 30 min")
        assert one.way_out == "An end at 22:00 or a start at 09:30 would satisfy it."

    def test_counts_the_hour_that_comes_twice(self):
        night = date(2027, 4, 3)
        calls = (
            call(1, "Class", night, "14:00", "15:00", zone=SYDNEY),
            call(2, "Party", night, "22:00", "03:00", zone=SYDNEY, night=1),
        )

        (one,) = found(*calls)

        assert one.amount == "14 h"


class TestTogether:
    def test_people_whom_the_same_conflict_meets_need_one_reason(self):
        calls = (call(1, "Class", FRIDAY, "10:00", "11:00"), call(2, "Photo", FRIDAY, "10:30"))
        diaries = [Diary(n, name, calls) for n, name in enumerate(("Ana", "Ben", "Cleo"))]
        rules, unknown = lambda _day: None, lambda _one, _other: None

        (one,) = gather((d, c) for d in diaries for c in find_conflicts(d, rules, unknown))

        assert one.people == (0, 1, 2)
        assert say_conflict(one.conflict, one.names).startswith(
            "Ana and 2 others are called twice at once, Fri 20 Nov 10:30"
        )

    def test_what_must_be_solved_stands_first(self):
        later = (
            call(1, "Class", SATURDAY, "10:00", "11:00"),
            call(2, "Show", SATURDAY, "10:30", "11:30", venue_id=2),
        )
        first = (call(3, "Class", FRIDAY, "10:00", "11:00"), call(4, "Photo", FRIDAY, "10:30"))

        both = found(*first, *later)

        assert [one.weight for one in gather((Diary(1, "A", ()), c) for c in both)] == [
            Weight.blocks,
            Weight.reason,
        ]

    def test_another_hour_is_another_conflict(self):
        keys = {
            found(call(1, "Show", FRIDAY, "22:00", end), call(2, "Class", SATURDAY, "08:00"))[0].key
            for end in ("22:15", "22:30")
        }

        assert len(keys) == 2


NIGHTS = st.sampled_from(
    [
        (SYDNEY, date(2026, 10, 3)),
        (SYDNEY, date(2027, 4, 3)),
        (ADELAIDE, date(2026, 10, 3)),
        (ADELAIDE, date(2027, 4, 3)),
        (LORD_HOWE, date(2026, 10, 3)),
        (LORD_HOWE, date(2027, 4, 3)),
        ("Australia/Darwin", date(2026, 10, 3)),
        ("Europe/London", date(2026, 10, 24)),
    ]
)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


def instant(zone, day, clock, fold):
    try:
        return resolve_local(zone, day, clock, fold)
    except Refused:
        return None


class TestHoursOnTheNightClocksChange:
    @given(NIGHTS, CLOCKS, CLOCKS, st.integers(0, 1), st.integers(1, 24))
    def test_rest_is_what_a_stop_watch_shows(self, place, evening, morning, fold, least):
        zone, night = place
        ends = instant(zone, night, evening, fold)
        begins = instant(zone, night + timedelta(days=1), morning, fold)
        if ends is None or begins is None:
            return
        days = [WorkDay(ends, ends), WorkDay(begins, begins)]
        watch = begins.timestamp() - ends.timestamp()

        short = find_short_rests(days, timedelta(hours=least))

        assert bool(short) is (watch < least * 3600)
        for one in short:
            assert one.rest.total_seconds() == watch
            assert one.rest + one.missing == timedelta(hours=least)

    @given(NIGHTS, CLOCKS, CLOCKS, st.integers(0, 1), st.integers(1, 30))
    def test_the_span_of_a_day_is_what_a_stop_watch_shows(self, place, first, last, fold, most):
        zone, night = place
        begins = instant(zone, night, first, fold)
        ends = instant(zone, night + timedelta(days=1), last, fold)
        if begins is None or ends is None:
            return
        watch = ends.timestamp() - begins.timestamp()

        long = find_long_days([WorkDay(begins, ends)], timedelta(hours=most))

        assert bool(long) is (watch > most * 3600)
        assert all(one.span.total_seconds() == watch for one in long)

    @given(NIGHTS, st.integers(0, 23), st.integers(0, 23), st.integers(1, 23))
    def test_the_hour_that_is_proposed_satisfies_the_rule(self, place, evening, morning, least):
        zone, night = place
        rules = HoursRules(timedelta(hours=least), None, "")
        ends = instant(zone, night, time(evening), 0)
        begins = instant(zone, night + timedelta(days=1), time(morning), 0)
        if ends is None or begins is None:
            return
        calls = (
            Presence(1, "Show", night, zone=zone, starts_at=ends, ends_at=ends),
            Presence(2, "Class", night + timedelta(days=1), zone=zone, starts_at=begins),
        )

        for one in found(*calls, rules=rules):
            proposed = (ends + timedelta(hours=least)).astimezone(ZoneInfo(zone))
            assert one.fix.value == f"{proposed:%H:%M}"
            assert proposed.astimezone(UTC) - ends == timedelta(hours=least)

    def test_rules_may_differ_from_day_to_day(self):
        days = [
            WorkDay(datetime(2026, 1, n, 12, tzinfo=UTC), datetime(2026, 1, n, 23, tzinfo=UTC))
            for n in (1, 2, 3)
        ]

        short = find_short_rests(
            days, lambda day: timedelta(hours=14) if day.starts_at.day == 3 else None
        )

        assert [one.later.starts_at.day for one in short] == [3]


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (645, "10 h 45 min")]
)
def test_durations_are_said_in_hours_and_minutes(minutes, said):
    assert say_duration(timedelta(minutes=minutes)) == said
