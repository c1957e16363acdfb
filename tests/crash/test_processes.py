"""The worker and the sweeper start as the product starts them, and end when they are told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def start(config, tmp_path):
    running = []

    def run(module):
        log = (tmp_path / "log").open("wb")
        environment = {
            **os.environ,
            "DATABASE_URL": config.database_url,
            "DATABASE_WORKER_URL": config.database_worker_url,
            "REDIS_URL": config.redis_url,
            "VAR": str(config.var),
            "TESTING": "1",
        }
        with log:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", module], env=environment, cwd=CHECKOUT,
                    stdout=log, stderr=log, start_new_session=True,
                )
            )  # fmt: skip
        return running[-1], tmp_path / "log"

    yield run
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_for(process, log, word, limit=20):
    end = time.monotonic() + limit
    while word not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


@pytest.mark.crash
@pytest.mark.parametrize(
    ("module", "word"),
    [("tasks.worker", "Huey consumer started"), ("tasks.sweeper", "queue.forget_old done")],
)
def test_it_starts_and_ends_when_told(start, module, word):
    process, log = start(module)
    wait_for(process, log, word)
    # Huey says that it has started a moment before it listens to signals.
    time.sleep(1)

    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert "Traceback" not in log.read_text()


@pytest.mark.crash
def test_workers_die_with_a_killed_parent(start, config):
    everybody = config.workers + len(["Huey's scheduler"])
    process, log = start("tasks.worker")
    wait_for(process, log, "Huey consumer started")
    end = time.monotonic() + 10
    while (
        len(family := psutil.Process(process.pid).children()) < everybody and time.monotonic() < end
    ):
        time.sleep(0.05)

    process.kill()
    process.wait()
    time.sleep(0.5)

    assert len(family) == everybody
    assert [child for child in family if child.is_running() and child.status() != "zombie"] == []
