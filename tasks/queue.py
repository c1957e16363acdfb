"""The bell that wakes workers. It may ring for nothing or not at all: the outbox is the truth.

Huey is at-most-once and keeps its work in Redis (reliability.md A1), so it carries ids only, and
everything it loses is found again by the sweeper.
"""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from huey import PriorityRedisExpireHuey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from app.services.outbox import PROMISED
from tasks.due import BEHIND

log = logging.getLogger(__name__)

NAME: Final = "portal"
SULK: Final = 1.0
"""Seconds without a try after Redis did not answer, so that its absence slows nobody down."""
RINGS_PER_COMMIT: Final = 50
"""More than these promises in one commit are left to the sweeper."""
FIRST_RINGS: Final = 5
"""More than these stand half a priority behind: what many promise at once keeps nobody else waiting."""

Errand = Callable[[str], None]


class PlainSerializer(Serializer):
    """Writes tasks as JSON: whoever can write to Redis must not be able to run code here."""

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            raise TypeError("Only tasks go through the queue.")
        return json.dumps(data, separators=(",", ":")).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


class Queue:
    """One process's end of the queue: rings for others, or answers the bell itself."""

    def __init__(self, redis_url: str, *, answers: bool = False) -> None:
        # A reader waits 1 s for work and must never give up first: it would lose what it popped.
        patience = 5.0 if answers else 0.3
        pool = ConnectionPool.from_url(
            redis_url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),
        )
        self.huey = PriorityRedisExpireHuey(
            NAME, results=False, serializer=PlainSerializer(), connection_pool=pool
        )
        self.errands: dict[str, Errand] = {}
        self.sulking_until = 0.0
        self._carry = self.huey.task(retries=0, name="carry")(self._run("carry"))
        self._digest = self.huey.task(retries=0, name="digest")(self._run("digest"))

    def serve(self, *, carry: Errand, digest: Errand) -> None:
        """Say what this process does when the bell rings."""
        self.errands = {"carry": carry, "digest": digest}

    def hint(self, message_id: UUID, priority: float = 100) -> bool:
        """Ring for a message, if Redis answers. Nothing depends on it."""
        return self._ring(lambda: self._carry(str(message_id), priority=priority))

    def hint_notice(self, notice_id: int) -> bool:
        """Ring for a notice, if Redis answers."""
        return self._ring(lambda: self._digest(str(notice_id), priority=100))

    def waiting(self) -> int | None:
        """Return how many rings nobody has answered yet; None when Redis does not answer."""
        try:
            return int(self.huey.pending_count())
        except (RedisError, OSError):
            return None

    def _ring(self, ring: Callable[[], object]) -> bool:
        if time.monotonic() < self.sulking_until:
            return False
        try:
            ring()
        except (RedisError, OSError) as error:
            self.sulking_until = time.monotonic() + SULK
            log.warning("the bell is silent: %s", error)
            return False
        return True

    def _run(self, errand: str) -> Errand:
        def run(subject: str) -> None:
            self.errands[errand](subject)

        return run


@dataclass(slots=True)
class Bell:
    """Rings for what a session promised, once its transaction is kept."""

    queue: Queue
    listening: list[sessionmaker[Session]] = field(default_factory=list)

    def listen(self, factory: sessionmaker[Session]) -> None:
        """Follow the commits of every session that ``factory`` makes."""
        event.listen(factory, "after_commit", self._kept)
        event.listen(factory, "after_rollback", _forgotten)
        self.listening.append(factory)

    def stop(self) -> None:
        """Follow no session any more."""
        for factory in self.listening:
            event.remove(factory, "after_commit", self._kept)
            event.remove(factory, "after_rollback", _forgotten)
        self.listening.clear()

    def _kept(self, session: Session) -> None:
        if session.in_nested_transaction():
            return
        promised = session.info.pop(PROMISED, [])[:RINGS_PER_COMMIT]
        for place, (message_id, priority) in enumerate(promised):
            self.queue.hint(message_id, priority - (BEHIND if place >= FIRST_RINGS else 0))


def _forgotten(session: Session) -> None:
    session.info.pop(PROMISED, None)


_bells: list[Bell] = []


def connect(redis_url: str, factory: sessionmaker[Session]) -> Queue:
    """Ring after every commit of this process that promised something. The last call holds."""
    disconnect()
    queue = Queue(redis_url)
    bell = Bell(queue)
    bell.listen(factory)
    _bells[:] = [bell]
    return queue


def disconnect() -> None:
    """Ring no more in this process; the sweeper finds what was promised."""
    for bell in _bells:
        bell.stop()
    _bells.clear()
