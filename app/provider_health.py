"""How each provider is doing, for the desk: breaker, calls used and left, what holds us back."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from flask import current_app
from redis import RedisError
from sqlalchemy.orm import Session

from app.domain.circuit_breaker import BreakerState
from app.domain.provider_limits import Budget, ProviderLimits, Scope, limits_of
from app.integrations.traffic import Asker, SharedTraffic
from app.services import provider_usage
from config import Config

DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """What is known of one provider of one organisation at this moment."""

    provider: str
    breaker: BreakerState | None
    """None while Redis does not answer: then nobody knows for all workers."""
    tried_again_in: float | None
    """Seconds until an open breaker lets a call find out whether the provider is back."""
    failing_for: float | None
    """Seconds since it was first left alone."""
    held_for: float
    """Seconds for which the provider has asked us to wait."""
    in_flight: int
    tokens: float
    """Calls that may be made at once."""
    used_today: int
    """Calls within the last 24 hours."""
    allowed_today: int | None
    """The day's limit; None where the provider publishes none."""
    left_for_automatic: int | None
    left_for_people: int | None
    is_ours: bool = False
    """Part of this product: nothing holds it back."""


def provider_health(session: Session, provider: str, organisation_id: int) -> ProviderHealth:
    """Return how a provider does for an organisation. Works, with less to say, without Redis."""
    config: Config = current_app.config["HOUSE"]
    plan = config.vendor.get("XERO_CALLS_A_DAY", "") if provider == "xero" else ""
    limits = limits_of(provider, calls_a_day=int(plan) if plan.isdecimal() else None)
    if limits is None:
        return _at_home(provider)
    place = Asker(provider, organisation_id, limits).place
    whose = organisation_id if limits.scope is Scope.organisation else None
    used = provider_usage.used(session, provider, whose, DAY)
    day = next((one for one in limits.budgets if one.seconds == DAY), None)
    seen = _look(config.redis_url, place, limits)
    opens = None if seen is None else seen["opens"]
    return ProviderHealth(
        provider=provider,
        breaker=None if seen is None else _state(opens),
        tried_again_in=opens if opens is not None and opens > 0 else None,
        failing_for=None if seen is None else seen["since"],
        held_for=0.0 if seen is None else seen["hold"],
        in_flight=0 if seen is None else seen["in_flight"],
        tokens=0.0 if seen is None else seen["tokens"],
        used_today=used,
        allowed_today=None if day is None else day.limit,
        left_for_automatic=_left(day, used, is_urgent=False),
        left_for_people=_left(day, used, is_urgent=True),
    )


def _state(opens: float | None) -> BreakerState:
    if opens is None:
        return BreakerState.closed
    return BreakerState.open if opens > 0 else BreakerState.half_open


def _left(day: Budget | None, used: int, *, is_urgent: bool) -> int | None:
    return None if day is None else max(0, day.allowed(is_urgent=is_urgent) - used)


def _look(redis_url: str, place: str, limits: ProviderLimits) -> Mapping[str, Any] | None:
    if redis_url not in _ends:
        _ends[redis_url] = SharedTraffic(redis_url)
    try:
        return _ends[redis_url].look(place, limits)
    except (RedisError, OSError):
        return None


def _at_home(provider: str) -> ProviderHealth:
    """Say of what is part of this product that nothing holds it back."""
    return ProviderHealth(
        provider, BreakerState.closed, None, None, 0.0, 0, inf, 0, None, None, None, True
    )


_ends: dict[str, SharedTraffic] = {}
"""This process's end of Redis, by its address."""
