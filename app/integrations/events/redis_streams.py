"""Facts in a Redis stream: capped, and each event in it once."""

import json
from collections.abc import Sequence
from typing import Any, Final

from redis import ConnectionPool, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.integrations.errors import Retryable

STREAM: Final = "portal:events"
REMEMBERED: Final = 7 * 24 * 3600
"""Seconds for which an id is remembered; promises are given up long before."""

ONCE: Final = """
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then
  return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'id', ARGV[4], 'type', ARGV[5], 'event', ARGV[1])
end
return ''
"""
"""Add an event if its id is new, in one step: a process that dies leaves both or neither."""


class RedisEvents:
    """A stream that others read by ``XREAD`` or a consumer group."""

    def __init__(self, url: str, *, length: int, timeout: float) -> None:
        pool = ConnectionPool.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        self.redis, self.length = Redis(connection_pool=pool), length

    def try_out(self) -> None:
        """Ask whether Redis is there."""
        try:
            self.redis.ping()
        except (RedisError, OSError) as error:
            raise Retryable(f"Redis does not answer: {error}.") from error

    def publish(self, events: Sequence[dict[str, Any]]) -> str:
        """Add the events that are new, all in one round trip."""
        pipe = self.redis.pipeline(transaction=False)
        for event in events:
            guard = f"{STREAM}:seen:{event['id']}"
            text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
            pipe.eval(
                ONCE, 2, STREAM, guard, text, REMEMBERED, self.length, event["id"], event["type"]
            )
        try:
            told = pipe.execute()
        except (RedisError, OSError) as error:
            # Told again, what is there already stays there once.
            raise Retryable(f"Redis did not take the events: {error}.") from error
        return f"{STREAM} {told[-1] or 'before'}"
