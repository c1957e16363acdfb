"""How often each provider may be called: figures the vendors publish, and what we allow ourselves of them.

Short windows are token buckets, so small that a full bucket and a window's refill together stay below
95 in 100 of the limit; long ones are budgets, counted call by call in the database (reliability.md B3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Final

SHARE: Final = 0.95
"""What we use of a limit at most: clocks and roads differ a little."""
AUTOMATIC_SHARE: Final = 0.9
"""What automatic work may use of a day's budget; the rest is kept for people who wait."""


class Scope(StrEnum):
    """Whose calls are counted together."""

    house = auto()
    """One account serves every organisation here."""
    organisation = auto()
    """Each organisation has its own at the provider."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` calls in any ``seconds``, kept by a bucket that holds ``capacity`` tokens."""

    limit: float
    seconds: float
    capacity: float
    header: str = ""
    """Where the provider says how many are left."""

    @property
    def per_second(self) -> float:
        """Return the refill: with a full bucket no window holds more than our share of the limit."""
        return max(SHARE * self.limit - self.capacity, 0.0) / self.seconds

    def left(self, remaining: float) -> float:
        """Return the tokens that the provider's own count leaves us."""
        return max(0.0, remaining - (1 - SHARE) * self.limit)


@dataclass(frozen=True, slots=True)
class Budget:
    """At most ``limit`` calls in any ``seconds``, counted in the database by the minute."""

    limit: int
    seconds: int
    share: float = SHARE
    automatic: float = SHARE
    """The part of the limit that is open to work nobody waits for."""
    header: str = ""

    def allowed(self, *, is_urgent: bool) -> int:
        """Return how many calls are ours in one window."""
        return int(self.limit * (self.share if is_urgent else self.automatic))


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """Everything that holds us back at one provider."""

    windows: tuple[Window, ...]
    at_once: int
    scope: Scope = Scope.house
    budgets: tuple[Budget, ...] = ()

    @property
    def slowest(self) -> float:
        """Return the calls a second that all windows together allow for long."""
        return min(window.per_second for window in self.windows)


def daily(limit: int, header: str = "") -> Budget:
    """Return a day's budget, of which a tenth is kept for people."""
    return Budget(limit, 86_400, 1.0, AUTOMATIC_SHARE, header)


USUAL: Final = ProviderLimits((Window(600, 60, 50),), at_once=10)
"""For a provider that publishes no figure: polite."""

GRAPH: Final = ProviderLimits((Window(120, 60, 14, "RateLimit-Remaining"),), at_once=4)
"""Our own ceiling of 14 + 100 a minute; Graph's real one is told by Retry-After."""

LIMITS: Final[Mapping[str, ProviderLimits]] = {
    "xero": ProviderLimits(
        (Window(60, 60, 3, "X-MinLimit-Remaining"),),
        at_once=4,
        scope=Scope.organisation,
        budgets=(daily(5000, "X-DayLimit-Remaining"),),
    ),
    "docusign": ProviderLimits(
        (Window(500, 30, 20, "X-BurstLimit-Remaining"),),
        at_once=10,
        budgets=(Budget(3000, 3600, header="X-RateLimit-Remaining"),),
    ),
    "adobe_sign": ProviderLimits((Window(120, 60, 10),), at_once=4),
    "sharepoint": replace(GRAPH, scope=Scope.organisation),
    "graph": replace(GRAPH, scope=Scope.organisation),
    "azure_blob": ProviderLimits((Window(6000, 60, 500),), at_once=20),
    "azure_service_bus": ProviderLimits((Window(6000, 60, 500),), at_once=20),
    "sendgrid": ProviderLimits((Window(600, 60, 60, "X-RateLimit-Remaining"),), at_once=10),
    "twilio": ProviderLimits((Window(60, 60, 6),), at_once=5),
    "smtp": ProviderLimits((Window(600, 60, 60),), at_once=5),
    "vapid": ProviderLimits((Window(1200, 60, 120),), at_once=10),
}
"""By the name of the choice. Xero: 60 a minute, 5 at once, 5,000 or 1,000 a day (developer.xero.com/faq/limits).
DocuSign: 3,000 an hour, 500 in 30 seconds (developers.docusign.com/platform/resource-limits). Twilio
queues what is more than one text a second for a number; SendGrid says 600 a minute for most endpoints."""

EMBEDDED: Final = frozenset(
    {"local", "postroom", "folder", "ledger", "builtin", "structure", "environment", "redis"}
)
"""What is part of this product: nobody holds it back."""


def limits_of(provider: str, *, calls_a_day: int | None = None) -> ProviderLimits | None:
    """Return the limits of a provider, None for what is our own.

    ``calls_a_day`` is the plan's figure where plans differ.
    """
    if provider in EMBEDDED:
        return None
    found = LIMITS.get(provider, USUAL)
    if calls_a_day is None:
        return found
    changed = tuple(
        replace(one, limit=calls_a_day) if one.seconds == 86_400 else one for one in found.budgets
    )
    return replace(found, budgets=changed)


def remaining(headers: Mapping[str, str], name: str) -> float | None:
    """Return what a provider's header says is left, None where it says nothing that can be read."""
    if not name:
        return None
    said = next((value for key, value in headers.items() if key.lower() == name.lower()), "")
    try:
        return max(0.0, float(said))
    except ValueError:
        return None
