"""Kill the real processes at every named point of the queue: nothing lost, nothing doubled.

A short seeded run (reliability.md A7) of the product's own worker, sweepers and producer against a
provider over HTTP that refuses 5 % and drops 6 % of its answers after doing the work.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from app.models import Organisation
from tests.crash.checker import check, is_open

HERE = Path(__file__).parent
POINTS = (
    "after_claim",
    "before_send",
    "while_sending",
    "after_answer",
    "after_finish",
    "sweeper_after_read",
    "after_tick",
)
"""Points that the worker and the sweepers pass again and again."""
SEED = 20261123
LIMIT = 200.0


class House:
    """The processes of the run; what dies is started again."""

    def __init__(self, environment, folder):
        self.environment = environment
        self.folder = folder
        self.running = {}
        self.deaths = Counter()

    def start(self, name, *words):
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *map(str, words)], env=self.environment,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.running[name].words = words

    def keep_alive(self):
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.deaths[name] += 1
                self.start(name, *process.words)

    def run(self, *words):
        """Run a short process to its end or its death; return whether it lived and what it said."""
        done = subprocess.run(
            [sys.executable, str(HERE / "house.py"), *map(str, words)], env=self.environment,
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.returncode in (0, -9), done.stderr
        return done.returncode == 0, done.stdout.split("\n")

    def close(self):
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def fuses(tmp_path):
    folder = tmp_path / "fuses"
    folder.mkdir()
    return folder


@pytest.fixture
def house(config, owner_session, fuses, tmp_path, free_port):
    company = Organisation(name="Northern Ballet", slug="northern")
    owner_session.add(company)
    owner_session.commit()
    environment = {
        **os.environ,
        "DATABASE_URL": config.database_url,
        "DATABASE_WORKER_URL": config.database_worker_url,
        "DATABASE_OWNER_URL": config.database_owner_url,
        "REDIS_URL": config.redis_url,
        "VAR": str(config.var),
        "TESTING": "1",
        "CRASH_AT": str(fuses),
        "LEDGER_PORT": str(free_port),
        "ORGANISATION": str(company.id),
        "SWEEP_SECONDS": "0.2",
        "LOG_LEVEL": "INFO",
    }
    made = House(environment, tmp_path)
    made.start("ledger", HERE / "ledger.py", free_port, tmp_path / "book", SEED)
    for name, role in (("worker", "worker"), ("sweeper-1", "sweeper"), ("sweeper-2", "sweeper")):
        made.start(name, HERE / "house.py", role)
    yield made
    made.close()


def open_still(owner_session):
    owner_session.rollback()
    return is_open(owner_session)


@pytest.mark.crash
@pytest.mark.timeout(280)
def test_nothing_is_lost_and_nothing_doubled(house, owner_session, fuses, tmp_path):
    chance = random.Random(SEED)
    accepted = {}

    def produce(first, last):
        alive, lines = house.run("produce", first, last)
        accepted.update({line.split()[1]: line.split()[0] for line in lines if " " in line})
        return alive

    # Producers that die before and after their commit, then one that repeats it all.
    for point in ("before_commit", "after_commit"):
        (fuses / point).touch()
        assert produce(0, 8) is False
    assert produce(0, 40) is True
    (fuses / "webhook_after_insert").touch()
    reference = next(iter(accepted))
    assert house.run("knock", reference, 4)[0] is False
    assert house.run("knock", reference, 4)[0] is True

    began = time.monotonic()
    lit = 0
    batch = 40
    waiting = list(POINTS)
    chance.shuffle(waiting)
    while time.monotonic() - began < LIMIT:
        house.keep_alive()
        burning = [point for point in POINTS if (fuses / point).exists()]
        blown = not burning
        if waiting and len(burning) < 2 and waiting[-1] not in burning:
            (fuses / waiting.pop()).touch()
            lit += 1
            assert produce(batch, batch + 12) is True
            batch += 12
        elif not waiting and blown and not open_still(owner_session):
            break
        time.sleep(0.1)

    assert [point for point in POINTS if (fuses / point).exists()] == []
    assert lit == len(POINTS)
    owner_session.rollback()
    verdict = check(owner_session, accepted, (tmp_path / "book").read_text().splitlines())
    assert verdict.wrong == {}
    assert verdict.accepted > 100
    assert verdict.ticks[0] > 0
    assert verdict.notices == 4
