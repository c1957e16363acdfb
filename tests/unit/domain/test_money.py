from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contract_terms import split_instalments
from app.domain.currencies import DECIMALS, parse_currency
from app.domain.errors import Refused
from app.domain.money import (
    Money,
    add_up,
    check_amount,
    convert,
    format_amount,
    parse_amount,
    quantize,
    share,
    tax_within,
)

currencies = st.sampled_from(sorted(DECIMALS))


@st.composite
def sums(draw):
    currency = draw(currencies)
    units = draw(st.integers(-(10**10), 10**10))
    return Money(Decimal(units).scaleb(-DECIMALS[currency]), currency)


class TestSplitting:
    def test_ten_thousand_in_three(self):
        parts = split_instalments(Money(Decimal("10000.00"), "AUD"), 3)

        assert [part.amount for part in parts] == [
            Decimal("3333.34"),
            Decimal("3333.33"),
            Decimal("3333.33"),
        ]

    @given(sums(), st.integers(1, 60))
    def test_instalments_add_up_exactly(self, total, count):
        parts = split_instalments(total, count)

        assert add_up(parts)[total.currency].amount == total.amount
        assert max(part.amount for part in parts) - min(part.amount for part in parts) <= Decimal(
            1
        ).scaleb(-DECIMALS[total.currency])

    @given(sums(), st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
    def test_shares_add_up_exactly_and_none_goes_to_no_weight(self, total, weights):
        parts = share(total, [Decimal(weight) for weight in weights])

        assert sum(part.amount for part in parts) == total.amount
        assert all(
            part.amount == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0
        )

    @pytest.mark.parametrize("weights", [[Decimal(0)], [Decimal(2), Decimal(-1)]])
    def test_refuses_to_share_with_nobody(self, weights):
        with pytest.raises(Refused):
            share(Money(Decimal(1), "AUD"), weights)

    def test_refuses_no_instalment(self):
        with pytest.raises(Refused):
            split_instalments(Money(Decimal(1), "AUD"), 0)


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "currency", "sentence"),
        [
            ("1.005", "AUD", "AUD has 2 decimals, no more."),
            ("1.5", "JPY", "JPY has no decimals. Write a whole number."),
            ("0", "AUD", "The amount is zero. Write what it is, or leave the line out."),
            ("-1", "AUD", "The amount cannot be below zero."),
            ("NaN", "AUD", "Write the amount as a number."),
            ("100000000000", "AUD", "The amount is too large: at most 11 digits before the point."),
        ],
    )
    def test_are_refused_with_the_reason(self, amount, currency, sentence):
        with pytest.raises(Refused) as refusal:
            check_amount(Decimal(amount), currency, "fee")

        assert (str(refusal.value), refusal.value.field) == (sentence, "fee")

    @pytest.mark.parametrize(
        ("amount", "currency", "exact"),
        [
            ("400000.00", "JPY", "400000"),
            ("1.500", "AUD", "1.50"),
            ("1.234", "KWD", "1.234"),
            ("99999999999.99", "AUD", "99999999999.99"),
        ],
    )
    def test_trailing_zeros_are_not_decimals(self, amount, currency, exact):
        assert str(check_amount(Decimal(amount), currency)) == exact

    @pytest.mark.parametrize(
        ("text", "currency", "amount"),
        [
            ("1,250.00", "AUD", "1250.00"),
            ("400,000.00", "JPY", "400000"),
            (" 1 250 ", "AUD", "1250.00"),
            ("AUD 12.5", "AUD", "12.50"),
            ("12.5 AUD", "AUD", "12.50"),
            (".50", "AUD", "0.50"),
            ("12.", "AUD", "12.00"),
        ],
    )
    def test_are_read_as_people_type_them(self, text, currency, amount):
        assert str(parse_amount(text, currency)) == amount

    @pytest.mark.parametrize(
        "text", ["", "12,50", "1.250,00", "1,25,000", "ten", "1e5", "NaN", "--1", "\u0661\u0662"]
    )
    def test_are_refused_where_they_cannot_be_read(self, text):
        with pytest.raises(Refused) as refusal:
            parse_amount(text, "AUD", "fee")

        assert refusal.value.field == "fee"

    @given(sums())
    def test_are_read_back_as_they_are_written(self, money):
        written = format_amount(money.amount, money.currency)

        assert parse_amount(written, money.currency, signed=True, zero=True) == money.amount

    def test_round_half_away_from_zero(self):
        assert (quantize(Decimal("2.675"), "AUD"), quantize(Decimal("-2.675"), "AUD")) == (
            Decimal("2.68"),
            Decimal("-2.68"),
        )

    def test_are_written_with_the_decimals_of_the_currency(self):
        assert (format_amount(Decimal(4600), "AUD"), format_amount(Decimal(4600), "JPY")) == (
            "4,600.00",
            "4,600",
        )


class TestMoney:
    def test_says_its_currency(self):
        assert str(Money(Decimal(45), "AUD")) == "45.00 AUD"

    def test_adds_and_compares_within_a_currency(self):
        one, two = Money(Decimal(1), "AUD"), Money(Decimal(2), "AUD")

        assert (one + one, two - one, -one) == (two, one, Money(Decimal(-1), "AUD"))
        assert one < two <= two
        assert two > one >= one

    def test_refuses_to_add_two_currencies(self):
        with pytest.raises(Refused) as refusal:
            Money(Decimal(1), "AUD") + Money(Decimal(1), "EUR")

        assert str(refusal.value) == "AUD and EUR do not add up. Convert one of them first."

    def test_has_no_decimals_its_currency_lacks(self):
        with pytest.raises(Refused):
            Money(Decimal("0.5"), "JPY")

    def test_is_converted_and_rounded_once(self):
        assert convert(Money(Decimal("80.00"), "EUR"), Decimal("1.6583"), "AUD") == Money(
            Decimal("132.66"), "AUD"
        )

    @pytest.mark.parametrize(
        ("rate", "to"), [("0", "AUD"), ("-1", "AUD"), ("Infinity", "AUD"), ("2", "EUR")]
    )
    def test_refuses_a_rate_that_cannot_be(self, rate, to):
        with pytest.raises(Refused):
            convert(Money(Decimal(1), "EUR"), Decimal(rate), to)

    def test_tax_is_counted_line_by_line(self):
        lines = [tax_within(Money(Decimal("9.99"), "AUD")).amount for _ in range(7)]

        assert (sum(lines), tax_within(Money(Decimal("69.93"), "AUD")).amount) == (
            Decimal("6.37"),
            Decimal("6.36"),
        )

    def test_totals_stay_apart_by_currency(self):
        totals = add_up(
            [Money(Decimal(1), "EUR"), Money(Decimal(2), "AUD"), Money(Decimal(3), "EUR")]
        )

        assert totals == {"AUD": Money(Decimal(2), "AUD"), "EUR": Money(Decimal(4), "EUR")}


class TestCurrency:
    def test_is_read_in_any_case(self):
        assert parse_currency(" aud ") == "AUD"

    @pytest.mark.parametrize("text", ["", "XYZ", "XAU", "DM"])
    def test_is_refused_when_it_is_none(self, text):
        with pytest.raises(Refused):
            parse_currency(text)
