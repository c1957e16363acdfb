from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import check_address, check_code, code_from, mask, read_code, show_code
from app.domain.errors import Refused
from app.domain.sign_in import is_fresh

NOW = datetime(2026, 11, 17, 4, 2, tzinfo=UTC)


class TestCodes:
    @given(st.binary(min_size=5, max_size=5))
    def test_are_read_as_they_are_shown(self, secret):
        assert check_code(f" {show_code(code_from(secret)).lower()} ") == code_from(secret)

    @pytest.mark.parametrize("typed", ["", "ABC", "O0O0O0O0"])
    def test_are_refused_when_they_cannot_be_one(self, typed):
        with pytest.raises(Refused):
            check_code(typed)

    def test_forgive_the_hyphen(self):
        assert read_code("k7rm\u20112wxh") == "K7RM2WXH"

    @pytest.mark.parametrize(
        ("address", "masked"),
        [("mia@example.org", "m•••@example.org"), ("+61412345678", "••• 678")],
    )
    def test_go_to_an_address_only_its_owner_knows(self, address, masked):
        assert mask(address) == masked

    @pytest.mark.parametrize("typed", ["", "mia", "a" * 250 + "@example.org"])
    def test_go_to_an_address_only(self, typed):
        with pytest.raises(Refused):
            check_address(typed)


class TestSignIn:
    @pytest.mark.parametrize(
        ("proved", "fresh"),
        [
            (None, False),
            (NOW, True),
            (NOW - timedelta(minutes=10), True),
            (NOW - timedelta(minutes=11), False),
            (NOW + timedelta(minutes=1), False),
        ],
    )
    def test_a_proof_counts_for_ten_minutes(self, proved, fresh):
        assert is_fresh(proved, NOW) is fresh
