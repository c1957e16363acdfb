"""Limits and breakers of one process on its own, while Redis is away: its share and no more."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.circuit_breaker import CallOutcome, CircuitBreaker
from app.domain.provider_limits import Window
from app.integrations.traffic.asking import Answer, Asker, Why


@dataclass(slots=True)
class Bucket:
    """This process's share of a window. It starts empty and holds a single token."""

    filled_at: float
    tokens: float = 0.0

    def missing(self, window: Window, processes: int, now: float) -> float:
        """Return the seconds until a token is there."""
        per_second = window.per_second / processes
        self.tokens = min(1.0, self.tokens + (now - self.filled_at) * per_second)
        self.filled_at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / per_second


@dataclass(slots=True)
class Corner:
    """What one process knows of one provider and organisation."""

    buckets: list[Bucket]
    breaker: CircuitBreaker
    hold_until: float = 0.0


@dataclass(slots=True)
class SingleTraffic:
    """Each of ``processes`` takes an equal share, so that together they stay below the limit."""

    processes: int
    probe: float = 30.0
    pause: float = 30.0
    longest_pause: float = 600.0
    clock: Callable[[], float] = time.monotonic
    corners: dict[str, Corner] = field(default_factory=dict)

    def ask(self, asker: Asker) -> Answer:
        """Ask whether this process may call now."""
        now, corner = self.clock(), self._corner(asker)
        if corner.hold_until > now:
            return Answer(corner.hold_until - now, Why.hold)
        missing = self._missing(asker, corner, now)
        if missing > 0:
            return Answer(missing, Why.pace)
        wait = corner.breaker.ask(now, patience=self.probe)
        if wait > 0:
            return Answer(wait, Why.open)
        self._spend(corner)
        return Answer()

    def ask_further(self, asker: Asker) -> Answer:
        """Ask for another call within the same piece of work."""
        now, corner = self.clock(), self._corner(asker)
        missing = self._missing(asker, corner, now)
        if missing > 0:
            return Answer(missing, Why.pace)
        self._spend(corner)
        return Answer()

    def tell(self, asker: Asker, outcome: CallOutcome) -> bool:
        """Learn how a call ended; return whether the breaker has opened now."""
        now, breaker = self.clock(), self._corner(asker).breaker
        before = breaker.open_until
        breaker.tell(now, outcome)
        return breaker.open_until is not None and breaker.open_until != before

    def hold(self, asker: Asker, seconds: float) -> None:
        """Do not call before the provider's wish is over."""
        corner = self._corner(asker)
        corner.hold_until = max(corner.hold_until, self.clock() + seconds)

    def _corner(self, asker: Asker) -> Corner:
        now = self.clock()
        if asker.place not in self.corners:
            self.corners[asker.place] = Corner(
                [Bucket(now) for _ in asker.limits.windows],
                CircuitBreaker(self.pause, self.longest_pause),
            )
        return self.corners[asker.place]

    def _missing(self, asker: Asker, corner: Corner, now: float) -> float:
        share = max(self.processes, 1)
        pairs = zip(corner.buckets, asker.limits.windows, strict=True)
        return max(bucket.missing(window, share, now) for bucket, window in pairs)

    def _spend(self, corner: Corner) -> None:
        for bucket in corner.buckets:
            bucket.tokens -= 1
