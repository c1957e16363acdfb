from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Refused
from app.domain.local_time import (
    AmbiguousTime,
    check_zone,
    elapsed,
    format_instant,
    offset_label,
    resolve_local,
    today_in,
    zone_place,
)
from app.domain.periods import Period, format_date, format_day
from app.domain.rest import WorkDay, find_short_rests

SYDNEY, ADELAIDE, LORD_HOWE = "Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe"


class TestATimeThatDoesNotExist:
    @pytest.mark.parametrize(
        ("zone", "day", "clock", "sentence"),
        [
            (
                SYDNEY,
                date(2026, 10, 4),
                time(2, 30),
                "02:30 does not exist in Sydney on 4 October: clocks go from 02:00 to 03:00. Choose 03:30 or 01:30.",
            ),
            (
                LORD_HOWE,
                date(2026, 10, 4),
                time(2, 15),
                "02:15 does not exist in Lord Howe on 4 October: clocks go from 02:00 to 02:30. Choose 02:45 or 01:45.",
            ),
        ],
    )
    def test_is_refused_with_both_ways_out(self, zone, day, clock, sentence):
        with pytest.raises(Refused) as refusal:
            resolve_local(zone, day, clock)

        assert (str(refusal.value), refusal.value.field) == (sentence, "local_start")

    def test_names_the_days_where_a_whole_day_is_missing(self):
        with pytest.raises(Refused) as refusal:
            resolve_local("Pacific/Apia", date(2011, 12, 30), time(9))

        assert (
            str(refusal.value)
            == "30 December does not exist in Apia: the calendar goes from 29 December to 31 December. Choose another day."
        )


class TestATimeThatComesTwice:
    @pytest.mark.parametrize(
        ("zone", "clock", "offsets"),
        [
            (SYDNEY, time(2, 30), ("Sydney +11:00", "Sydney +10:00")),
            (LORD_HOWE, time(1, 45), ("Lord Howe +11:00", "Lord Howe +10:30")),
        ],
    )
    def test_is_asked_about(self, zone, clock, offsets):
        with pytest.raises(AmbiguousTime) as refusal:
            resolve_local(zone, date(2027, 4, 4), clock)

        assert refusal.value.offsets == offsets

    def test_is_settled_by_fold(self):
        instants = [resolve_local(SYDNEY, date(2027, 4, 4), time(2, 30), fold) for fold in (0, 1)]

        assert instants == [
            datetime(2027, 4, 3, 15, 30, tzinfo=UTC),
            datetime(2027, 4, 3, 16, 30, tzinfo=UTC),
        ]


class TestElapsed:
    @pytest.mark.parametrize(
        ("from_day", "to_day", "hours"),
        [
            (date(2026, 10, 3), date(2026, 10, 4), 10),
            (date(2027, 4, 3), date(2027, 4, 4), 12),
        ],
    )
    def test_counts_the_hours_that_pass_on_the_night_clocks_change(self, from_day, to_day, hours):
        start, end = (
            resolve_local(SYDNEY, from_day, time(23)),
            resolve_local(SYDNEY, to_day, time(10)),
        )

        assert elapsed(start, end) == timedelta(hours=hours)


