"""An account is read as its country writes it, in one form, and masked to three characters."""

import pytest

from app.domain.bank_accounts import (
    AccountKind,
    Typed,
    masked,
    parts_of_bsb,
    read_account,
    read_bsb,
    read_iban,
)
from app.domain.errors import Invalid, Refused

IBAN = "DE89 3704 0044 0532 0130 00"


def test_an_australian_account_has_one_form():
    read = read_account(Typed("bsb", " Zoë  Ng ", "062 000", "12-345 678"))

    assert (read.kind, read.holder, read.account) == (AccountKind.bsb, "Zoë Ng", "062-000 12345678")
    assert (read.country, read.currency, read.ending) == ("AU", "AUD", "678")
    assert parts_of_bsb(read.account) == ("062-000", "12345678")


def test_an_iban_is_compact_and_names_its_bank():
    read = read_account(Typed("iban", "Zoë", iban=IBAN.lower()))

    assert (read.account, read.bic, read.country) == (
        "DE89370400440532013000", "COBADEFFXXX", "DE",
    )  # fmt: skip
    assert read.currency == "EUR"


def test_a_bic_that_was_typed_stands():
    read = read_account(Typed("iban", "Zoë", iban=IBAN, bic="deutdeff"))

    assert read.bic == "DEUTDEFF"


def test_an_account_elsewhere_is_known_by_its_bank():
    read = read_account(Typed("other", "Zoë", number="12 345-678", bic="CHASUS33", currency="usd"))

    assert (read.account, read.country, read.currency) == ("12345678", "US", "USD")


@pytest.mark.parametrize("text", ["", "06200", "0620000", "06200x", "०६२०००"])
def test_a_bsb_has_six_digits(text):
    with pytest.raises(Refused, match="six digits") as refusal:
        read_bsb(text)

    assert refusal.value.field == "bsb"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DE89370400440532013001", "check digits"),
        ("GB29NWBK60161331926818", "check digits"),
        ("DE8937040044053201300", "too few or too many"),
        ("hello", "not an IBAN"),
        ("", "not an IBAN"),
        ("ZZ89370400440532013000", "not an IBAN"),
    ],
)
def test_a_wrong_iban_says_what_is_wrong(text, said):
    with pytest.raises(Refused, match=said):
        read_iban(text)


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        (Typed("bsb"), {"holder", "bsb", "number"}),
        (Typed("bsb", "Z", "062000", "0000"), {"number"}),
        (Typed("bsb", "Z", "062000", "1234567890"), {"number"}),
        (Typed("bsb", "Z", "062000", "1234", currency="EUR"), {"currency"}),
        (Typed("iban", "Z", iban="x", bic="y"), {"iban", "bic"}),
        (Typed("iban", "Z", iban=IBAN, currency="QQQ"), {"currency"}),
        (Typed("other", "Z", number="1", bic=""), {"number", "bic", "currency"}),
        (Typed("gold"), {"holder", "kind"}),
        (Typed("bsb", "Z" * 121, "062000", "1234"), {"holder"}),
    ],
)
def test_every_wrong_field_is_named(typed, fields):
    with pytest.raises(Invalid) as refusal:
        read_account(typed)

    assert set(refusal.value.errors) == fields


def test_a_mask_shows_three_characters_of_what_it_is_given():
    assert masked("12345678") == "ending 678"
