from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain.claim_decisions import (
    ClaimParties,
    Decider,
    Delegation,
    check_approval,
    check_approver,
    check_decider,
    check_question,
    check_recall,
    check_refusal,
    check_still_open,
    claim_status,
    totals,
)
from app.domain.claim_lines import (
    EnteredLine,
    check_cap,
    check_line,
)
from app.domain.errors import Invalid, Refused
from app.domain.expenses import ClaimStatus, LineStatus
from app.domain.money import Money
from app.domain.payables import LedgerStatus
from app.domain.periods import Period

ADELAIDE = "Australia/Adelaide"
NOW = datetime(2026, 11, 17, 3, tzinfo=UTC)


def aud(amount):
    return Money(Decimal(amount), "AUD")


def line(**changed):
    return EnteredLine(
        **(
            {
                "kind": "taxi",
                "spent_on": date(2026, 11, 17),
                "amount": Decimal("42.10"),
                "currency": "AUD",
                "receipts": 1,
            }
            | changed
        )
    )


class TestLine:
    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"receipts": 0, "declaration": "The driver gave none."},
            {"kind": "other", "description": "Rosin"},
        ],
    )
    def test_that_is_whole_goes_in(self, changed):
        assert check_line(line(**changed), ADELAIDE, NOW) is None

    @pytest.mark.parametrize(
        ("changed", "errors"),
        [
            (
                {"spent_on": date(2026, 11, 18)},
                {
                    "spent_on": "18 November has not begun in Adelaide. Choose 17 November or earlier."
                },
            ),
            (
                {"spent_on": date(2027, 11, 18)},
                {
                    "spent_on": "18 November has not begun in Adelaide. Choose 17 November 2026 or earlier."
                },
            ),
            (
                {"spent_on": date(1, 1, 1)},
                {"spent_on": "0001-01-01 cannot be right. Check the year."},
            ),
            ({"kind": "yacht"}, {"kind": "Choose what the money was spent on."}),
            ({"receipts": 0}, {"declaration": "Add the receipt, or say why there is none."}),
            ({"kind": "other"}, {"description": "Say what it was for."}),
            ({"description": "x" * 2001}, {"description": "Keep it under 2,000 characters."}),
            ({"declaration": "x" * 2001}, {"declaration": "Keep it under 2,000 characters."}),
            (
                {"amount": Decimal(0)},
                {"amount": "The amount is zero. Write what it is, or leave the line out."},
            ),
            (
                {"currency": "XXX"},
                {"currency": "XXX is not a currency. Write its three letters, such as AUD or EUR."},
            ),
        ],
    )
    def test_is_refused_beside_the_field(self, changed, errors):
        with pytest.raises(Invalid) as refusal:
            check_line(line(**changed), ADELAIDE, NOW)

        assert refusal.value.errors == errors

    def test_of_a_day_that_has_begun_at_the_place_goes_in(self):
        assert (
            check_line(
                line(spent_on=date(2026, 11, 18)), ADELAIDE, datetime(2026, 11, 17, 14, tzinfo=UTC)
            )
            is None
        )


class TestCap:
    def test_is_told_with_what_is_over(self):
        assert (
            check_cap(aud("45"), aud("40"), "A taxi ride")
            == "A taxi ride: 40.00 AUD. This is 5.00 more."
        )

    @pytest.mark.parametrize("cap", [None, aud("45"), Money(Decimal(1), "EUR")])
    def test_is_silent_within(self, cap):
        assert check_cap(aud("45"), cap, "A taxi ride") == ""


class TestDecider:
    parties = ClaimParties(claimant_id=1, payee_id=2, delegate_ids=frozenset({3}))

    @pytest.mark.parametrize(
        ("person", "sentence"),
        [
            (1, "You cannot approve your own claim. Imogen Tāmihana can."),
            (2, "You are paid by this claim, so you cannot decide it. Imogen Tāmihana can."),
            (3, "You act for the claimant, so you cannot decide this claim. Imogen Tāmihana can."),
        ],
    )
    def test_is_never_on_the_other_side(self, person, sentence):
        with pytest.raises(Refused) as refusal:
            check_decider(Decider(9, person), self.parties, ["Imogen Tāmihana"])

        assert str(refusal.value) == sentence

    @pytest.mark.parametrize("person", [None, 4])
    def test_may_be_anybody_else(self, person):
        assert check_decider(Decider(9, person), self.parties) is None

    def test_nobody_is_named_where_nobody_can(self):
        with pytest.raises(Refused) as refusal:
            check_decider(Decider(9, 1), self.parties)

        assert str(refusal.value) == "You cannot approve your own claim."


