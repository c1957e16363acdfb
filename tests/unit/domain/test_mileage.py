"""Kilometres at the rate of their day."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Refused
from app.domain.mileage import (
    KilometreRate,
    VehicleKind,
    check_kilometres,
    explain,
    parse_kilometres,
    rate_on,
    worth,
)

OLD = KilometreRate(VehicleKind.car, date(2025, 7, 1), Decimal("0.85"), "AUD")
NEW = KilometreRate(VehicleKind.car, date(2026, 7, 1), Decimal("0.88"), "AUD")


def test_an_old_journey_keeps_the_old_rate():
    assert rate_on([OLD, NEW], VehicleKind.car, date(2026, 6, 30)) is OLD
    assert rate_on([NEW, OLD], VehicleKind.car, date(2026, 7, 1)) is NEW


@pytest.mark.parametrize(
    ("vehicle", "day"), [("car", date(2025, 6, 30)), ("van", date(2026, 8, 1))]
)
def test_without_a_rate_of_the_day_finance_is_named(vehicle, day):
    with pytest.raises(Refused, match=f"no rate for a {vehicle}") as refusal:
        rate_on([OLD, NEW], VehicleKind[vehicle], day)

    assert refusal.value.field == "vehicle"


def test_the_amount_is_rounded_once_and_explained():
    assert str(worth(Decimal("120.5"), NEW)) == "106.04 AUD"
    assert explain(Decimal("120.5"), NEW) == (
        "120.5 km by car at 0.88 AUD a km (rate from 1 July 2026)"
    )


def test_a_rate_in_yen_makes_whole_yen():
    yen = KilometreRate(VehicleKind.car, date(2026, 1, 1), Decimal("37.5"), "JPY")

    assert str(worth(Decimal("10.1"), yen)) == "379 JPY"


def test_a_journey_worth_nothing_is_refused():
    tiny = KilometreRate(VehicleKind.car, date(2026, 1, 1), Decimal("0.001"), "AUD")

    with pytest.raises(Refused, match="worth nothing"):
        worth(Decimal("0.1"), tiny)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "how many kilometres"), ("far", "far are no kilometres"), ("0", "how many kilometres"),
        ("-3", "how many kilometres"), ("12.34", "one decimal"), ("3001", "3,000 kilometres at most"),
    ],
)  # fmt: skip
def test_what_is_no_distance_is_refused_in_words(typed, said):
    with pytest.raises(Refused, match=said) as refusal:
        parse_kilometres(typed)

    assert refusal.value.field == "kilometres"


def test_a_distance_may_carry_its_unit():
    assert parse_kilometres(" 1,120.5 km ") == Decimal("1120.5")


@given(st.decimals("0.1", "3000", places=1), st.decimals("0.1", "3000", places=1))
def test_a_longer_journey_is_never_worth_less(one, other):
    short, long = sorted((check_kilometres(one), check_kilometres(other)))

    assert worth(short, NEW) <= worth(long, NEW)
