"""The worker and the sweeper start as the product starts them, and end when they are told."""

import contextlib
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

    assert len(family) == everybody
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert [child for child in alive if child.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.crash
def test_a_worker_dies_whose_parent_was_killed_before_it_could_ask_for_that(tmp_path):
    """The child asks only once its parent is gone, whatever else the machine does."""
    born, orphan = tmp_path / "born", tmp_path / "orphan"
    program = f"""
import os, pathlib, time
from tasks.worker import _leave_no_worker_behind
parent = os.getpid()
def outlive():
    while os.getppid() == parent:
        time.sleep(0.01)
    pathlib.Path({str(born)!r}).write_text(str(os.getpid()))
os.register_at_fork(after_in_child=outlive)
_leave_no_worker_behind()
if os.fork():
    os._exit(0)
pathlib.Path({str(orphan)!r}).write_text("lives")
"""

    subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=True, timeout=30)

    end = time.monotonic() + 20
    while not (born.exists() and born.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.wait_procs([psutil.Process(int(born.read_text()))], timeout=10)
    assert not orphan.exists()
