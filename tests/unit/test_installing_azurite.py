"""Azurite is installed once, and what failed says so and stops no test that can do without."""

import importlib.util
import os
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "infrastructure" / "scripts" / "azurite.py"


@pytest.fixture
def azurite():
    told = importlib.util.spec_from_file_location("azurite_script", SCRIPT)
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path):
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "node_modules").mkdir()
    return tmp_path


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """An npm that counts how often it is called, and ends as it is told."""

    def ending(status):
        program = tmp_path / "npm"
        said = "npm error code E404\\nnpm error Not found: azurite\\nnpm error A complete log"
        program.write_text(f"#!/bin/sh\necho called >> calls\nprintf '{said}'\nexit {status}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return ending


def test_what_was_installed_is_not_installed_again_until_the_lock_changes(azurite, place, npm):
    npm(0)
    assert azurite.Installing(place).begin().end() == ""
    assert azurite.Installing(place).begin().end() == ""
    assert (place / "calls").read_text().split() == ["called"]

    (place / "package-lock.json").write_text('{"name": "newer"}')

    assert azurite.Installing(place).begin().end() == ""
    assert (place / "calls").read_text().split() == ["called", "called"]


def test_a_failure_says_why_and_is_tried_again_next_time(azurite, place, npm):
    npm(1)

    assert azurite.Installing(place).begin().end() == "npm could not install it: Not found: azurite"
    assert not azurite.is_there(place)


def test_without_npm_it_says_so(azurite, place, monkeypatch):
    monkeypatch.setenv("PATH", str(place))

    assert azurite.Installing(place).begin().end() == "npm is not installed here"


@pytest.mark.parametrize(("ci", "lines"), [("", 1), ("1", 3)])
def test_what_is_left_out_is_said_loudly_in_ci(azurite, monkeypatch, capsys, ci, lines):
    monkeypatch.setenv("CI", ci)

    told = azurite.tell("npm is not installed here")

    said = capsys.readouterr().out
    assert told == {"AZURITE_AWAY": "npm is not installed here"}
    assert "are skipped" in said
    assert len(said.splitlines()) == lines
