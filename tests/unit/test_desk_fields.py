from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from admin.inputs import AmountField, DayField, HourField, WholeField


class Terms(Form):
    fee = AmountField("Fee")
    weeks = WholeField("Weeks")
    day = DayField("Day")
    hour = HourField("Hour")


def typed(**values: str) -> Terms:
    form = Terms(MultiDict(values))
    form.validate()
    return form


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("21,600.00", "21600.00"),
        ("1 234.5", "1234.5"),
        ("0", "0"),
        ("-5", "-5"),
        ("12.345", "12.345"),
    ],
)
def test_an_amount_is_read_as_people_type_it(words, value):
    assert typed(fee=words).fee.data == Decimal(value)


@pytest.mark.parametrize(
    "words",
    ["x", "NaN", "Infinity", "1.2.3", "12 AUD", "1e5", "1_000", "１２３", "٣", "1,25,0", "--5"],
)
def test_what_is_no_amount_is_refused_and_stays_in_the_field(words):
    fee = typed(fee=words).fee

    assert fee.errors == [f"{words} is not an amount. Write it as a number, such as 1,250.00."]
    assert fee._value() == words


@pytest.mark.parametrize("words", ["1250,00", "1.250,00", "12,5"])
def test_a_decimal_comma_is_not_read_as_a_hundred_times_the_amount(words):
    assert typed(fee=words).fee.errors == [
        f"{words} could be read in two ways. Write the decimals after a point: 1,250.00."
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("x", "“x” is not a day. Write it like 2026-11-30."),
        ("0001-01-01", "0001-01-01 cannot be right. Check the year."),
        ("9999-12-31", "9999-12-31 cannot be right. Check the year."),
        ("2026-02-30", "“2026-02-30” is not a day. Write it like 2026-11-30."),
    ],
)
def test_a_day_that_cannot_be_is_refused(words, sentence):
    assert typed(day=words).day.errors == [sentence]


@pytest.mark.parametrize("words", ["25:00", "13:30+02:00", "13:30:15", "noon"])
def test_an_hour_is_the_wall_clock_s_and_nothing_finer(words):
    assert typed(hour=words).hour.errors == [f"“{words}” is not a time. Write it like 13:30."]


def test_an_amount_that_cannot_be_kept_is_refused():
    assert typed(fee="100000000000").fee.errors == [
        "This is more than can be written down. Check the number of digits."
    ]


def test_a_kept_amount_is_shown_with_its_decimals():
    assert Terms(data={"fee": Decimal("21600.000")}).fee._value() == "21,600.00"
    assert Terms(data={"fee": Decimal("0.125")}).fee._value() == "0.125"


@pytest.mark.parametrize("words", ["x", "1.5", "9" * 19, "²"])
def test_what_is_no_whole_number_is_refused(words):
    assert typed(weeks=words).weeks.errors == [
        f"“{words}” is not a whole number. Write it in digits."
    ]
