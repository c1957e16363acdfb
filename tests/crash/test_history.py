"""The rules by which a crash run is judged: each sees what breaks it, and nothing in a life that went well."""

import os
import signal
import subprocess
import sys
import time
from uuid import uuid4

import psutil
import pytest
from sqlalchemy import text

from app.models import Organisation
from tests.crash.history import RULES, breaches, seen_already

FORGETFUL = {"forgetful": ("crash.xero",), "lifetime": 24.0}


@pytest.fixture
def life(owner_session):
    """Write a message and its attempts down: (claimed, sent or None, outcome), seconds after the first."""
    company = Organisation(name="Northern Ballet", slug="northern")
    owner_session.add(company)
    owner_session.flush()

    def write(*attempts, cls="K", kind="crash.k", state="done", fence=None, fact=None):
        message = str(uuid4())
        owner_session.execute(
            text(
                "INSERT INTO outbox_message (id, organisation_id, kind, dedup_key, cls, payload, payload_sha256,"
                " state, fence) VALUES (CAST(:id AS uuid), :house, :kind, :id, :cls,"
                " jsonb_strip_nulls(jsonb_build_object('number', CAST(:fact AS int))), '', :state, :fence)"
            ),
            {
                "id": message, "house": company.id, "kind": kind, "cls": cls, "fact": fact,
                "state": state, "fence": len(attempts) if fence is None else fence,
            },
        )  # fmt: skip
        for number, (claimed, sent, outcome) in enumerate(attempts, 1):
            owner_session.execute(
                text(
                    "INSERT INTO outbox_attempt (message_id, fence, started_at, sent_at, outcome) VALUES (:id, :fence,"
                    " now() + make_interval(secs => :claimed), now() + make_interval(secs => :sent), :outcome)"
                ),
                {"id": message, "fence": number, "claimed": claimed, "sent": sent, "outcome": outcome},
            )  # fmt: skip
        return message

    return write


@pytest.fixture
def found(owner_session):
    return lambda: breaches(owner_session, **FORGETFUL)


GOOD = {
    "at once": {"attempts": [(0, 1, "done")]},
    "after a refusal": {"attempts": [(0, 1, "retry"), (3, 4, "done")], "cls": "U"},
    "again with the key": {"attempts": [(0, 1, "unknown"), (3, 4, "done")], "kind": "crash.xero"},
    "looked for when the key is old": {
        "attempts": [(0, 1, None), (30, None, "not_found"), (60, 61, "done")], "kind": "crash.xero",
    },
    "looked for": {"attempts": [(0, 1, "unknown"), (30, None, "not_found"), (60, 61, "done")], "cls": "R"},
    "looked for in two calls": {
        "attempts": [(0, 1, None), (30, 31, "not_found"), (60, 61, "retry"), (70, 71, "found")], "cls": "R",
    },
    "found": {"attempts": [(0, 1, None), (30, None, "found")], "cls": "R"},
    "in doubt": {"attempts": [(0, 1, "unknown"), (30, None, "released")], "cls": "U", "state": "in_doubt"},
}  # fmt: skip
BAD = {
    "done_unsent": {"attempts": [(0, None, "done")]},
    "sent_after_takeover": {"attempts": [(0, 70, None), (65, 66, "done")]},
    "ended_by_another": {"attempts": [(0, 1, "done"), (65, 66, None)]},
    "resent_blindly": {"attempts": [(0, 1, "unknown"), (30, 31, "done")], "cls": "R"},
}


@pytest.mark.parametrize("name", GOOD)
def test_a_life_that_went_well_breaks_no_rule(life, found, name):
    life(*GOOD[name]["attempts"], **{k: v for k, v in GOOD[name].items() if k != "attempts"})

    assert found() == {}


@pytest.mark.parametrize("name", BAD)
def test_a_rule_sees_what_breaks_it(life, found, name):
    message = life(
        *BAD[name]["attempts"], **{k: v for k, v in BAD[name].items() if k != "attempts"}
    )

    assert found() == {name: {message}}


def test_a_forgotten_key_and_a_text_are_not_sent_again_without_a_look(life, found):
    old = life((0, 1, "unknown"), (40, 41, "done"), kind="crash.xero")
    unclear = life((0, 1, None), (15, 16, "done"), cls="U")

    assert found() == {"resent_blindly": {old, unclear}}


def test_a_fact_is_one_promise(life, found):
    both = [life((0, 1, "done"), fact=7) for _ in range(2)]
    life((0, 1, "done"), fact=8)

    assert found() == {"promised_twice": {max(both)}}


def test_every_rule_is_tried():
    assert {*BAD, "promised_twice"} == set(RULES)


def test_what_is_doubled_is_seen_while_the_run_goes_on(life, owner_session):
    message = life((0, 1, "done"))
    owner_session.execute(
        text("UPDATE organisation SET legal_name = :twice"), {"twice": f"{message}:done " * 2}
    )

    seen = seen_already(owner_session, [f"k {message}", f"k {message}", ""])

    assert seen == {"doubled": {message}, "settled_twice": {message}}


def test_a_fuse_that_says_so_freezes_and_an_empty_one_kills(tmp_path):
    fuse = tmp_path / "here"
    words = "from tasks.crash import crash_point; crash_point('here'); crash_point('here'); print('alive')"
    environment = {**os.environ, "TESTING": "1", "CRASH_AT": str(tmp_path)}
    fuse.write_text("freeze")
    process = subprocess.Popen([sys.executable, "-c", words], env=environment)
    end = time.monotonic() + 20
    while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED and time.monotonic() < end:
        time.sleep(0.01)
    frozen = psutil.Process(process.pid).status()
    fuse.write_text("")
    process.send_signal(signal.SIGCONT)

    assert (frozen, process.wait(20)) == (psutil.STATUS_STOPPED, -signal.SIGKILL)
    assert not fuse.exists()
