"""How often something may be tried: moving windows in Redis, or in this process while Redis is away.

Figures for sign-in are those of domain.md 3.7 (a whole company shares the theatre's Wi-Fi).
"""

import time
from typing import Final

from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

STAFF_ADDRESS: Final = "4/10 seconds; 6/minute; 12/15 minutes; 30/hour"
"""Passwords tried for one account: the longer it goes on, the longer the wait."""

STAFF_NETWORK: Final = "300/hour"
SECOND_FACTOR: Final = "5/5 minutes; 20/hour"
LINK_ADDRESS: Final = "3/15 minutes; 10/hour"
LINK_NETWORK: Final = "300/hour"
FEED: Final = "20/minute; 240/hour"
"""How often one calendar is fetched: several devices, each a few times an hour."""

FEED_GUESSES: Final = "60/minute; 600/hour"
"""Addresses of calendars that open nothing, asked for from one network."""

REST_SECONDS: Final = 3.0


class Limits:
    """Counts tries, together with the other processes wherever Redis answers."""

    def __init__(self, redis_url: str) -> None:
        self._shared = MovingWindowRateLimiter(
            RedisStorage(_address(redis_url), wrap_exceptions=True, socket_timeout=0.25)
        )
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._silent_until = 0.0

    def take(self, windows: str, *names: str) -> float:
        """Count one try under ``names``; return 0, or the seconds to wait where it is too many."""
        waits = [self._take(window, names) for window in parse_many(windows)]
        return max(waits)

    def check(self, windows: str, *names: str) -> None:
        """Count one try, or refuse it with 429 and the time to wait."""
        wait = self.take(windows, *names)
        if wait > 0:
            raise TooManyRequests(retry_after=max(1, round(wait)))

    def forgive(self, windows: str, *names: str) -> None:
        """Forget the tries under ``names``, after one that was right."""
        for limiter in self._limiters():
            try:
                for window in parse_many(windows):
                    limiter.clear(window, *names)
            except StorageError:
                self._rest()

    def _take(self, window: RateLimitItem, names: tuple[str, ...]) -> float:
        for limiter in self._limiters():
            try:
                if limiter.hit(window, *names):
                    return 0.0
                return max(0.1, limiter.get_window_stats(window, *names).reset_time - time.time())
            except StorageError:
                self._rest()
        return 0.0

    def _limiters(self) -> tuple[MovingWindowRateLimiter, ...]:
        resting = time.monotonic() < self._silent_until
        return (self._own,) if resting else (self._shared, self._own)

    def _rest(self) -> None:
        self._silent_until = time.monotonic() + REST_SECONDS


def connect(redis_url: str) -> Limits:
    """Open the counters of this process. Called once, by the factory."""
    _counters[:] = [Limits(redis_url)]
    return _counters[0]


def counters() -> Limits:
    """Return the counters of this process."""
    return _counters[0]


_counters: list[Limits] = []


def _address(redis_url: str) -> str:
    """Return the address as the library spells it."""
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
