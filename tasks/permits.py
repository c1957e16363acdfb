"""Ask before each call whether the provider may be called now."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class Permits(Protocol):
    """Says how long to wait before a provider may be called on behalf of an organisation."""

    def ask(self, provider: str, organisation_id: int | None) -> float:
        """Take a permit and return 0, or return the seconds to wait for one."""
        ...


@dataclass(slots=True)
class Bucket:
    """Tokens of one provider and organisation."""

    tokens: float
    filled_at: float


@dataclass(slots=True)
class LocalPermits:
    """A token bucket in this process, for providers that share no limit between processes."""

    per_second: float = 50.0
    capacity: float = 50.0
    clock: Callable[[], float] = time.monotonic
    buckets: dict[tuple[str, int | None], Bucket] = field(default_factory=dict)

    def ask(self, provider: str, organisation_id: int | None) -> float:
        """Take a token, or say when the next one is there."""
        now = self.clock()
        bucket = self.buckets.setdefault((provider, organisation_id), Bucket(self.capacity, now))
        bucket.tokens = min(
            self.capacity, bucket.tokens + (now - bucket.filled_at) * self.per_second
        )
        bucket.filled_at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self.per_second
