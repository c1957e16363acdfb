"""The real product, started as ``make run`` starts it, and what lies about in it."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import redis
from sqlalchemy import create_engine, text

from app.db.clock import now
from app.domain.local_time import today_in
from app.supervisor import CHECKOUT

READY = "Ctrl-C stops everything"
CODE = re.compile(r"\b([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})\b")
LINK = re.compile(r"<(http\S+/portal/in#\S+)>")


@dataclass
class House:
    """A running product with the demo company in it."""

    base: str
    var: Path
    states: dict[str, Any] = field(default_factory=dict)
    """Cookies of those who signed in, so that nobody signs in twice."""

    def staff(self, name: str) -> tuple[str, str]:
        """Return address and password of a member of staff."""
        doors = json.loads((self.var / "demo.json").read_text())
        door = next(door for door in doors if door["who"].startswith(name))
        return door["email"], door["password"]

    def letters(self, to: str, subject: str = "") -> list[dict[str, Any]]:
        """Return what the post room keeps for somebody, oldest first."""
        found = (
            json.loads(place.read_text()) for place in sorted(self.var.glob("postroom/*.json"))
        )
        return [
            letter
            for letter in found
            if letter["recipient"] == to and subject in (letter["subject"] or letter["text"])
        ]

    def letter(self, to: str, subject: str, after: int = 0, seconds: float = 30) -> str:
        """Wait for one more letter than ``after`` of that subject, and return its text."""

        def newest() -> str:
            found = self.letters(to, subject)
            return str(found[-1]["text"]) if len(found) > after else ""

        return wait_for(newest, f"a letter “{subject}” to {to}", seconds)

    def code(self, to: str, after: int) -> str:
        """Wait for the code in the next letter or text."""
        return CODE.search(self.letter(to, "ode", after)).group(1)

    def sql(self, statement: str, **values: Any) -> None:
        """Move the house's clock where a journey cannot wait: as the owner of the tables."""
        address = json.loads((self.var / "embedded.json").read_text())["DATABASE_OWNER_URL"]
        engine = create_engine(address)
        with engine.begin() as opened:
            opened.execute(text(statement), values)
        engine.dispose()

    def forgive(self) -> None:
        """Forget how often somebody tried to sign in."""
        address = json.loads((self.var / "embedded.json").read_text())["REDIS_URL"]
        with redis.Redis.from_url(address) as bell:
            bell.flushall()

    def environment(self) -> dict[str, str]:
        """Return the settings another process of this house runs with."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            **json.loads((self.var / "embedded.json").read_text()),
            "VAR": str(self.var),
        }


def wait_for(look: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Return the first truth that ``look`` brings, or say what did not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds:.0f} s.")


@contextlib.contextmanager
def running() -> Iterator[House]:
    """Start the product on a port of its own, and leave no process behind."""
    with tempfile.TemporaryDirectory(prefix="portal-journeys-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        house = House(f"http://127.0.0.1:{(port := free_port())}", Path(folder) / "var")
        process = _start(house, port)
        try:
            _await_ready(process)
            yield house
        finally:
            family = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            _, left = psutil.wait_procs(family, timeout=20)
            assert [one.name() for one in left] == []


@contextlib.contextmanager
def strict_door(house: House) -> Iterator[str]:
    """Open a second web server on the same house, which asks staff for a second factor."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = {**house.environment(), "BASE_URL": base, "STAFF_SECOND_FACTOR": "required"}
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    words += ["--port", str(port), "--workers", "1", "--log-level", "warning", "wsgi:app"]
    with subprocess.Popen(words, cwd=CHECKOUT, env=environment) as process:
        try:
            wait_for(lambda: _answers(base), "The second web server", 60)
            yield base
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


def today(zone: str = "Australia/Brisbane") -> date:
    """Return the company's day."""
    return today_in(zone, now())


def _start(house: House, port: int) -> subprocess.Popen[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "app.supervisor"],
        cwd=CHECKOUT,
        env={**kept, "PORT": str(port), "VAR": str(house.var)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _await_ready(process: subprocess.Popen[str]) -> None:
    said = ""
    for line in process.stdout:
        said += line
        if READY in line:
            return
    raise AssertionError(f"The product did not start:\n{said}")


def _answers(base: str) -> bool:
    with contextlib.suppress(OSError):
        urllib.request.urlopen(f"{base}/health/live", timeout=2).close()
        return True
    return False
