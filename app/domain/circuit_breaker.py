"""When a provider that fails is left alone, and how it is tried again (reliability.md B3).

The figures are those of the breaker that all workers share in Redis; the class is the same rule for
one process, while Redis is away.
"""

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final

FAILURES: Final = 5
CALLS: Final = 20
WITHIN: Final = 60.0
"""Open after five failures among the last twenty calls of the last minute."""
STREAK: Final = 5 * WITHIN
"""Or after five one after the other in so long: calls that time out one at a time fill no minute."""
PAUSE: Final = 30.0
LONGEST_PAUSE: Final = 600.0
"""How long it stays open, doubled after each probe that failed."""
SUCCESSES: Final = 2
"""Probes that must succeed, one after the other, until it closes."""


class BreakerState(StrEnum):
    """Whether calls pass."""

    closed = auto()
    open = auto()
    half_open = auto()


class CallOutcome(StrEnum):
    """What a call says about its provider."""

    answered = auto()
    """It answered, whatever it said: a refusal is no failure."""
    failed = auto()
    """A time-out, a cut line, a 5xx."""
    unused = auto()
    """No call was made."""


def outcome_of(status: int | None, *, is_clear: bool) -> CallOutcome:
    """Judge a call that went wrong by its status; without one, by whether anything was sent."""
    if status is not None:
        return CallOutcome.failed if status >= 500 else CallOutcome.answered
    return CallOutcome.unused if is_clear else CallOutcome.failed


@dataclass(slots=True)
class CircuitBreaker:
    """The rule for one provider in one process."""

    pause: float = PAUSE
    longest: float = LONGEST_PAUSE
    calls: list[tuple[float, bool]] = field(default_factory=list)
    open_until: float | None = None
    spell: float = 0.0
    probing_until: float = 0.0
    successes: int = 0

    def ask(self, now: float, *, patience: float) -> float:
        """Return 0 when a call may go, else the seconds until it is worth asking again."""
        if self.open_until is None:
            return 0.0
        if now < self.open_until:
            return self.open_until - now
        if now < self.probing_until:
            return self.probing_until - now
        self.probing_until = now + patience
        return 0.0

    def state(self, now: float) -> BreakerState:
        """Return whether calls pass now."""
        if self.open_until is None:
            return BreakerState.closed
        return BreakerState.open if now < self.open_until else BreakerState.half_open

    def tell(self, now: float, outcome: CallOutcome) -> None:
        """Learn how a call ended."""
        is_probe, self.probing_until = self.probing_until > 0, 0.0
        if outcome is CallOutcome.unused:
            return
        if self.open_until is None:
            self._count(now, outcome is CallOutcome.failed)
        elif is_probe:
            self._judge(now, outcome)

    def _count(self, now: float, is_failure: bool) -> None:
        self.calls = [*self.calls, (now, is_failure)][-CALLS:]
        lately = sum(bad for at, bad in self.calls if now - at <= WITHIN)
        last = [bad and now - at <= STREAK for at, bad in self.calls[-FAILURES:]]
        if lately >= FAILURES or (len(last) == FAILURES and all(last)):
            self._open(now, self.pause)

    def _judge(self, now: float, outcome: CallOutcome) -> None:
        if outcome is CallOutcome.failed:
            self._open(now, min(self.spell * 2, self.longest))
            return
        self.successes += 1
        if self.successes >= SUCCESSES:
            self.open_until, self.calls = None, []

    def _open(self, now: float, spell: float) -> None:
        self.spell, self.open_until, self.successes, self.calls = spell, now + spell, 0, []
