from datetime import date
from decimal import Decimal

import pytest

from app.domain.contract_sending import Paper, check_ready_to_send
from app.domain.contract_terms import SignedChange, check_revision, terms_in_force
from app.domain.contracts import ContractStatus
from app.domain.errors import Invalid, Refused
from app.domain.money import Money
from app.domain.numbers import claim_number, contract_number, engagement_number, fee_number
from app.domain.periods import Period


def aud(amount):
    return Money(Decimal(amount), "AUD")


def paper(**changed):
    whole = {
        "signer": "Mia Duval",
        "signer_is_verified": True,
        "company_signatory": "Imogen Tāmihana",
        "signatory_has_left": False,
        "missing": [],
        "fee": aud(21600),
        "instalments": [aud(10800), aud(10800)],
        "period": Period(date(2026, 11, 1), date(2026, 11, 30)),
        "production": Period(date(2026, 10, 1), date(2026, 12, 1)),
    }
    return Paper(**(whole | changed))


class TestSending:
    def test_a_whole_paper_goes_out(self):
        assert check_ready_to_send(paper()) is None

    @pytest.mark.parametrize(
        ("changed", "errors"),
        [
            ({"signer": " "}, {"signer_id": "Choose who signs for the artist."}),
            (
                {"signer_is_verified": False},
                {
                    "signer_id": "Mia Duval has no verified e-mail address. Send an invitation, or choose another signer."
                },
            ),
            (
                {"company_signatory": ""},
                {"company_signatory_id": "Choose who signs for the company."},
            ),
            (
                {"signatory_has_left": True},
                {
                    "company_signatory_id": "Imogen Tāmihana works here no more. Choose who signs for the company."
                },
            ),
            (
                {"missing": ["fee", "role"]},
                {"missing": "Still empty in the text: fee, role. Fill them in."},
            ),
            (
                {"instalments": [aud(21200)]},
                {"instalments": "Instalments add up to 21,200.00. Add 400.00, or change the fee."},
            ),
            (
                {"instalments": [aud(22000)]},
                {
                    "instalments": "Instalments add up to 22,000.00. Take away 400.00, or change the fee."
                },
            ),
            (
                {"instalments": [Money(Decimal(1), "EUR")]},
                {
                    "instalments": "An instalment is not in AUD, the currency of the fee. Change one of them."
                },
            ),
            (
                {"production": Period(date(2026, 11, 2), date(2026, 12, 1))},
                {
                    "starts_on": "The production runs from 2 Nov 2026 to 1 Dec 2026. Change the dates, or say why they lie outside."
                },
            ),
            (
                {"production": Period(date(2026, 11, 2))},
                {
                    "starts_on": "The production runs from 2 Nov 2026 on. Change the dates, or say why they lie outside."
                },
            ),
        ],
    )
    def test_names_what_is_missing(self, changed, errors):
        with pytest.raises(Invalid) as refusal:
            check_ready_to_send(paper(**changed))

        assert refusal.value.errors == errors

    def test_names_everything_at_once(self):
        with pytest.raises(Invalid) as refusal:
            check_ready_to_send(paper(signer="", company_signatory="", missing=["fee"]))

        assert set(refusal.value.errors) == {"signer_id", "company_signatory_id", "missing"}

    @pytest.mark.parametrize(
        "changed",
        [
            {"production": None},
            {"production": Period(date(2026, 11, 2)), "dates_reason": "Early fittings."},
        ],
    )
    def test_dates_outside_need_a_reason_only(self, changed):
        assert check_ready_to_send(paper(**changed)) is None


class TestRevision:
    @pytest.mark.parametrize(
        ("status", "sentence"),
        [
            ("ready", "Fee cannot change once a contract is ready. Return it for changes first."),
            ("sent", "Fee cannot change once a contract is sent. Void it first."),
            ("executed", "Fee cannot change once a contract is executed. Make an amendment."),
            ("declined", "Fee cannot change once a contract is declined. Revise it first."),
            ("terminated", "Fee cannot change once a contract is terminated. Make a new contract."),
        ],
    )
    def test_of_terms_is_refused_with_the_way_out(self, status, sentence):
        with pytest.raises(Refused) as refusal:
            check_revision(ContractStatus(status), {"fee", "note"})

        assert str(refusal.value) == sentence

    @pytest.mark.parametrize(
        ("status", "changed"),
        [("draft", {"fee"}), ("in_review", {"fee"}), ("external", {"fee"}), ("sent", {"note"})],
    )
    def test_of_an_open_paper_or_of_no_term_is_free(self, status, changed):
        assert check_revision(ContractStatus(status), changed) is None


class TestTermsInForce:
    def test_are_the_contracts_with_each_amendment_laid_over(self):
        later = SignedChange(2, date(2026, 3, 1), {"fee": "3"})
        first = SignedChange(1, date(2026, 2, 1), {"fee": "2", "role": "Myrtha"})
        base = {"fee": "1", "role": "Giselle"}

        fees = [
            terms_in_force(base, [later, first], day)
            for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1))
        ]

        assert fees == [base, {"fee": "2", "role": "Myrtha"}, {"fee": "3", "role": "Myrtha"}]


class TestNumbers:
    def test_are_as_people_say_them(self):
        assert (
            contract_number(2026, 147),
            engagement_number(147),
            claim_number(231),
            claim_number(231, 2),
            fee_number("ENG-0147", 2),
        ) == (
            "C-2026-0147",
            "ENG-0147",
            "CL-0231",
            "CL-0231-2",
            "FEE-0147-2",
        )
