"""``python -m tasks.worker``: keeps promises when the bell rings, in as many processes as WORKERS says."""

import gc
import logging
import os
import signal
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import configure_mappers

from app import telemetry
from app.db.session import factory
from app.integrations import providers
from app.log_lines import write_lines
from app.parents import end_with
from config import Config
from tasks import queue
from tasks.couriers import gather
from tasks.crew import Crew, engage
from tasks.queue import Queue

log = logging.getLogger(__name__)

PATIENCE: Final = 25
"""Seconds that running messages get to end after SIGTERM."""


def serve(config: Config, crew: Crew) -> None:
    """Answer the bell until told to stop."""
    _leave_no_worker_behind()
    bell = Queue(config.redis_url, answers=True)
    bell.serve(carry=crew.run_message, digest=crew.run_notice)

    @bell.huey.on_startup()
    def open_database() -> None:
        # Each worker is a fork: connections must not be shared with its parent.
        telemetry.configure(config, "worker")
        crew.open_database(config.database_worker_url)
        _see_to_the_dead(crew)
        queue.connect(config.redis_url, factory)

    consumer = bell.huey.create_consumer(
        workers=config.workers,
        worker_type="process",
        periodic=False,
        max_delay=1.0,
        check_worker_health=True,
        health_check_interval=1,
        shutdown_timeout=PATIENCE,
        graceful_signal="TERM",
    )
    consumer.run()


def _see_to_the_dead(crew: Crew) -> None:
    """Look who died here before: a sweeper may be on another machine. It is no reason not to start."""
    try:
        crew.see_to_the_dead()
    except OperationalError as error:
        log.warning("the database is away: %s", error.orig)


def _leave_no_worker_behind() -> None:
    """Let every fork end when its parent is killed without a chance to say goodbye."""
    parent = 0

    def note() -> None:
        nonlocal parent
        parent = os.getpid()

    os.register_at_fork(before=note, after_in_child=lambda: end_with(parent, signal.SIGKILL))


def main() -> None:
    """Run the worker of this configuration."""
    config = Config.load(os.environ)
    write_lines(config.log_level)
    providers.configure(config)
    crew = gather(engage(config))
    share()
    serve(config, crew)


def share() -> None:
    """Load what every worker needs before they are made: each of them is a fork and shares it."""
    providers.stand_by()
    configure_mappers()
    # What stands by now stays: a fork whose collector looks through it would copy it.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
