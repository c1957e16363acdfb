"""What can be set is written down, as it is: `.env.example` and the README name what config.py reads."""

import re
from pathlib import Path

import pytest

import config
from app.settings import VENDORS
from config import CHOICES, ROLES, SECONDS, Config

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
LINES = dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=([^\s#]*)", EXAMPLE, re.MULTILINE))
SETTINGS = {
    *re.findall(r'"([A-Z][A-Z0-9_]{2,})"', Path(config.__file__).read_text("utf-8")),
    *CHOICES, *ROLES, *SECONDS, *(setting.name for vendor in VENDORS.values() for setting in vendor),
} - {"TESTING", "INFO", "DEBUG", "WARNING", "ERROR"}  # fmt: skip
EXAMPLES = {"DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL", "DATABASE_REPLICA_URL",
            "REDIS_URL", "SMTP_URL", "MAIL_FROM"}  # fmt: skip
"""Where the line shows how it may look, and the default is our own server or none."""


def test_the_example_names_what_can_be_set_and_nothing_else() -> None:
    assert set(LINES) == SETTINGS


@pytest.mark.parametrize("name", sorted(set(LINES) - EXAMPLES))
def test_a_value_that_is_shown_is_the_default(name: str, tmp_path: Path) -> None:
    shown = LINES[name]
    own = {"VAR": str(tmp_path)}
    if shown == "" or name == "VAR":
        return

    untouched = Config.load(own)

    assert Config.load({**own, name: shown}) == untouched


def test_the_readme_offers_only_choices_that_this_release_brings() -> None:
    table = (ROOT / "README.md").read_text("utf-8")
    for port in ("EMAIL", "SMS", "ESIGN", "ACCOUNTING", "ARCHIVE", "FILES", "SCAN"):
        line = re.search(rf"^\| [^|]+\| `{port}` \| `(\w+)` \| ([^|]*)\|", table, re.MULTILINE)

        assert line is not None, port
        offered = {line[1], *re.findall(r"`(\w+)`", line[2])}
        assert line[1] == CHOICES[port][0]
        assert offered == set(CHOICES[port]) & config.BUILT