class TestZones:
    @pytest.mark.parametrize(
        ("zone", "day", "label"),
        [
            (ADELAIDE, date(2026, 11, 19), "Adelaide +10:30"),
            (ADELAIDE, date(2026, 7, 1), "Adelaide +09:30"),
            ("Australia/Darwin", date(2026, 11, 19), "Darwin +09:30"),
            ("Australia/Darwin", date(2026, 7, 1), "Darwin +09:30"),
            ("Australia/Broken_Hill", date(2026, 11, 19), "Broken Hill +10:30"),
            (LORD_HOWE, date(2026, 7, 1), "Lord Howe +10:30"),
            ("Australia/Brisbane", date(2026, 11, 19), "Brisbane +10:00"),
            ("Australia/Perth", date(2026, 11, 19), "Perth +08:00"),
            ("America/St_Johns", date(2026, 11, 19), "St Johns -03:30"),
            ("Europe/London", date(2026, 11, 19), "London +00:00"),
        ],
    )
    def test_are_named_by_place_and_offset(self, zone, day, label):
        assert offset_label(zone, datetime(day.year, day.month, day.day, 1, tzinfo=UTC)) == label

    @pytest.mark.parametrize(
        "name", ["", None, "Adelaide", "Australia/Nowhere", "Etc/GMT+9", "EST"]
    )
    def test_are_refused_when_they_name_no_place(self, name):
        with pytest.raises(Refused):
            check_zone(name)

    def test_are_taken_as_iana_writes_them(self):
        assert (check_zone(" Australia/Lord_Howe "), zone_place(LORD_HOWE)) == (
            LORD_HOWE,
            "Lord Howe",
        )

    @given(
        st.builds(datetime.combine, st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.times()),
        st.sampled_from([SYDNEY, ADELAIDE, LORD_HOWE, "Europe/Paris", "America/New_York"]),
    )
    def test_every_clock_time_is_resolved_or_refused(self, naive, zone):
        naive = naive.replace(second=0, microsecond=0)
        try:
            instant = resolve_local(zone, naive.date(), naive.time(), 0)
        except Refused:
            return

        assert (
            format_instant(instant, zone).split(", ")[0]
            == f"{format_day(naive.date())} {naive:%H:%M}"
        )


class TestDays:
    def test_are_those_of_the_place(self):
        now = datetime(2026, 11, 17, 14, tzinfo=UTC)

        assert (today_in(ADELAIDE, now), today_in("Europe/Paris", now)) == (
            date(2026, 11, 18),
            date(2026, 11, 17),
        )

    def test_are_written_as_the_call_board_does(self):
        assert (format_day(date(2026, 11, 19)), format_date(date(2026, 11, 5))) == (
            "Thu 19 Nov",
            "5 Nov 2026",
        )


class TestPeriod:
    def test_refuses_an_end_before_its_beginning(self):
        with pytest.raises(Refused):
            Period(date(2026, 1, 2), date(2026, 1, 1))

    def test_knows_its_days_and_what_lies_within(self):
        week, rest = Period(date(2026, 1, 1), date(2026, 1, 7)), Period(date(2026, 1, 5))

        assert (len(list(week.days())), len(list(rest.days()))) == (7, 1)
        assert (week.holds(rest), rest.holds(week), rest.holds(rest), week.overlaps(rest)) == (
            False,
            False,
            True,
            True,
        )
        assert week.holds(Period(date(2026, 1, 2), date(2026, 1, 3)))
        assert (date(2026, 1, 8) in week, date(2030, 1, 1) in rest) == (False, True)


class TestRest:
    def test_is_short_by_the_hour_that_the_clocks_take(self):
        evening = WorkDay(
            resolve_local(SYDNEY, date(2026, 10, 3), time(18)),
            resolve_local(SYDNEY, date(2026, 10, 3), time(23)),
        )
        morning = WorkDay(
            resolve_local(SYDNEY, date(2026, 10, 4), time(10)),
            resolve_local(SYDNEY, date(2026, 10, 4), time(12)),
        )

        short = find_short_rests([morning, evening], timedelta(hours=11))

        assert [(one.rest, one.missing) for one in short] == [
            (timedelta(hours=10), timedelta(hours=1))
        ]

    @given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 20)), max_size=15))
    def test_is_never_negative_and_always_below_the_rule(self, hours):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        days = [
            WorkDay(start + timedelta(hours=h), start + timedelta(hours=h + n)) for h, n in hours
        ]

        for short in find_short_rests(days, timedelta(hours=12)):
            assert timedelta(0) <= short.rest < timedelta(hours=12)
            assert short.rest + short.missing == timedelta(hours=12)
