"""A sealed field opens in its own place, with our keys, and nowhere else."""

import base64
from dataclasses import replace

import pytest

from app.db import secrets

OLD = base64.urlsafe_b64encode(b"o" * 32).decode()
NEW = base64.urlsafe_b64encode(b"n" * 32).decode()
HERE = secrets.Place("bank_detail", "account", 7, "42")


@pytest.fixture(autouse=True)
def one_key():
    secrets.configure([OLD])


class TestSeal:
    def test_it_opens_where_it_was_sealed(self):
        assert secrets.unseal(secrets.seal("062-000 1234 5678", HERE), HERE) == "062-000 1234 5678"

    def test_the_same_words_are_never_sealed_alike(self):
        assert secrets.seal("same", HERE) != secrets.seal("same", HERE)

    def test_it_names_its_version_and_key_and_not_its_words(self):
        version, kid, _nonce, sealed = secrets.seal("062-000", HERE).split("|")

        assert (version, len(kid)) == ("v1", 8)
        assert "062" not in sealed

    @pytest.mark.parametrize(
        "elsewhere",
        [{"table": "payee"}, {"column": "ending"}, {"organisation_id": 8}, {"row": "43"}],
    )
    def test_moved_to_another_place_it_stays_shut(self, elsewhere):
        sealed = secrets.seal("062-000", HERE)

        with pytest.raises(secrets.Unreadable, match="does not open here"):
            secrets.unseal(sealed, replace(HERE, **elsewhere))

    @pytest.mark.parametrize("broken", ["", "v1|x", "062-000", "v2|{kid}|{nonce}|{text}"])
    def test_what_was_never_sealed_stays_shut(self, broken):
        _, kid, nonce, text = secrets.seal("062-000", HERE).split("|")

        with pytest.raises(secrets.Unreadable):
            secrets.unseal(broken.format(kid=kid, nonce=nonce, text=text), HERE)


class TestKeys:
    def test_an_old_key_still_opens_and_a_new_one_seals(self):
        old = secrets.seal("062-000", HERE)

        secrets.configure([NEW, OLD])

        assert secrets.unseal(old, HERE) == "062-000"
        assert secrets.is_stale(old)
        assert not secrets.is_stale(secrets.seal("062-000", HERE))

    def test_without_its_key_it_stays_shut(self):
        old = secrets.seal("062-000", HERE)

        secrets.configure([NEW])

        with pytest.raises(secrets.Unreadable, match="a key we do not have"):
            secrets.unseal(old, HERE)

    def test_a_keyed_hash_stays_the_same_when_a_new_key_comes(self):
        before = secrets.digest("code ABCD")

        secrets.configure([NEW, OLD])

        assert secrets.digest("code ABCD") == before
        assert secrets.digest("code ABCE") != before
