from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.call_times import CallHours, CallInstants, check_call
from app.domain.errors import Invalid, Refused
from app.domain.local_time import AmbiguousTime
from app.domain.schedule_versions import (
    CallChange,
    PlannedCall,
    check_publishable,
    diff_versions,
)
from app.domain.schedules import TimeKind

SYDNEY, DAY = "Australia/Sydney", date(2026, 11, 19)
facts = st.dictionaries(
    st.sampled_from(["local_start", "venue", "note", "status"]),
    st.sampled_from(["a", "b", "cancelled"]),
)


def hours(**changed):
    return CallHours(
        **(
            {"day_of": DAY, "local_start": time(10), "local_end": time(13), "zone": SYDNEY}
            | changed
        )
    )


class TestCallHours:
    def test_become_instants_at_the_place(self):
        assert check_call(hours()) == CallInstants(
            datetime(2026, 11, 18, 23, tzinfo=UTC), datetime(2026, 11, 19, 2, tzinfo=UTC)
        )

    def test_without_an_end_have_none(self):
        assert check_call(hours(local_end=None)).ends_at is None

    def test_may_run_past_midnight_and_stay_on_the_show_day(self):
        late = check_call(hours(local_start=time(23, 30), local_end=time(0, 40), end_day_offset=1))

        assert (late.starts_at, late.ends_at) == (
            datetime(2026, 11, 19, 12, 30, tzinfo=UTC),
            datetime(2026, 11, 19, 13, 40, tzinfo=UTC),
        )

    @pytest.mark.parametrize(
        "changed",
        [
            {"zone": None},
            {"time_kind": TimeKind.tbc, "local_start": None, "local_end": None},
            {"time_kind": TimeKind.hidden, "local_start": None, "local_end": None},
        ],
    )
    def test_are_no_instants_without_zone_or_hour(self, changed):
        assert check_call(hours(**changed)) == CallInstants()

    @pytest.mark.parametrize(
        ("changed", "errors"),
        [
            (
                {"time_kind": TimeKind.tbc},
                {"time_kind": "A time to be confirmed has no hour. Clear it, or choose about."},
            ),
            (
                {"local_start": None},
                {"local_start": "Write when the call starts, or choose to be confirmed."},
            ),
            (
                {"local_end": time(9)},
                {
                    "local_end": "The end, 09:00, does not come after the start, 10:00. If it ends after midnight, say so."
                },
            ),
            (
                {"start_day_offset": 2, "end_day_offset": 1},
                {
                    "local_end": "The end, 13:00, does not come after the start, 10:00. Change one of them."
                },
            ),
            (
                {"day_of": date(9999, 12, 31), "end_day_offset": 1},
                {"day_of": "9999-12-31 cannot be right. Check the year."},
            ),
            (
                {"end_day_offset": 1},
                {"local_end": "A call lasts 24 hours at most. Make two calls of it."},
            ),
        ],
    )
    def test_are_refused_beside_their_field(self, changed, errors):
        with pytest.raises(Invalid) as refusal:
            check_call(hours(**changed))

        assert refusal.value.errors == errors

    def test_that_come_twice_are_asked_about_and_kept(self):
        twice = {"day_of": date(2027, 4, 4), "local_start": time(2, 30), "local_end": time(4)}

        with pytest.raises(AmbiguousTime):
            check_call(hours(**twice))

        assert [check_call(hours(**twice, fold=fold)).fold for fold in (0, 1)] == [0, 1]

    def test_that_end_in_the_second_of_two_equal_hours_end_after_the_start(self):
        night = check_call(
            hours(day_of=date(2027, 4, 4), local_start=time(2, 45), local_end=time(2, 15), fold=0)
        )

        assert (night.starts_at, night.ends_at) == (
            datetime(2027, 4, 3, 15, 45, tzinfo=UTC),
            datetime(2027, 4, 3, 16, 15, tzinfo=UTC),
        )

    def test_within_two_equal_hours_are_asked_about_before_their_end_is_doubted(self):
        night = {"day_of": date(2027, 4, 4), "local_start": time(2, 45), "local_end": time(2, 15)}

        with pytest.raises(AmbiguousTime):
            check_call(hours(**night))
        with pytest.raises(Refused, match="does not come after the start"):
            check_call(hours(**night, fold=1))
        with pytest.raises(Refused, match="does not come after the start"):
            check_call(hours(**(night | {"day_of": date(2026, 10, 4)})))

    def test_that_end_before_they_start_are_refused_though_the_first_of_two_was_chosen(self):
        with pytest.raises(Refused) as refusal:
            check_call(hours(local_start=time(10), local_end=time(9, 30), fold=0))

        assert refusal.value.field == "local_end"


class TestVersions:
    def test_differ_by_what_people_must_know(self):
        old = {
            1: {"local_start": "14:00", "venue": "A"},
            2: {"venue": "A"},
            3: {"note": "x"},
            4: {"note": "x"},
            5: {"status": "cancelled"},
            7: {"version": 1},
        }
        new = {
            1: {"local_start": "13:30", "venue": "B"},
            2: {"venue": "B"},
            3: {"note": "y"},
            5: {"status": "published"},
            6: {"status": "cancelled"},
            7: {"version": 2},
        }

        changes = diff_versions(old, new)

        assert [(change.call_id, change.kind) for change in changes] == [
            (1, "moved"),
            (2, "place"),
            (3, "other"),
            (4, "cancelled"),
            (5, "added"),
        ]
        assert changes[0].old == {"local_start": "14:00", "venue": "A"}
        assert changes[1] == CallChange(2, "place", {"venue": "A"}, {"venue": "B"})

    @given(st.dictionaries(st.integers(), facts))
    def test_that_are_equal_tell_nobody(self, calls):
        assert diff_versions(calls, dict(calls)) == []


class TestPublishing:
    def test_names_the_places_without_a_zone(self):
        calls = [
            PlannedCall("Class", "Odeon", None),
            PlannedCall("Dress", "Odeon", None),
            PlannedCall("Meeting", None, None),
            PlannedCall("Show", "Hall", SYDNEY),
        ]

        with pytest.raises(Refused) as refusal:
            check_publishable(calls)

        assert str(refusal.value) == (
            "A call without a venue has no time zone, so its call cannot be published. Open the venue and choose one. "
            "Odeon has no time zone, so its 2 calls cannot be published. Open the venue and choose one."
        )

    def test_refuses_nothing_to_publish(self):
        with pytest.raises(Refused):
            check_publishable([])

    def test_lets_calls_with_a_zone_out(self):
        assert check_publishable([PlannedCall("Show", "Hall", SYDNEY)]) is None
