"""A setting ``kv://name`` is opened from the vault when it is used, and read again when it was changed."""

import base64
import ssl

import pytest

from app import key_vault, webhooks
from app.integrations import providers
from app.settings import VENDORS, Setting, SettingError
from config import Config
from tests.simulators import key_vault as simulated
from tests.simulators.key_vault import CLIENT, SECRET, TENANT


@pytest.fixture
def vault():
    return simulated.KeyVault()


@pytest.fixture
def served(vault, tmp_path):
    with simulated.serve(vault, tmp_path) as (url, authority):
        yield url, authority
    key_vault._vaults.clear()


@pytest.fixture
def environ(served, tmp_path):
    url, authority = served
    return {
        "VAR": str(tmp_path / "var"), "SECRETS": "key_vault", "AZURE_KEY_VAULT_URL": url,
        "AZURE_AUTHORITY_HOST": url, "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT,
        "AZURE_CLIENT_SECRET": SECRET, "AZURE_KEY_VAULT_CA": authority,
    }  # fmt: skip


class Clock:
    """A clock that goes on when it is told."""

    def __init__(self):
        self.at = 1000.0

    def read(self):
        return self.at

    def pass_by(self, seconds):
        self.at += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def vendor(monkeypatch):
    """A vendor that is told a key and an address."""
    told = (Setting("TESTLY_KEY"), Setting("TESTLY_URL", "https://api.testly.example"))
    monkeypatch.setitem(VENDORS, "postroom", told)


class TestAtTheStart:
    def test_the_houses_own_secrets_are_opened_once(self, vault, environ):
        vault.secrets = {
            "house-key": "x" * 40,
            "field-keys": base64.urlsafe_b64encode(b"k" * 32).decode(),
        }

        config = Config.load(
            environ | {"SECRET_KEY": "kv://house-key", "FIELD_KEYS": "kv://field-keys"}
        )

        assert config.secret_key == "x" * 40
        assert len(config.field_keys) == 1
        assert vault.issued == 1

    def test_a_secret_that_is_not_there_is_named(self, environ):
        with pytest.raises(SettingError, match="kv://forgotten cannot be read"):
            Config.load(environ | {"SECRET_KEY": "kv://forgotten"})

    def test_a_vault_that_does_not_answer_is_said(self, vault, environ):
        vault.is_away = True

        with pytest.raises(SettingError, match="503"):
            Config.load(environ | {"SECRET_KEY": "kv://house-key"})

    def test_whom_the_vault_does_not_know_is_refused(self, vault, environ):
        with pytest.raises(SettingError, match="401"):
            Config.load(environ | {"SECRET_KEY": "kv://x", "AZURE_CLIENT_SECRET": "wrong"})

    @pytest.mark.parametrize("name", ["AZURE_KEY_VAULT_URL", "AZURE_CLIENT_SECRET"])
    def test_what_opens_the_vault_is_needed_and_does_not_lie_in_it(self, environ, name):
        with pytest.raises(SettingError, match=f"{name} is needed"):
            Config.load(environ | {name: ""})
        with pytest.raises(SettingError, match=f"{name} opens the key vault"):
            Config.load(environ | {name: "kv://self"})

    def test_secrets_travel_by_https_and_to_whom_is_trusted_alone(self, vault, environ):
        vault.secrets = {"house-key": "x" * 40}
        asked = environ | {"SECRET_KEY": "kv://house-key"}

        with pytest.raises(SettingError, match="is not https"):
            Config.load(asked | {"AZURE_AUTHORITY_HOST": "http://127.0.0.1:9"})
        with pytest.raises(SettingError, match="certificate verify failed"):
            Config.load(asked | {"AZURE_KEY_VAULT_CA": ""})
        assert vault.read == []
        assert ssl.HAS_TLSv1_3

    def test_without_a_vault_a_reference_is_refused(self, tmp_path):
        with pytest.raises(SettingError, match="SECRETS is not key_vault"):
            Config.load({"VAR": str(tmp_path), "SECRET_KEY": "kv://house-key"})


