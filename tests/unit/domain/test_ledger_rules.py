"""How bills are coded, why a ledger refuses one, and what follows when it and we disagree."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import Invalid, Refused
from app.domain.ledger_problems import ADVICE, LedgerProblem, advise, diagnose
from app.domain.ledger_settings import (
    TAXED,
    Coding,
    EnteredAs,
    LedgerSettings,
    Offer,
    Offers,
    Tracked,
    TrackingOffer,
)
from app.domain.ledger_standing import Differs, Known, Standing, compare
from app.domain.payables import PayableStatus

OFFERS = Offers(
    accounts=(Offer("404", "Artist fees"), Offer("493", "Travel")),
    tax_types=(Offer("INPUT", "GST on Expenses"),),
    tracking=(TrackingOffer("c1", "Production", (Offer("o1", "Giselle"),)),),
    currency="AUD",
    locked_until=date(2026, 6, 30),
    short_code="!x",
)
CHOSEN = LedgerSettings(
    expense_account="493", fee_account="404", allowance_account="404",
    tax_types=dict.fromkeys(TAXED, "INPUT"), tracking_category="c1", tracking_options={"7": "o1"},
)  # fmt: skip


class TestSettings:
    def test_what_is_kept_comes_back_as_it_was(self):
        assert Offers.kept(OFFERS.as_kept()) == OFFERS
        assert LedgerSettings.kept(CHOSEN.as_kept()) == CHOSEN
        assert LedgerSettings.kept({}) == LedgerSettings()
        assert Offers.kept({}) == Offers()

    def test_what_the_ledger_offers_is_taken(self):
        CHOSEN.check(OFFERS)

        assert CHOSEN.bill_status is EnteredAs.submitted

    def test_everything_it_does_not_offer_is_named_by_its_field(self):
        wrong = LedgerSettings(
            expense_account="9", fee_account="404", allowance_account="404",
            tax_types={**CHOSEN.tax_types, "taxi": "GONE"}, tracking_category="c1",
            tracking_options={"7": "o9", "8": ""},
        )  # fmt: skip

        with pytest.raises(Invalid) as refusal:
            wrong.check(OFFERS)

        assert set(refusal.value.errors) == {"expense_account", "tax_taxi", "option_7"}

    def test_a_category_that_is_gone_is_named(self):
        kept = CHOSEN.as_kept() | {"tracking_category": "c9"}

        with pytest.raises(Invalid) as refusal:
            LedgerSettings.kept(kept).check(OFFERS)

        assert set(refusal.value.errors) == {"tracking_category"}

    @pytest.mark.parametrize(
        ("kind", "account"),
        [("fee", "404"), ("allowance", "404"), ("taxi", "493"), ("other", "493")],
    )
    def test_a_line_is_coded_by_what_it_is_for_and_its_production(self, kind, account):
        tracked = Tracked("c1", "o1", "Production", "Giselle")

        assert CHOSEN.coding(kind, "7", OFFERS) == Coding(account, "INPUT", tracked)
        assert CHOSEN.coding(kind, "8", OFFERS) == Coding(account, "INPUT", None)

    def test_nothing_is_coded_before_it_is_chosen(self):
        with pytest.raises(Refused, match="No account is chosen for fees"):
            LedgerSettings().coding("fee", "7", OFFERS)
        with pytest.raises(Refused, match="No tax rate is chosen for taxi"):
            LedgerSettings(expense_account="493").coding("taxi", "7", OFFERS)


class TestProblems:
    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            ("The document date cannot be before the period lock date, currently set at 30-Nov-2018", "locked_period"),
            ("The document date cannot be before the end of year lock date, currently set at 30-Nov-2018", "locked_period"),
            ("The contact must be un-archived before creating new invoices", "contact_archived"),
            ("The TaxType code 'X' does not exist", "tax_type"),
            ("Account code '999' is not a valid code for this document.", "account"),
            ("No account is chosen for fees.", "account"),
            ("Organisation is not subscribed to currency EUR", "currency"),
            ("The Tracking option 'X' does not exist.", "tracking"),
            ("This document cannot be edited as it has a payment or credit note allocated to it.", "paid_there"),
            ("Xero is not connected. Connect it; what waits is then entered by itself.", "disconnected"),
            ("Xero wants to be connected again. What waits is then entered by itself.", "disconnected"),
            ("Bills are entered by hand for now.", "by_hand"),
            ("The moon is in the wrong house.", "other"),
        ],
    )  # fmt: skip
    def test_the_words_tell_the_reason(self, said, problem):
        assert diagnose(said) is LedgerProblem(problem)

    @pytest.mark.parametrize(
        "problem", [one for one in LedgerProblem if one is not LedgerProblem.none]
    )
    def test_every_problem_says_what_to_do(self, problem):
        told = advise(problem, number="CL-0001", payee="Noémie")

        assert problem in ADVICE
        assert told.advice
        assert told.deed
        assert "{" not in told.title + told.advice + told.deed


def there(**more):
    facts = {
        "external_id": "x", "number": "CL-1", "status": "AUTHORISED", "total": Decimal("42.10"),
        "currency": "AUD", "amount_paid": Decimal(0), "seen_at": datetime(2026, 11, 25, tzinfo=UTC),
    } | more  # fmt: skip
    return Standing(**facts)


def known(status=PayableStatus.open, **more):
    return Known("CL-1", Decimal("42.10"), "AUD", status, **more)


PAID = {"status": "PAID", "amount_paid": Decimal("42.10"), "paid_on": date(2026, 11, 20)}


class TestComparing:
    def test_what_agrees_leaves_nothing_to_do(self):
        assert compare(known(), there()).differences == ()
        assert not compare(known(), there()).is_newly_paid

    @pytest.mark.parametrize(
        "status", [PayableStatus.open, PayableStatus.held, PayableStatus.exported]
    )
    def test_what_is_paid_there_is_paid_here(self, status):
        assert compare(known(status), there(**PAID)).is_newly_paid

    @pytest.mark.parametrize(
        ("ours", "theirs", "differs"),
        [
            (known(), there(total=Decimal(50)), [Differs.amount_differs]),
            (known(), there(currency="EUR"), [Differs.amount_differs]),
            (known(), there(status="VOIDED"), [Differs.voided_there]),
            (known(PayableStatus.voided), there(status="DELETED"), []),
            (known(PayableStatus.voided), there(), [Differs.live_though_voided]),
            (known(PayableStatus.voided), there(**PAID), [Differs.paid_though_voided]),
            (known(), there(amount_paid=Decimal(2)), [Differs.paid_in_part]),
            (known(PayableStatus.held), there(**PAID), [Differs.paid_though_held]),
            (known(is_in_run="PR-12"), there(**PAID), [Differs.paid_though_in_run]),
            (known(PayableStatus.paid), there(), [Differs.payment_removed]),
            (known(PayableStatus.held, was_paid_there=True), there(**PAID), [Differs.returned_here]),
            (known(PayableStatus.paid, was_paid_there=True), there(**PAID), []),
            (known(PayableStatus.paid, is_paid_by_us=True), there(), []),
            (known(), there(**PAID | {"amount_paid": Decimal("84.20")}), [Differs.paid_twice]),
            (
                known(PayableStatus.paid, is_paid_by_us=True, paid_on=date(2026, 11, 18), reference="ABA"),
                there(**PAID), [Differs.paid_twice],
            ),
            (
                known(PayableStatus.paid, is_paid_by_us=True, paid_on=date(2026, 11, 20), reference="ABA"),
                there(**PAID), [],
            ),
        ],
    )  # fmt: skip
    def test_each_difference_is_named_and_says_what_to_do(self, ours, theirs, differs):
        found = compare(ours, theirs).differences

        assert [one.what for one in found] == differs
        assert all("CL-1" in one.title and one.advice for one in found)

    def test_what_came_back_from_the_bank_is_not_paid_by_an_old_word_of_the_ledger(self):
        ours = known(PayableStatus.held, was_paid_there=True)

        assert not compare(ours, there(**PAID)).is_newly_paid

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        status=st.sampled_from(PayableStatus),
        stands=st.sampled_from(["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"]),
        paid=st.sampled_from([Decimal(0), Decimal(20), Decimal("42.10"), Decimal("84.20")]),
        by_us=st.booleans(),
    )
    def test_nothing_that_is_over_is_ever_paid_again(self, status, stands, paid, by_us):
        verdict = compare(
            known(status, is_paid_by_us=by_us), there(status=stands, amount_paid=paid)
        )

        assert not (verdict.is_newly_paid and status in (PayableStatus.paid, PayableStatus.voided))
        assert not (verdict.is_newly_paid and stands != "PAID")
