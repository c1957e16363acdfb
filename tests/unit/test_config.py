"""The settings say no before the product starts wrong."""

import stat
from pathlib import Path

import pytest

from app.settings import SettingError
from config import Config

KEY = "k" * 32
FIELD_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def load(tmp_path: Path, **environ: str) -> Config:
    return Config.load({"VAR": str(tmp_path / "var"), **environ})


def load_public(tmp_path: Path, **environ: str) -> Config:
    public = {
        "BASE_URL": "https://portal.example.com",
        "SECRET_KEY": KEY,
        "FIELD_KEYS": FIELD_KEY,
        "ALLOW_POSTROOM": "1",
    }
    return load(tmp_path, **{**public, **environ})


class TestDefaults:
    def test_nothing_needs_to_be_set(self, tmp_path):
        config = load(tmp_path)

        assert config.base_url == "http://127.0.0.1:8000"
        assert config.live_url == "http://127.0.0.1:8001"
        assert (config.esign, config.accounting, config.email) == ("builtin", "ledger", "postroom")

    def test_secrets_are_made_once_and_for_our_eyes_only(self, tmp_path):
        first, second = load(tmp_path), load(tmp_path)

        assert first.secret_key == second.secret_key
        assert first.field_keys == second.field_keys
        mode = stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode)
        assert mode == 0o600

    def test_secrets_are_not_shown(self, tmp_path):
        config = load(tmp_path)

        assert config.secret_key not in repr(config)

    def test_the_live_stream_is_behind_the_proxy_elsewhere(self, tmp_path):
        assert load_public(tmp_path).live_url == "https://portal.example.com/live"

    def test_running_embedded_servers_are_found(self, tmp_path):
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "embedded.json").write_text('{"REDIS_URL": "unix:///there?db=0"}')

        assert load(tmp_path).redis_url == "unix:///there?db=0"

    def test_an_own_database_brings_no_owner_with_it(self, tmp_path):
        config = load(tmp_path, DATABASE_URL="postgresql://portal_app@there/portal")

        assert config.database_url == "postgresql+psycopg://portal_app@there/portal"
        with pytest.raises(SettingError, match="DATABASE_OWNER_URL is not set"):
            config.need("database_owner_url")


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("BASE_URL", "portal.example.com"),
            ("BASE_URL", "http://portal.example.com"),
            ("DATABASE_URL", "sqlite:///portal.db"),
            ("REDIS_URL", "memcached://here"),
            ("ESIGN", "quill"),
            ("SECRET_KEY", "short"),
            ("FIELD_KEYS", "not-base64!"),
            ("LEASE_SECONDS", "soon"),
            ("LEASE_SECONDS", "10"),
            ("STAFF_SECOND_FACTOR", "maybe"),
            ("SEAL_P12", "/nowhere/seal.p12"),
        ],
    )
    def test_a_bad_value_is_named(self, tmp_path, name, value):
        with pytest.raises(SettingError) as refusal:
            load(tmp_path, **{name: value})

        assert name in str(refusal.value)

    def test_smtp_without_an_address_is_named(self, tmp_path):
        with pytest.raises(SettingError, match="SMTP_URL"):
            load(tmp_path, EMAIL="smtp")

    @pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS"])
    def test_no_secret_is_made_up_for_a_public_address(self, tmp_path, name):
        with pytest.raises(SettingError, match=name):
            load_public(tmp_path, **{name: ""})

    def test_a_public_post_room_must_be_meant(self, tmp_path):
        assert load_public(tmp_path).has_postroom
        with pytest.raises(SettingError, match="ALLOW_POSTROOM"):
            load_public(tmp_path, ALLOW_POSTROOM="")

    def test_the_second_factor_cannot_be_off_in_public(self, tmp_path):
        assert load(tmp_path, STAFF_SECOND_FACTOR="off").second_factor_required is False
        with pytest.raises(SettingError, match="STAFF_SECOND_FACTOR"):
            load_public(tmp_path, STAFF_SECOND_FACTOR="off")
