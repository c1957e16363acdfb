"""``python -m tasks.sweeper``: finds what waits and rings for it, or does it without Redis.

Several may run: they take nothing, they only ring. The timetable is kept here as well.
"""

import logging
import os
import signal
import time
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from sqlalchemy.exc import OperationalError

from app import telemetry
from app.db.session import factory
from app.integrations import providers
from app.log_lines import write_lines
from config import Config
from tasks import due, inbox, queue
from tasks.couriers import gather
from tasks.crash import crash_point
from tasks.crew import Crew, engage
from tasks.due import Due
from tasks.queue import Queue
from tasks.sorting import Sorting
from tasks.standing import as_worker

log = logging.getLogger(__name__)

SOON: Final = 0.1
"""Seconds until the next sweep while there is more to do than one sweep rings for."""
FEW: Final = 8
"""Rings that may wait unanswered when such a sweep rings again."""
AT_ONCE: Final = 200
"""Messages looked at in one sweep; rings that wait unanswered count against it."""
SWEEP_BUDGET: Final = 10.0
"""Seconds a sweep without Redis may take before the timetable gets its turn."""


@dataclass(slots=True)
class Sweeper:
    """Rings for what is due, again and again until somebody took it."""

    crew: Crew
    queue: Queue
    every: float = 1.0
    stopping: Event = field(default_factory=Event)

    def run(self) -> None:
        """Sweep until told to stop; a database that is away is waited for."""
        while not self.stopping.is_set():
            began, pause = time.monotonic(), self.every
            try:
                if self.sweep():
                    pause = min(SOON, self.every)
                    self._until_answered()
            except OperationalError as error:
                log.warning("the database is away: %s", error.orig)
            except Exception:
                log.exception("sweeping failed")
            self.stopping.wait(max(0.0, pause - (time.monotonic() - began)))

    def sweep(self) -> bool:
        """Look once at the clock, the outbox and the inbox; tell whether it is worth looking again at once."""
        self.crew.timetable.tick()
        self.crew.see_to_the_dead()
        waiting = self.queue.waiting()
        room = AT_ONCE if waiting is None else max(0, AT_ONCE - waiting)
        with as_worker() as db:
            messages = due.messages(db, room) if room else []
            notices = inbox.due_notices(db, room) if room else []
        crash_point("sweeper_after_read")
        if waiting is None or not self._ring(going := self._sort(messages), notices):
            self._do(messages, notices)
            return bool(messages or notices)
        return bool(going or notices or (room and len(messages) == room))

    def _sort(self, messages: list[Due]) -> list[Due]:
        """Return whom to ring for; whoever's provider takes nothing now is put off with all of its account."""
        sorting = Sorting(self.crew.handlers, self.crew.courier.permits)
        going, waiting = sorting.sort(messages)
        if waiting:
            with as_worker() as db:
                due.put_off(db, waiting)
        return going

    def _until_answered(self) -> None:
        """Wait until most rings were answered, or until the time of the next sweep."""
        end = time.monotonic() + self.every
        while time.monotonic() < end and not self.stopping.is_set():
            waiting = self.queue.waiting()
            if waiting is None or waiting <= FEW:
                return
            self.stopping.wait(SOON / 2)

    def stop(self) -> None:
        """End after what is being done now."""
        self.stopping.set()

    def _ring(self, messages: list[Due], notices: list[int]) -> bool:
        return all(self.queue.hint(one.id, one.at_the_bell) for one in messages) and (
            all(self.queue.hint_notice(notice_id) for notice_id in notices)
        )

    def _do(self, messages: list[Due], notices: list[int]) -> None:
        """Do the work here: without Redis the house is slower, not closed."""
        until = time.monotonic() + SWEEP_BUDGET
        for notice_id in notices:
            if self._is_enough(until):
                return
            self.crew.inbox.run(notice_id)
        for one in messages:
            if self._is_enough(until):
                return
            self.crew.courier.run(one.id)

    def _is_enough(self, until: float) -> bool:
        return self.stopping.is_set() or time.monotonic() > until


def serve(config: Config, crew: Crew) -> None:
    """Sweep until told to stop."""
    telemetry.configure(config, "sweeper")
    crew.open_database(config.database_worker_url)
    sweeper = Sweeper(crew, queue.connect(config.redis_url, factory), config.sweep_seconds)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sweeper.stop())
    sweeper.run()


def main() -> None:
    """Run the sweeper of this configuration."""
    config = Config.load(os.environ)
    write_lines(config.log_level)
    providers.configure(config)
    serve(config, gather(engage(config)))


if __name__ == "__main__":
    main()
