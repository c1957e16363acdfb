"""An empty house with workers and a sweeper of a bench's own, for as long as it measures."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from app.cli.db import upgrade
from app.db.session import bind, factory
from app.embedded import Postgres, Redis
from config import Config
from tasks import queue, sweeper, worker


@contextmanager
def working(module, port, **more):
    """Start it; yield its PostgreSQL and its settings. ``module`` is what its processes run.

    ``BENCH_PORT`` tells them where the other side listens; ``more`` goes into their environment.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
    folder.chmod(0o711)
    postgres, bell = Postgres(folder / "pg"), Redis(folder / "redis")
    running = []
    try:
        postgres.start()
        bell.start()
        upgrade(postgres.url("portal_migrator"))
        environment = {
            **os.environ,
            "DATABASE_URL": postgres.url("portal_app"),
            "DATABASE_WORKER_URL": postgres.url("portal_worker"),
            "REDIS_URL": bell.url(), "VAR": str(folder / "var"), "LOG_LEVEL": "WARNING",
            "BENCH_PORT": str(port), **more,
        }  # fmt: skip
        running = [
            subprocess.Popen([sys.executable, "-m", module, role], env=environment)
            for role in ("worker", "sweeper")
        ]
        config = Config.load(environment)
        bind(config.database_url)
        queue.connect(config.redis_url, factory)
        yield postgres, config
    finally:
        for process in running:
            process.terminate()
            process.wait()
        queue.disconnect()
        bell.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def serve(role, crew):
    """Be the worker or the sweeper, until told to stop."""
    settings = Config.load(os.environ)
    {"worker": worker, "sweeper": sweeper}[role].serve(settings, crew(settings))
