"""How long a promise waits before it is tried again (reliability.md B3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.domain.outbox import EffectClass

LONGEST_WISH: Final = 86_400.0
"""A provider may ask for a day of patience, not for more."""
REPEATABLE: Final = frozenset({EffectClass.K, EffectClass.N})
"""The same key or name again is the same effect, whoever else may still be asking."""


def retry_wait(
    attempt: int, *, chance: float, base: float, cap: float, wish: float | None = None
) -> float:
    """Return the seconds to wait: the provider's wish, else full jitter under a growing roof.

    ``chance`` is a number from 0 to 1 drawn by the caller: spreading over the whole range keeps
    those that failed together from coming back together.
    """
    if wish is not None:
        return min(max(wish, 0.0), LONGEST_WISH)
    roof = min(cap, base * 2.0 ** min(attempt, 30))
    return chance * roof


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A promise whose courier has died for certain, in the middle of its lease."""

    cls: EffectClass
    attempts: int
    lease_until: datetime
    sent_at: datetime | None
    last_call_at: datetime
    """When its lease was last given or renewed: no call went out long after that."""
    is_key_in_doubt: bool = False
    """An earlier sending is unanswered, too, and the key may be forgotten one day."""


def abandoned_until(left: Abandoned, *, now: datetime, quiet: float, base: float) -> datetime:
    """Return when the lease of a dead courier ends, never later than it would have.

    What was not sent ends at once. What was sent and can be repeated (the same key, the same name) gets the
    ``quiet`` that a living courier would have waited for the answer. All else waits as before. Each
    further death waits longer, so that a promise that kills its couriers spends its attempts slowly.
    """
    end = now
    if left.sent_at is not None:
        if left.cls not in REPEATABLE or left.is_key_in_doubt:
            return left.lease_until
        end = max(left.sent_at, left.last_call_at) + timedelta(seconds=quiet)
    pause = base * (2.0 ** min(left.attempts - 1, 30) - 1)
    return min(left.lease_until, max(end, now + timedelta(seconds=pause)))
