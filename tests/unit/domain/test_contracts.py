from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contract_sending import RANK, Paper, apply_provider_event, check_ready_to_send
from app.domain.contract_terms import (
    SignedChange,
    TermChange,
    check_revision,
    diff_terms,
    in_words,
    terms_in_force,
)
from app.domain.contracts import ContractEvent, ContractStatus
from app.domain.errors import Invalid, Refused
from app.domain.money import Money
from app.domain.numbers import claim_number, contract_number, engagement_number, fee_number
from app.domain.periods import Period

values = (
    st.none()
    | st.integers()
    | st.text()
    | st.booleans()
    | st.dates()
    | st.lists(st.integers(), max_size=3)
)
terms = st.dictionaries(
    st.sampled_from(["fee", "currency", "starts_on", "zeal", "roles"]) | st.text(), values
)


def aud(amount):
    return Money(Decimal(amount), "AUD")


def paper(**changed):
    whole = {
        "signer": "Mia Duval",
        "signer_is_verified": True,
        "company_signatory": "Imogen Tāmihana",
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


class TestNewsFromAProvider:
    @pytest.mark.parametrize(
        ("status", "event", "after"),
        [
            ("ready", "sign", "signed_by_artist"),
            ("sent", "sign", "signed_by_artist"),
            ("sent", "countersign", "executed"),
            ("part_signed", "decline", "declined"),
            ("signed_by_artist", "void", "voided"),
            ("sent", "expire", "expired"),
        ],
    )
    def test_raises_the_rank_or_ends(self, status, event, after):
        verdict = apply_provider_event(ContractStatus(status), ContractEvent(event))

        assert (verdict.status, verdict.is_applied) == (after, True)

    @pytest.mark.parametrize(
        ("status", "event", "because"),
        [
            (
                "signed_by_artist",
                "send",
                "The contract is signed by artist already; this came late.",
            ),
            ("executed", "decline", "The contract is executed already; this came late."),
            ("voided", "countersign", "The contract is voided already; this came late."),
            ("draft", "sign", "The contract is draft already; this came late."),
            (
                "signed_by_artist",
                "decline",
                "A contract that is signed by artist cannot become declined.",
            ),
            ("sent", "approve", "This is not a provider's to say."),
        ],
    )
    def test_is_ignored_with_a_reason(self, status, event, because):
        verdict = apply_provider_event(ContractStatus(status), ContractEvent(event))

        assert (verdict.status, verdict.ignored_because, verdict.is_applied) == (
            status,
            because,
            False,
        )

    @given(st.lists(st.sampled_from(list(ContractEvent)), max_size=12))
    def test_never_lowers_the_rank_and_never_undoes_an_end(self, events):
        status = ContractStatus.sent
        for event in events:
            after = apply_provider_event(status, event).status
            assert after == status or (status in RANK and RANK.get(after, 9) > RANK[status])
            if status in {"executed", "declined", "expired", "voided"}:
                assert after is status
            status = after

    @given(
        st.permutations(
            [
                ContractEvent.send,
                ContractEvent.sign_in_part,
                ContractEvent.sign,
                ContractEvent.countersign,
            ]
        )
    )
    def test_ends_executed_in_whatever_order_it_arrives(self, events):
        status = ContractStatus.sent
        for event in events:
            status = apply_provider_event(status, event).status

        assert status is ContractStatus.executed


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


class TestDifference:
    @given(terms)
    def test_of_equal_terms_is_empty(self, one):
        assert diff_terms(one, dict(one)) == []

    @given(terms, terms)
    def test_is_the_same_turned_round(self, one, other):
        there, back = diff_terms(one, other), diff_terms(other, one)

        assert [(c.field, c.old, c.new) for c in there] == [(c.field, c.new, c.old) for c in back]

    def test_is_in_words_and_in_the_order_of_a_contract(self):
        old = {"zeal": True, "fee": "900.00 AUD", "starts_on": date(2026, 1, 1), "role": "Giselle"}
        new = {
            "zeal": False,
            "fee": "950.00 AUD",
            "role": "Giselle",
            "roles": [{"role": "Myrtha"}, "cover"],
        }

        assert diff_terms(old, new) == [
            TermChange("fee", "Fee", "900.00 AUD", "950.00 AUD"),
            TermChange("starts_on", "From", "2026-01-01", "–"),
            TermChange("roles", "Roles", "–", "Role: Myrtha; cover"),
            TermChange("zeal", "Zeal", "yes", "no"),
        ]

    def test_nothing_is_a_dash(self):
        assert [in_words(value) for value in (None, "", [], {}, 0)] == ["–", "–", "–", "–", "0"]


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