class TestWhileItRuns:
    def test_a_vendors_key_is_opened_when_it_is_used_and_remembered(self, vault, environ, vendor):
        vault.secrets = {"testly": "first"}
        config = Config.load(environ | {"TESTLY_KEY": "kv://testly"})
        before = list(vault.read)

        keys = [config.vendor["TESTLY_KEY"] for _ in range(3)]

        assert before == []
        assert keys == ["first"] * 3
        assert vault.read == ["testly"]
        assert config.vendor["TESTLY_URL"] == "https://api.testly.example"
        assert {"TESTLY_KEY", "TESTLY_URL"} < set(config.vendor)
        assert len(config.vendor) == len(list(config.vendor))

    def test_no_secret_is_shown_where_the_configuration_is(self, vault, environ, vendor):
        vault.secrets = {"testly": "very secret"}
        config = Config.load(environ | {"TESTLY_KEY": "kv://testly"})
        config.vendor["TESTLY_KEY"]

        assert "very secret" not in repr(config) + repr(config.vendor)
        assert SECRET not in repr(config)

    def test_a_rotation_is_noticed_after_a_refusal_at_once(self, vault, environ, vendor):
        vault.secrets = {"testly": "first"}
        config = Config.load(environ | {"TESTLY_KEY": "kv://testly"})
        providers.configure(config)
        old = config.vendor["TESTLY_KEY"]
        vault.secrets = {"testly": "second"}

        still = config.vendor["TESTLY_KEY"]
        providers.renew()

        assert (old, still, config.vendor["TESTLY_KEY"]) == ("first", "first", "second")

    def test_a_rotation_is_noticed_by_itself_after_a_while(
        self, vault, environ, vendor, monkeypatch
    ):
        monkeypatch.setattr(key_vault, "KEPT_SECONDS", 0.0)
        vault.secrets = {"testly": "first"}
        config = Config.load(environ | {"TESTLY_KEY": "kv://testly"})
        old = config.vendor["TESTLY_KEY"]
        vault.secrets = {"testly": "second"}

        assert (old, config.vendor["TESTLY_KEY"]) == ("first", "second")

    def test_the_last_known_value_is_used_while_the_vault_is_away(self, vault, environ, vendor):
        vault.secrets = {"testly": "first"}
        config = Config.load(environ | {"TESTLY_KEY": "kv://testly"})
        config.vendor["TESTLY_KEY"]
        vault.is_away = True
        key_vault.forget()

        assert config.vendor["TESTLY_KEY"] == "first"

    def test_what_fails_to_prove_a_notice_is_read_again_at_most_every_half_minute(
        self, vault, environ, vendor, clock
    ):
        vault.secrets = {"testly": "first"}
        config = Config.load(environ | {"TESTLY_KEY": "kv://testly"})
        key_vault._vaults[0].monotonic = clock.read

        def is_proven_by(key):
            return webhooks.is_proven(lambda: config.vendor["TESTLY_KEY"] == key)

        at_first = is_proven_by("first")
        vault.secrets = {"testly": "second"}
        too_soon = [is_proven_by("second") for _ in range(5)]
        read_before = len(vault.read)
        clock.pass_by(key_vault.DOUBTED_SECONDS)
        genuine = is_proven_by("second")
        forged = [is_proven_by("third") for _ in range(5)]

        assert at_first
        assert not any(too_soon)
        assert read_before == 1
        assert genuine
        assert not any(forged)
        assert len(vault.read) == 2

    def test_without_a_vault_a_forged_notice_stays_forged(self):
        asked = []

        assert not webhooks.is_proven(lambda: bool(asked.append("once")))
        assert asked == ["once"]

    def test_a_token_that_ran_out_is_renewed(self, vault, environ, vendor):
        vault.secrets = {"testly": "first"}
        config = Config.load(environ | {"TESTLY_KEY": "kv://testly"})
        config.vendor["TESTLY_KEY"]
        vault.tokens.clear()
        key_vault.forget()

        assert config.vendor["TESTLY_KEY"] == "first"
        assert vault.issued == 2