class TestDelegation:
    week = Period(date(2026, 11, 16), date(2026, 11, 22))

    @pytest.mark.parametrize(("user", "instead_of"), [(1, None), (2, 1)])
    def test_decides_in_the_others_place(self, user, instead_of):
        assert (
            check_approver(
                user,
                {1},
                [Delegation(9, 2, self.week), Delegation(1, 2, self.week)],
                date(2026, 11, 17),
            )
            == instead_of
        )

    @pytest.mark.parametrize(("user", "on"), [(2, date(2026, 11, 23)), (3, date(2026, 11, 17))])
    def test_is_dated_and_never_passed_on(self, user, on):
        with pytest.raises(Refused):
            check_approver(
                user, {1}, [Delegation(1, 2, self.week), Delegation(2, 3, self.week)], on
            )


class TestDecision:
    def test_approves_in_full_or_less_with_a_reason(self):
        assert (
            check_approval(aud(45), Decimal(45), ""),
            check_approval(aud(45), Decimal(40), "Cap"),
        ) == (45, 40)

    @pytest.mark.parametrize(
        ("amount", "reason", "field"),
        [
            ("46", "", "approved_amount"),
            ("40", " ", "reason"),
            ("0", "x", "approved_amount"),
            ("1.001", "x", "approved_amount"),
        ],
    )
    def test_refuses_what_cannot_be_approved(self, amount, reason, field):
        with pytest.raises(Refused) as refusal:
            check_approval(aud(45), Decimal(amount), reason)

        assert refusal.value.field == field

    @pytest.mark.parametrize("check", [check_refusal, check_question])
    def test_needs_words(self, check):
        assert check(" Twice ") == "Twice"
        with pytest.raises(Refused):
            check("  ")

    def test_the_second_is_told_of_the_first(self):
        with pytest.raises(Refused) as refusal:
            check_still_open(
                LineStatus.approved,
                "Callum Reid",
                datetime(2026, 11, 17, 11, 48, tzinfo=UTC),
                aud(45),
            )

        assert (
            str(refusal.value)
            == "Callum Reid decided this line at 11:48: 45.00 AUD. Your decision was not saved. See both."
        )

    def test_the_second_is_told_also_where_little_is_known(self):
        with pytest.raises(Refused) as refusal:
            check_still_open(LineStatus.refused, "", None, None)

        assert (
            str(refusal.value)
            == "Somebody decided this line: refused. Your decision was not saved. See both."
        )

    def test_of_an_open_line_is_free(self):
        assert check_still_open(LineStatus.answered, "", None, None) is None

    def test_sums_are_kept_by_currency(self):
        assert totals([aud(1), aud(2)]) == {"AUD": aud(3)}


class TestRecall:
    def test_is_free_before_any_decision(self):
        assert check_recall(ClaimStatus.submitted, [LineStatus.entered]) is None

    @pytest.mark.parametrize(
        ("status", "lines"),
        [(ClaimStatus.under_review, [LineStatus.approved]), (ClaimStatus.posted, [])],
    )
    def test_is_refused_after(self, status, lines):
        with pytest.raises(Refused):
            check_recall(status, lines)


L = LineStatus
D = LedgerStatus


@pytest.mark.parametrize(
    ("lines", "documents", "status"),
    [
        ([L.entered], [], "submitted"),
        ([L.entered, L.approved], [], "under_review"),
        ([L.queried], [], "under_review"),
        ([L.entered, L.approved], [D.posted], "under_review"),
        ([L.refused, L.duplicate], [], "closed"),
        ([L.approved, L.refused], [], "decided"),
        ([L.approved], [D.posting], "posting"),
        ([L.approved], [D.posted, D.failed], "post_failed"),
        ([L.approved], [D.posted], "posted"),
        ([L.approved], [D.paid, D.posted], "posted"),
        ([L.approved], [D.paid, D.voided], "paid"),
        ([L.approved], [D.voided], "corrected"),
        ([], [], "closed"),
    ],
)
def test_a_claim_stands_where_its_lines_and_documents_stand(lines, documents, status):
    assert claim_status(lines, documents) == status


def test_a_claim_that_is_not_sent_or_taken_back_is_just_that():
    assert (claim_status([], is_submitted=False), claim_status([], is_recalled=True)) == (
        "received",
        "recalled",
    )
