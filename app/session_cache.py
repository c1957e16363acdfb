"""Live sessions in Redis for thirty seconds, so that most requests ask no database who is there.

Ended sessions are buried in the request that ends them: their place is taken by a gravestone that
outlives any copy, so that a request that read the row a moment too early cannot revive it. With
Redis away everything is read from PostgreSQL.
"""

import json
import logging
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import redis
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.db.session import factory
from app.domain.sign_in import SessionKind
from app.services.sessions import CHANGED, ENDED, LiveSession

log = logging.getLogger(__name__)

SECONDS: Final = 30
GRAVE_SECONDS: Final = 120
REST_SECONDS: Final = 3.0
"""How long Redis is left alone after it did not answer, so that no request waits for it."""

TRAIL_SECONDS: Final = 12 * 3600
MOMENTS: Final = ("created_at", "last_seen_at", "idle_expires_at", "expires_at", "stepped_up_at")


class Buried(Exception):
    """The session has ended; its gravestone says so."""


class SessionCache:
    """What Redis remembers of sessions: the live ones, the ended ones, and where staff have been."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=0.25, socket_connect_timeout=0.25, decode_responses=True
        )
        self._silent_until = 0.0
        self._ended: dict[bytes, float] = {}
        self._unburied: set[bytes] = set()

    def find(self, hashed: bytes) -> tuple[LiveSession | None, Any]:
        """Return the remembered session and its trail of pages; raise ``Buried`` if it has ended."""
        if self._ended.get(hashed, 0.0) > time.monotonic():
            raise Buried
        found = self._ask("mget", [_grave(hashed), _key(hashed), _trail(hashed)])
        if found is not None and self._unburied:
            self.bury(self._unburied)
        grave, text, trail = found or (None, None, None)
        if grave is not None:
            raise Buried
        live = None if text is None else _read(text)
        return live, None if trail is None else json.loads(trail)

    def remember(self, hashed: bytes, live: LiveSession) -> None:
        """Remember a session just read from the database or written there."""
        self._ask("set", _key(hashed), _write(live), ex=SECONDS)

    def forget(self, hashed: bytes) -> None:
        """Have the session read from the database next time."""
        self._ask("delete", _key(hashed))

    def bury(self, hashes: set[bytes]) -> None:
        """Make ended sessions unknown everywhere at once.

        What Redis could not be told is remembered here, and told when it answers again: it may
        still hold a copy of a session that has ended meanwhile.
        """
        moment = time.monotonic()
        for gone in [each for each, until in self._ended.items() if until <= moment]:
            self._ended.pop(gone, None)
        for hashed in list(hashes):
            self._ended[hashed] = moment + GRAVE_SECONDS
            told = self._ask("set", _grave(hashed), "", ex=GRAVE_SECONDS)
            (self._unburied.discard if told else self._unburied.add)(hashed)

    def keep_trail(self, hashed: bytes, trail: Any) -> None:
        """Keep the pages a member of staff came by: a convenience, gone with Redis."""
        self._ask("set", _trail(hashed), json.dumps(trail), ex=TRAIL_SECONDS)

    def answers(self) -> bool:
        """Tell whether Redis answers now."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def _ask(self, command: str, *arguments: Any, **options: Any) -> Any:
        if time.monotonic() < self._silent_until:
            return None
        try:
            return getattr(self._redis, command)(*arguments, **options)
        except redis.RedisError as failure:
            self._silent_until = time.monotonic() + REST_SECONDS
            log.warning("Redis does not answer; sessions are read from the database: %s", failure)
            return None


_open_cache: list[SessionCache] = []


def connect(url: str) -> SessionCache:
    """Open the cache of this process. Called once, by the factory or by a worker."""
    _open_cache[:] = [SessionCache(url)]
    return _open_cache[0]


@event.listens_for(factory, "after_commit")
def _tell_cache(committed: Session) -> None:
    ended: set[bytes] = committed.info.pop(ENDED, set())
    changed: set[bytes] = committed.info.pop(CHANGED, set())
    if not _open_cache:
        return
    _open_cache[0].bury(ended)
    for hashed in changed:
        _open_cache[0].forget(hashed)


@event.listens_for(factory, "after_rollback")
def _tell_nobody(undone: Session) -> None:
    undone.info.pop(ENDED, None)
    undone.info.pop(CHANGED, None)


def _key(hashed: bytes) -> str:
    return f"session:{hashed.hex()}"


def _grave(hashed: bytes) -> str:
    return f"session-ended:{hashed.hex()}"


def _trail(hashed: bytes) -> str:
    return f"session-trail:{hashed.hex()}"


def _write(live: LiveSession) -> str:
    return json.dumps(asdict(live), default=str)


def _read(text: str) -> LiveSession:
    values = json.loads(text)
    for name in MOMENTS:
        if values[name] is not None:
            values[name] = datetime.fromisoformat(values[name])
    return LiveSession(
        **{**values, "kind": SessionKind(values["kind"]), "public_id": UUID(values["public_id"])}
    )
