"""Rest is the time that really passes, also on nights when clocks change, in any zone of the world."""

import os
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, given, seed, settings
from hypothesis import strategies as st

from app.domain.call_times import CallHours, check_call
from app.domain.errors import Refused
from app.domain.local_time import elapsed
from app.domain.rest import WorkDay, find_short_rests
from app.domain.schedules import TimeKind

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "6")) * 40
SEED = int(os.environ.get("MONEY_SEED", "20261125"))
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)


@cache
def changing_nights(zone):
    """Return the days of these years on which a zone's clocks change."""
    where, found = ZoneInfo(zone), []
    day = datetime(2025, 1, 1, 12, tzinfo=UTC)
    before = day.astimezone(where).utcoffset()
    while day.year < 2029:
        day += timedelta(days=1)
        after = day.astimezone(where).utcoffset()
        if after != before:
            found.append(day.astimezone(where).date())
        before = after
    return found


@st.composite
def nights(draw):
    """Draw a zone and an evening, as often as can be one before the clocks change."""
    zone = draw(st.sampled_from(ZONES))
    changing = changing_nights(zone)
    days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
    if changing:
        days = st.one_of(st.sampled_from(changing).map(lambda day: day - timedelta(days=1)), days)
    return zone, draw(days)


def called(zone, day, begins, ends, fold):
    hours = CallHours(
        day_of=day, time_kind=TimeKind.exact, local_start=begins, start_day_offset=0,
        local_end=ends, end_day_offset=0, zone=zone, fold=fold,
    )  # fmt: skip
    try:
        at = check_call(hours)
    except Refused:
        return None
    return WorkDay(at.starts_at, at.ends_at)


def by_hand(zone, day, clock, fold):
    """Return the seconds since 1970 of a clock time, by nothing but the offset at it."""
    local = datetime.combine(day, clock, ZoneInfo(zone)).replace(fold=fold)
    naive = datetime.combine(day, clock, UTC)
    return (naive - (local.utcoffset() or timedelta())).timestamp()


@given(
    night=nights(),
    evening=st.integers(18 * 60, 23 * 60 + 58),
    morning=st.integers(4 * 60, 12 * 60),
    least=st.integers(0, 24 * 60),
    fold=st.integers(0, 1),
)
@seed(SEED)
@settings(max_examples=EXAMPLES, deadline=None, database=None)
def test_rest_is_utc_arithmetic_on_any_night_of_any_zone(night, evening, morning, least, fold):
    zone, day = night
    tomorrow = day + timedelta(days=1)
    ends, begins = (time(*divmod(minutes, 60)) for minutes in (evening, morning))
    show = called(zone, day, time(17), ends, fold)
    class_ = called(zone, tomorrow, begins, time(13), fold)
    assume(show is not None and class_ is not None)
    truth = by_hand(zone, tomorrow, begins, fold) - by_hand(zone, day, ends, fold)

    short = find_short_rests([class_, show], timedelta(minutes=least))

    assert elapsed(show.ends_at, class_.starts_at).total_seconds() == truth
    assert bool(short) is (truth < least * 60)
    for one in short:
        assert one.rest.total_seconds() == truth
        assert (one.rest + one.missing).total_seconds() == least * 60


def test_the_nights_that_are_drawn_change_their_clocks():
    lengths = set()
    for zone in ("Australia/Sydney", "Australia/Lord_Howe", "Europe/Paris", "Australia/Brisbane"):
        for day in changing_nights(zone):
            midnights = (
                datetime.combine(d, time(), ZoneInfo(zone)) for d in (day, day + timedelta(days=1))
            )
            first, last = (moment.astimezone(UTC) for moment in midnights)
            lengths.add((last - first).total_seconds() / 3600)

    assert lengths == {23, 23.5, 24.5, 25}
