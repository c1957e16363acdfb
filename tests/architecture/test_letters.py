"""Every letter can be written, and is written by somebody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from app.services.letters import FOLDER, compose

ROOT = Path(__file__).resolve().parents[2]
EVENTS = sorted(path.stem for path in FOLDER.glob("*.txt"))
GIVEN = {"base_url"}


class Anything:
    """Stands in for a word of a letter: has every attribute, one part, and parts of its own."""

    def __getattr__(self, name: str) -> "Anything":
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __getitem__(self, _key: object) -> "Anything":
        return Anything()

    def __call__(self, *_arguments: object) -> "Anything":
        return Anything()

    def __iter__(self) -> Iterator["Anything"]:
        return iter((Anything(), Anything(), Anything()))

    def __len__(self) -> int:
        return 1

    def __str__(self) -> str:
        return "Ngaire"


def words_of(event: str) -> set[str]:
    written = (FOLDER / f"{event}.txt").read_text("utf-8")
    return meta.find_undeclared_variables(Environment(autoescape=True).parse(written)) - GIVEN


@pytest.mark.parametrize("event", EVENTS)
class TestEveryLetter:
    def test_is_written_with_a_subject_a_text_and_a_page(self, event: str) -> None:
        given = {**dict.fromkeys(("to", "organisation"), Anything())}
        letter = compose(event, **{**given, **{name: Anything() for name in words_of(event)}})

        assert letter.subject != ""
        assert "{{" not in letter.text
        assert letter.html.lower().startswith("<!doctype html>")

    def test_begins_with_its_subject(self, event: str) -> None:
        assert (FOLDER / f"{event}.txt").read_text("utf-8").startswith("Subject: ")

    def test_is_sent_by_somebody(self, event: str) -> None:
        places = [path for room in ("app", "tasks") for path in (ROOT / room).rglob("*.py")]
        stem = event.removesuffix("_staff")

        senders = [path for path in places if f'"{stem}' in path.read_text("utf-8")]

        assert senders != []
