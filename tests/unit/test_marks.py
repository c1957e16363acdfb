import importlib
import pkgutil
from enum import StrEnum

import pytest
from flask import Flask

from app import domain
from app.domain.contracts import ContractStatus, FeeKind
from app.icons import SYMBOLS
from app.marks import MARKS, mark_of, state, word_of

ROLES = {"", "with", "good", "care", "bad", "doubt"}


def enums_of_the_trade() -> set[type[StrEnum]]:
    modules = [
        importlib.import_module(f"app.domain.{found.name}")
        for found in pkgutil.iter_modules(domain.__path__)
    ]
    return {
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, StrEnum)
        and thing.__module__ == module.__name__
    }


@pytest.fixture
def page():
    with Flask(__name__).app_context():
        yield


def test_every_status_of_the_trade_has_a_mark_for_each_member():
    statuses = {e for e in enums_of_the_trade() if e.__name__.endswith(("Status", "State"))}

    assert {e.__name__ for e in statuses if e not in MARKS} == set()
    assert {e.__name__ for e in MARKS if set(MARKS[e]) != {m.name for m in e}} == set()


def test_every_mark_is_drawn_and_coloured_by_the_design():
    marks = [mark for members in MARKS.values() for mark in members.values()]

    assert {mark.symbol for mark in marks} <= set(SYMBOLS)
    assert {mark.role for mark in marks} <= ROLES


def test_no_two_members_of_an_enum_say_the_same_word():
    for members in MARKS.values():
        words = [mark.word for mark in members.values()]
        assert len(words) == len(set(words))


def test_a_state_is_a_mark_then_a_word_then_a_colour(page):
    assert state(ContractStatus.executed) == (
        '<span class="state good"><svg class="i" aria-hidden="true">'
        '<use href="#s-executed"/></svg>Executed</span>'
    )


def test_a_state_that_waits_for_somebody_is_loud_but_never_as_a_tag(page):
    assert state(ContractStatus.declined).startswith('<span class="state loud bad">')
    assert state(ContractStatus.declined, tag=True).startswith('<span class="state tag bad">')


def test_a_state_may_say_more_precisely_and_escapes_what_it_is_told(page):
    assert state(ContractStatus.sent, "Sent, <b>opened</b>").endswith(
        "Sent, &lt;b&gt;opened&lt;/b&gt;</span>"
    )


def test_yes_and_no_are_states_too():
    assert (mark_of(True).word, mark_of(False).word) == ("Yes", "No")


def test_any_member_of_the_trade_has_a_word():
    assert word_of(FeeKind.per_performance) == "Per performance"
    assert word_of(ContractStatus.signed_by_artist) == "Signed by artist"
