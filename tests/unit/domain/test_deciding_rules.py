"""Limits and second approvers, caps and what is left, the company's rules, and expenses that look alike."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.approval_limits import Approver, check_second, needs_second
from app.domain.claim_caps import Cap, CapPeriod, counts_with, use_of
from app.domain.claim_decisions import ClaimParties, Delegation, check_approver, check_deputy
from app.domain.conflicting_roles import CONFLICTS, check_roles, conflicts_of
from app.domain.errors import Refused
from app.domain.expense_rules import (
    DEFAULTS,
    Finding,
    RuleAbout,
    RuleEffect,
    check_against_rules,
    check_setting,
    setting_of,
)
from app.domain.likeness import BITS, DIGITS, Facts, differences, distance, have_same_facts, turned
from app.domain.money import Money
from app.domain.periods import Period
from migrations import deciding

CENTS = st.integers(1, 100_000).map(lambda cents: Decimal(cents) / 100)
TUESDAY = date(2026, 11, 17)


def aud(amount):
    return Money(Decimal(amount), "AUD")


class TestLimits:
    def test_within_the_limit_one_person_is_enough(self):
        assert needs_second(aud(500), aud(500), [], {"AUD": Decimal(500)}) == ""

    def test_without_a_limit_one_person_is_enough(self):
        assert needs_second(aud(5000), aud(5000), [], {"EUR": Decimal(1)}) == ""

    def test_above_it_the_reason_names_both_sums(self):
        said = needs_second(aud("500.01"), aud("500.01"), [], {"AUD": Decimal(500)})

        assert said == "500.01 AUD is above the 500.00 AUD that one person may approve"

    def test_a_claim_is_not_cut_into_pieces_below_the_limit(self):
        said = needs_second(aud(300), aud(300), [aud(250)], {"AUD": Decimal(500)})

        assert said.startswith("300.00 AUD with 250.00 AUD before it is above")

    def test_the_currency_it_was_spent_in_may_have_its_own_limit(self):
        spent = Money(Decimal(60000), "JPY")

        assert "60,000 JPY is above" in needs_second(aud(5), spent, [], {"JPY": Decimal(50000)})

    @given(st.lists(CENTS, max_size=8), CENTS)
    def test_what_one_person_releases_alone_never_passes_the_limit(self, amounts, limit):
        alone = []
        for amount in amounts:
            approving = Money(amount, "AUD")
            if not needs_second(approving, approving, alone, {"AUD": limit}):
                alone.append(approving)

        assert sum((one.amount for one in alone), Decimal(0)) <= limit


class TestTheSecond:
    first = Approver(1, "Callum Reid", 9, "Priya Raman")

    @pytest.mark.parametrize("second", [Approver(1, "C"), Approver(9, "P"), Approver(3, "X", 9, "P"), Approver(3, "X", 1, "C")])  # fmt: skip
    def test_is_neither_the_first_nor_in_their_place(self, second):
        with pytest.raises(Refused, match="Callum Reid for Priya Raman gave the first approval"):
            check_second(self.first, second, aud(5), aud(5))

    def test_approves_no_more_than_the_first(self):
        with pytest.raises(Refused, match=r"approved 5\.00 AUD\. Approve that or less"):
            check_second(self.first, Approver(3, "Walter"), aud(5), aud(6))

    def test_may_approve_less(self):
        check_second(self.first, Approver(3, "Walter"), aud(5), aud(4))


class TestDelegates:
    week = Period(date(2026, 11, 16), date(2026, 11, 22))

    def test_one_that_was_ended_counts_no_more(self):
        ended = Delegation(1, 2, self.week, is_ended=True)

        with pytest.raises(Refused, match="You do not approve claims"):
            check_approver(2, {1}, [ended], TUESDAY)

    @pytest.mark.parametrize(("day", "holds"), [(15, False), (16, True), (22, True), (23, False)])
    def test_holds_from_its_first_to_its_last_day(self, day, holds):
        delegation = [Delegation(1, 2, self.week)]
        if holds:
            assert check_approver(2, {1}, delegation, date(2026, 11, day)) == 1
        else:
            with pytest.raises(Refused):
                check_approver(2, {1}, delegation, date(2026, 11, day))

    def test_is_not_passed_on(self):
        chain = [Delegation(1, 2, self.week), Delegation(2, 3, self.week)]

        with pytest.raises(Refused):
            check_approver(3, {1}, chain, TUESDAY)

    def test_of_the_claimant_does_not_decide(self):
        with pytest.raises(Refused, match=r"so you cannot decide it\. Ruth can\."):
            check_deputy(4, ClaimParties(7, deputy_user_ids=frozenset({4})), ["Ruth"])


class TestRolesThatConflict:
    def test_an_auditor_decides_nothing(self):
        with pytest.raises(Refused, match="One person cannot be Auditor and Finance"):
            check_roles(["Finance", "Auditor"])

    def test_others_go_together(self):
        check_roles(["Finance", "Approver", "Manager"])

    def test_what_nobody_may_hold_and_what_happens_anyway_are_told_by_one_list(self):
        barred = [conflicts_of(pair) for pair in CONFLICTS]

        assert all(len(told) == 1 for told in barred)
        assert conflicts_of(["Finance", "Approver"]) == [
            "Finance and Approver: approves claims and pays them"
        ]
        assert conflicts_of(["Finance", "Manager"]) == []

    def test_the_database_knows_the_same_pairs(self):
        assert deciding.CONFLICTS == CONFLICTS


class TestCaps:
    def test_each_expense_has_its_own_cap(self):
        use = use_of(Cap(aud(45)), aud(64), TUESDAY, [(TUESDAY, aud(40))])

        assert use is not None
        assert (use.used, use.left, use.is_over) == (aud(0), aud(45), True)

    @pytest.mark.parametrize(
        ("period", "other", "counts"),
        [
            (CapPeriod.each, TUESDAY, False),
            (CapPeriod.day, TUESDAY, True),
            (CapPeriod.day, date(2026, 11, 18), False),
            (CapPeriod.week, date(2026, 11, 16), True),
            (CapPeriod.week, date(2026, 11, 22), True),
            (CapPeriod.week, date(2026, 11, 23), False),
            (CapPeriod.engagement, date(2025, 1, 1), True),
        ],
    )
    def test_a_period_counts_its_days_together(self, period, other, counts):
        assert counts_with(period, TUESDAY, other) is counts

    def test_another_currency_is_not_compared(self):
        assert use_of(Cap(aud(45)), Money(Decimal(9), "EUR"), TUESDAY, []) is None

    def test_the_words_name_paper_rule_used_and_left(self):
        cap = Cap(aud(90), CapPeriod.week, source="Contract CT-1")
        use = use_of(
            cap, aud(64), TUESDAY, [(TUESDAY, aud(40)), (TUESDAY, Money(Decimal(1), "EUR"))]
        )

        assert use is not None
        assert use.cap.in_words == "Contract CT-1 pays up to 90.00 AUD a week"
        assert use.in_words == "40.00 AUD used so far, 50.00 AUD left"

    @given(CENTS, st.lists(CENTS, max_size=10))
    def test_reduced_to_what_is_left_a_cap_is_never_passed(self, limit, asked):
        cap, used = Cap(Money(limit, "AUD"), CapPeriod.engagement), []
        for amount in asked:
            use = use_of(cap, Money(amount, "AUD"), TUESDAY, used)
            assert use is not None
            used.append((TUESDAY, min(use.left, use.asked)))

        assert sum((money.amount for _, money in used), Decimal(0)) <= limit


class TestRules:
    def finding(self, about=RuleAbout.late, effect=RuleEffect.warn):
        return Finding(about, effect, "Sent 90 days after it was spent.")

    def test_a_warning_stops_nothing(self):
        finding = self.finding()
        check_against_rules([finding], "")

        assert finding.follows == ""

    def test_a_reason_is_asked_for(self):
        finding = self.finding(effect=RuleEffect.needs_reason)
        with pytest.raises(Refused, match="Say why you approve it"):
            check_against_rules([finding], " ")
        check_against_rules([finding], "It was the post")

        assert finding.follows == "To approve it, say why."

    def test_a_block_stands_whatever_the_reason(self):
        with pytest.raises(Refused, match=r"cannot be approved\. Refuse it, or ask\."):
            check_against_rules([self.finding(effect=RuleEffect.block)], "Because")

    @pytest.mark.parametrize("effect", [RuleEffect.block, RuleEffect.needs_reason])
    def test_what_keeps_to_the_cap_is_free_of_it(self, effect):
        over = self.finding(RuleAbout.over_cap, effect)
        with pytest.raises(Refused):
            check_against_rules([over], "")

        check_against_rules([over], "", keeps_to_cap=True)

    def test_a_company_that_set_nothing_has_the_defaults(self):
        assert setting_of({}, RuleAbout.late) is DEFAULTS[RuleAbout.late]

    @pytest.mark.parametrize("threshold", [None, Decimal(-1), Decimal("1.5")])
    def test_days_are_whole_and_not_below_zero(self, threshold):
        with pytest.raises(Refused):
            check_setting(RuleAbout.late, RuleEffect.warn, threshold)

    def test_what_has_no_threshold_needs_none(self):
        check_setting(RuleAbout.duplicate, RuleEffect.block, None)
        check_setting(RuleAbout.late, RuleEffect.off, None)


class TestLikeness:
    taxi = Facts(TUESDAY, Decimal("42.10"), "AUD", "Torrens Cabs")

    @pytest.mark.parametrize(
        ("other", "same"),
        [
            (Facts(date(2026, 11, 18), Decimal("42.10"), "AUD", "TORRENS  CABS"), True),
            (Facts(date(2026, 11, 19), Decimal("42.10"), "AUD", "Torrens Cabs"), False),
            (Facts(TUESDAY, Decimal("42.10"), "AUD", "Silver Top"), False),
            (Facts(TUESDAY, Decimal("42.10"), "NZD", "Torrens Cabs"), False),
            (Facts(TUESDAY, Decimal("42.10"), "AUD"), True),
            (Facts(date(2026, 11, 18), Decimal("42.10"), "AUD"), False),
        ],
    )
    def test_supplier_amount_and_day_make_the_same_facts(self, other, same):
        assert have_same_facts(self.taxi, other) is same

    def test_what_differs_is_named(self):
        other = Facts(date(2026, 11, 18), Decimal(42), "NZD", "Silver Top")

        assert differences(self.taxi, other) == ["day", "amount", "currency", "supplier"]

    def test_the_nearest_turn_counts(self):
        kept = ",".join(("f" * DIGITS, "0" * (DIGITS - 1) + "1"))

        assert distance(kept, "0" * DIGITS) == 1

    @pytest.mark.parametrize("kept", ["", "f" * 16, "f" * 16 + "," + "0" * 16])
    def test_what_an_older_release_kept_is_like_nothing(self, kept):
        assert turned(kept) == []
        assert distance(kept, "0" * DIGITS) == BITS
        assert distance("0" * DIGITS, kept) == BITS
