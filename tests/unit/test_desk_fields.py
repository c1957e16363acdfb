from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from admin.inputs import AmountField, WholeField


class Terms(Form):
    fee = AmountField("Fee")
    weeks = WholeField("Weeks")


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


@pytest.mark.parametrize("words", ["x", "NaN", "Infinity", "1.2.3", "12 AUD"])
def test_what_is_no_amount_is_refused_and_stays_in_the_field(words):
    fee = typed(fee=words).fee

    assert fee.errors == [f"“{words}” is not an amount. Write it like 1,234.50."]
    assert fee._value() == words


@pytest.mark.parametrize("words", ["1e400", "100000000000"])
def test_an_amount_that_cannot_be_kept_is_refused(words):
    assert typed(fee=words).fee.errors == [
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
