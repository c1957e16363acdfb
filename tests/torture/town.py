"""The town that is tortured: PostgreSQL, Redis, a provider, a web door, a worker and two sweepers."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

import psutil
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.cli.db import upgrade
from app.embedded import Postgres, Redis
from app.models import Organisation

HOUSE = Path(__file__).parents[1] / "crash" / "house.py"
LEDGER = HOUSE.with_name("ledger.py")
ROLES = {
    "web": ("web",),
    "worker": ("worker",),
    "sweeper-1": ("sweeper",),
    "sweeper-2": ("sweeper",),
}


class Town:
    """Real servers and processes; whatever dies is started again by ``keep_alive``."""

    def __init__(self, ports, seed, mutant="", vendors=False, at=""):
        self.folder = Path(tempfile.mkdtemp(prefix="pt-", dir="/tmp"))
        self.folder.chmod(0o711)
        self.postgres = Postgres(self.folder / "pg")
        self.redis = Redis(self.folder / "redis")
        self.fuses = self.folder / "fuses"
        self.fuses.mkdir()
        self.book = self.folder / "book"
        self.book.touch()
        self.door_port, self.ledger_port = ports
        self.seed, self.mutant, self.at = seed, mutant, at
        self.running = {}
        self.deaths = Counter()
        self.environment = {}
        self.vendors = vendors

    def open(self):
        self.postgres.start()
        self.redis.start()
        upgrade(self.postgres.url("portal_migrator"))
        self.engine = create_engine(self.postgres.url("portal_migrator"), pool_pre_ping=True)
        with Session(self.engine) as db:
            db.connection().exec_driver_sql("SET ROLE portal_owner")
            company = Organisation(name="Northern Ballet", slug="northern")
            db.add(company)
            db.commit()
            organisation_id = company.id
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.postgres.url("portal_app"),
            "DATABASE_WORKER_URL": self.postgres.url("portal_worker"),
            "DATABASE_OWNER_URL": self.postgres.url("portal_migrator"),
            "REDIS_URL": self.redis.url(),
            "VAR": str(self.folder / "var"),
            "TESTING": "1",
            "CRASH_AT": str(self.fuses),
            "LEDGER_PORT": str(self.ledger_port),
            "DOOR_PORT": str(self.door_port),
            "ORGANISATION": str(organisation_id),
            "SWEEP_SECONDS": "0.3",
            "LOG_LEVEL": "WARNING",
            "MUTANT": self.mutant,
            "AT": self.at,
        }
        if self.vendors:
            self._open_vendors()
        else:
            self._start("ledger", LEDGER, self.ledger_port, self.book, self.seed)
        for name, words in ROLES.items():
            self._start(name, HOUSE, *words)

    def _open_vendors(self):
        """Start the simulators, and let the processes speak to them."""
        told = self.folder / "outside.json"
        self._start("outside", "-m", "tests.torture.outside", told, self.ledger_port, self.seed)
        end = time.monotonic() + 120
        while not told.exists() and time.monotonic() < end:
            time.sleep(0.1)
        self.environment |= json.loads(told.read_text())["environment"]
        self.environment |= {
            "OUTSIDE": str(told),
            "HTTP_TIMEOUT_SECONDS": "4",
            "LEASE_SECONDS": "12",
        }

    def book_lines(self):
        """Return a line for each effect that happened outside: what, and our key."""
        return (
            self._outside("/").split("\n") if self.vendors else self.book.read_text().splitlines()
        )

    def violations(self):
        """Return what broke a vendor's contract."""
        return [line for line in self._outside("/violations").split("\n") if line]

    def _outside(self, path):
        address = f"http://127.0.0.1:{self.ledger_port}{path}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.read().decode()

    def session(self):
        """Open a session that sees every row."""
        db = Session(self.engine)
        db.connection().exec_driver_sql("SET ROLE portal_owner")
        return db

    def keep_alive(self):
        """Start again whatever died, as a supervisor does."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.deaths[name] += 1
                self._start(name, *process.words)

    def kill(self, name):
        """Kill a process and its children, as a power cut would."""
        os.killpg(self.running[name].pid, signal.SIGKILL)

    def workers(self):
        """Return the processes that keep promises: the worker's children, without Huey's scheduler."""
        try:
            return psutil.Process(self.running["worker"].pid).children()
        except psutil.NoSuchProcess:
            return []

    def stopped(self):
        """Return the processes that are frozen."""
        mine = [process.pid for process in self.running.values() if process.poll() is None]
        family = [psutil.Process(pid) for pid in mine if psutil.pid_exists(pid)]
        return [
            one
            for one in [*family, *self.workers()]
            if one.is_running() and one.status() == psutil.STATUS_STOPPED
        ]

    @property
    def forgetful(self):
        """Return whose keys are forgotten, and after how many seconds, for ``tests.crash.history``."""
        return {"forgetful": ("crash.xero",), "lifetime": 24.0} if self.vendors else {}

    def crash_postgres(self):
        """Stop the database at once, as a crash does, and start it again: it recovers from its log."""
        os.kill(self.postgres.group(), signal.SIGQUIT)
        while self.postgres.alive():
            time.sleep(0.02)
        self.postgres.start()

    def stop_redis(self, seconds):
        """Take Redis away for a while; what it held is gone."""
        os.kill(self.redis.group(), signal.SIGKILL)
        while self.redis.alive():
            time.sleep(0.02)
        time.sleep(seconds)
        self.redis.start()

    def close(self):
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.engine.dispose()
        self.redis.stop()
        self.postgres.stop()

    def _start(self, name, *words):
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *map(str, words)], env=self.environment, cwd=HOUSE.parents[2],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        process.words = words
        self.running[name] = process
