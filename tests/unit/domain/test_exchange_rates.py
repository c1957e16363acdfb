"""Which dated rate counts, and what a list of rates may look like."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Refused
from app.domain.exchange_rates import (
    LASTS,
    DatedRate,
    check_rate,
    check_source,
    rate_for,
    read_list,
)

DAY = date(2026, 11, 19)


def eur(day, rate="1.6650"):
    return DatedRate("EUR", day, Decimal(rate), "Reserve Bank")


class TestRateFor:
    def test_takes_the_newest_of_the_day_or_before(self):
        known = [
            eur(DAY - timedelta(days=3), "1.5"),
            eur(DAY, "1.6"),
            eur(DAY + timedelta(days=1), "1.7"),
        ]

        assert rate_for(known, DAY) == known[1]
        assert rate_for(known, DAY - timedelta(days=1)) == known[0]

    def test_takes_none_that_is_older_than_a_month(self):
        assert rate_for([eur(DAY - LASTS)], DAY) is not None
        assert rate_for([eur(DAY - LASTS - timedelta(days=1))], DAY) is None
        assert rate_for([], DAY) is None

    @given(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=9))
    def test_never_takes_one_from_after_the_day(self, days):
        found = rate_for([eur(day) for day in days], DAY)

        assert found is None or DAY - LASTS <= found.day <= DAY


class TestChecks:
    @pytest.mark.parametrize(
        "rate", [None, Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("1e10")]
    )
    def test_refuse_what_is_no_rate(self, rate):
        with pytest.raises(Refused, match="how many one is worth"):
            check_rate(rate)

    def test_want_a_source(self):
        assert check_source("  Reserve   Bank ") == "Reserve Bank"
        with pytest.raises(Refused, match="where the rate is from"):
            check_source("  ")
        with pytest.raises(Refused, match="under 120"):
            check_source("x" * 121)


class TestReadList:
    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    def test_reads_a_list_with_or_without_its_heading(self, mark):
        rows = [
            ["currency", "day", "rate", "source"],
            ["eur", "2026-11-19", "1.6650", "Reserve Bank"],
        ]
        text = "\n".join(mark.join(row) for row in rows)

        assert read_list("\ufeff" + text + "\n\n", "AUD") == [eur(DAY)]
        assert read_list(text.partition("\n")[2], "AUD") == [eur(DAY)]

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("EUR,2026-11-19,1.6", "Row 1: it has 3 columns, not 4"),
            ("XXX,2026-11-19,1.6,RBA", "Row 1: XXX is not a currency"),
            ("AUD,2026-11-19,1.6,RBA", "Row 1: AUD is your own currency"),
            ("EUR,19/11/2026,1.6,RBA", "Row 1: 19/11/2026 is no day"),
            ("EUR,2026-11-19,zero,RBA", "Row 1: zero is not an amount"),
            ("EUR,2026-11-19,0,RBA", "Row 1: Write how many one is worth"),
            ("EUR,2026-11-19,1.6,", "Row 1: Name where the rate is from"),
            ("", "There is no rate in it"),
        ],
    )
    def test_is_refused_by_its_row(self, row, said):
        with pytest.raises(Refused) as refusal:
            read_list(row, "AUD")

        assert said in refusal.value.reason
        assert refusal.value.field == "rows"

    def test_has_an_end(self):
        with pytest.raises(Refused, match="at most 5,000"):
            read_list("EUR,2026-11-19,1.6,RBA\n" * 5001, "AUD")
