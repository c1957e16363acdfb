"""How a call stands in a calendar: at an hour only where the hour is sure."""

import pytest

from app.domain.feeds import line_of_day, stands_at_its_hour, title_of, title_of_day
from tests.unit.domain.test_call_notices import CALL, announced, call

OPEN = announced(call(time_kind="tbc"))
HIDDEN = announced(call(time_kind="hidden"))
ABOUT = call(time_kind="about")


@pytest.mark.parametrize(
    ("facts", "stands"), [(CALL, True), (ABOUT, False), (OPEN, False), (HIDDEN, False)]
)
def test_only_an_exact_call_stands_at_its_hour(facts, stands):
    assert stands_at_its_hour(facts) is stands


def test_an_exact_call_whose_place_has_no_zone_stands_on_its_day():
    assert not stands_at_its_hour(call(starts_at=None))


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        (CALL, "Spacing call · Giselle"),
        (ABOUT, "Spacing call (about 14:00 to 15:00) · Giselle"),
        (OPEN, "Spacing call (time to be confirmed) · Giselle"),
        (HIDDEN, "Spacing call (time not announced yet) · Giselle"),
        (call(title="Giselle"), "Giselle"),
        (call(title="GISELLE", time_kind="about"), "GISELLE (about 14:00 to 15:00)"),
    ],
)
def test_what_is_not_sure_is_said_in_the_title(facts, title):
    assert title_of(facts, "Giselle", is_cancelled=False) == title


def test_a_cancelled_call_says_so_first():
    assert title_of(CALL, "Giselle", is_cancelled=True) == "Cancelled: Spacing call · Giselle"
    assert title_of(call(title="Giselle"), "Giselle", is_cancelled=True) == "Cancelled: Giselle"


@pytest.mark.parametrize(
    ("going", "title"),
    [
        ([], "All calls cancelled"),
        ([CALL], "1 call from 14:00, Adelaide +10:30"),
        ([ABOUT, CALL], "2 calls from about 14:00, Adelaide +10:30"),
        ([OPEN], "1 call, time to be confirmed"),
    ],
)
def test_a_day_is_titled_by_its_first_call(going, title):
    assert title_of_day(going, "Adelaide +10:30") == title


def test_a_line_of_a_day_says_hours_name_and_place():
    line = line_of_day(call(space="Stage", venue="Her Majesty’s"), is_cancelled=False)

    assert line == "14:00 to 15:00, Adelaide +10:30: Spacing call, Stage, Her Majesty’s"
    assert line_of_day(CALL, is_cancelled=True).startswith("CANCELLED 14:00")
