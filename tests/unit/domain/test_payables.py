from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contracts import FeeTrigger
from app.domain.errors import Refused
from app.domain.packs.australia import AUSTRALIA
from app.domain.pay_runs import (
    Milestones,
    PayDays,
    Payers,
    check_payer_is_not_approver,
    check_payer_is_not_paid,
    check_stand_in,
    due_day,
    expected_payment_day,
)
from app.domain.rules_packs import (
    RuleKind,
    RulePack,
    TaxFacts,
    needs_tax_invoice,
    number_in,
    pack_in_force,
    tax_flags,
)


class TestPayDays:
    def test_takes_along_what_was_approved_before_it_closed(self):
        runs = [expected_payment_day(date(2026, 11, day), None, PayDays()) for day in (16, 17, 18)]

        assert runs == [date(2026, 11, 19), date(2026, 11, 19), date(2026, 11, 26)]

    def test_waits_for_the_due_day(self):
        assert expected_payment_day(date(2026, 11, 16), date(2026, 12, 4), PayDays()) == date(
            2026, 12, 10
        )

    @given(
        st.dates(date(2020, 1, 1), date(2040, 1, 1)),
        st.integers(0, 6),
        st.integers(1, 4),
        st.integers(0, 9),
    )
    def test_falls_on_its_weekday_and_never_too_early(self, approved, weekday, weeks, closes):
        day = expected_payment_day(approved, None, PayDays(weekday, weeks, closes))

        assert day.weekday() == weekday
        assert timedelta(0) <= day - approved - timedelta(days=closes) < timedelta(weeks=weeks)


class TestDueDay:
    @pytest.mark.parametrize(
        ("trigger", "day"),
        [
            ("on_date", 1),
            ("on_signature", 2),
            ("on_first_call", 3),
            ("on_performance", 4),
            ("on_completion", None),
        ],
    )
    def test_waits_for_what_makes_it_due(self, trigger, day):
        known = Milestones(date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 4))

        assert due_day(FeeTrigger(trigger), date(2026, 1, 1), known) == (day and date(2026, 1, day))


class TestPayer:
    @pytest.mark.parametrize("approver", [None, 2])
    def test_is_another_than_the_approver(self, approver):
        assert check_payer_is_not_approver(1, approver) is None

    def test_is_refused_when_they_are_one(self):
        with pytest.raises(Refused) as refusal:
            check_payer_is_not_approver(1, 1)

        assert str(refusal.value) == "You approved this. Somebody else marks it paid."

    @pytest.mark.parametrize(
        ("payers", "said"),
        [
            (Payers(("Callum", "Priya"), ("Ruth",)), "Callum or Priya can."),
            (Payers(("A", "B", "C")), "A, B or C can."),
            (Payers((), ("Ruth",)), "so an Administrator does: Ruth can."),
            (Payers(), "Have an Administrator give somebody else the role Finance."),
        ],
    )
    def test_who_can_is_named(self, payers, said):
        with pytest.raises(Refused, match="Somebody else marks it paid") as refusal:
            check_payer_is_not_approver(1, 1, payers)

        assert said in str(refusal.value)

    def test_an_administrator_stands_in_only_where_finance_cannot(self):
        assert check_stand_in(Payers((), ("Ruth",))) is None
        with pytest.raises(Refused, match="Callum of Finance can mark this paid"):
            check_stand_in(Payers(("Callum",), ("Ruth",)))

    @pytest.mark.parametrize("payer", [None, 3])
    def test_is_another_than_who_is_paid(self, payer):
        assert check_payer_is_not_paid(payer, {1, None}) is None

    def test_is_refused_when_the_money_is_their_own(self):
        with pytest.raises(Refused, match="This is paid to you"):
            check_payer_is_not_paid(1, {1, None})


class TestPacks:
    def test_the_latest_that_has_begun_holds(self):
        packs = [
            RulePack("AU", "x", version, date(year, 1, 1), ())
            for version, year in ((1, 2025), (2, 2026), (3, 2026), (4, 2027))
        ]

        assert pack_in_force(packs, "AU", "x", date(2026, 6, 1)).version == 3

    def test_none_is_said_plainly(self):
        with pytest.raises(Refused):
            pack_in_force([AUSTRALIA], "NZ", "live performance", date(2026, 6, 1))

    def test_every_number_of_the_example_names_where_it_comes_from(self):
        assert all(rule.source for rule in AUSTRALIA.rules)
        assert AUSTRALIA.note == "Example: have it checked."

    def test_give_hours_and_rates(self):
        assert (
            number_in(AUSTRALIA, RuleKind.rest, "hours"),
            number_in(AUSTRALIA, RuleKind.rest, "days"),
            number_in(AUSTRALIA, RuleKind.mileage, "per_km"),
        ) == (12, None, Decimal("0.88"))

    @pytest.mark.parametrize(
        ("amount", "currency", "needed"),
        [("82.50", "AUD", False), ("82.51", "AUD", True), ("100", "EUR", False)],
    )
    def test_ask_for_a_tax_invoice_above_the_sum(self, amount, currency, needed):
        assert needs_tax_invoice(AUSTRALIA, Decimal(amount), currency) is needed


class TestTaxFlags:
    @pytest.mark.parametrize(
        ("facts", "flags"),
        [
            (TaxFacts("contractor", "fee", "AU", is_performer=True), ["superannuation"]),
            (TaxFacts("contractor", "fee", "AU"), []),
            (TaxFacts("contractor", "claim", "JP"), ["check_residence"]),
            (TaxFacts("contractor", "claim"), []),
            (TaxFacts("employee", "fee", "AU"), ["superannuation"]),
            (TaxFacts("foreign_resident", "claim", "JP"), ["foreign_resident_withholding"]),
            (TaxFacts("undecided", "fee", "AU"), ["basis_undecided"]),
        ],
    )
    def test_are_raised_with_a_reason(self, facts, flags):
        raised = tax_flags(AUSTRALIA, facts)

        assert [one.flag for one in raised] == flags
        assert all(one.reason for one in raised)
