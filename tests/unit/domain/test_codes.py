"""Codes and addresses as people type them."""

import pytest

from app.domain.codes import check_address, check_code, mask, show_code
from app.domain.errors import Refused


@pytest.mark.parametrize("typed", ["K7RM2WXH", "k7rm-2wxh", " K7RM – 2WXH ", "Ｋ７ＲＭ２ＷＸＨ"])
def test_a_code_is_taken_however_it_is_typed(typed):
    assert check_code(typed) == "K7RM2WXH"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type the code from the e-mail."),
        ("K7RM", "A code has 8 letters and numbers; this has 4."),
        ("K7RM-2WXO", "A code has no O. Copy the 8 letters and numbers from the e-mail."),
        ("K7RM-2W01", "A code has no 0 or 1. Copy the 8 letters and numbers from the e-mail."),
    ],
)
def test_what_cannot_be_a_code_is_said_why(typed, said):
    with pytest.raises(Refused) as refusal:
        check_code(typed)

    assert (refusal.value.reason, refusal.value.field) == (said, "code")


def test_a_code_is_shown_in_two_halves():
    assert show_code("K7RM2WXH") == "K7RM-2WXH"


def test_an_address_is_compared_in_lower_case():
    assert check_address("  Noemie@Example.COM ") == "noemie@example.com"


@pytest.mark.parametrize(
    "typed",
    ["", "noemie", "noemie@", "@example.com", "a b@example.com", "a@b", "a@" + "b" * 260 + ".c"],
)
def test_what_is_no_address_is_refused_beside_its_field(typed):
    with pytest.raises(Refused) as refusal:
        check_address(typed)

    assert refusal.value.field == "email"


def test_a_masked_address_tells_only_its_owner():
    assert mask("noemie@example.com") == "n•••@example.com"
    assert mask("+61400000211") == "••• 211"
