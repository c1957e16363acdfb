"""How a provider is doing, in words: its breaker, what holds us back, and the calls of the day."""

from sqlalchemy.orm import Session

from app.domain.circuit_breaker import BreakerState
from app.provider_health import ProviderHealth, provider_health
from app.services.integrations import Provider


def tell(session: Session, found: list[Provider], organisation_id: int) -> None:
    """Put beside each provider what its limits and its breaker say."""
    for one in found:
        health = provider_health(session, one.choice, organisation_id)
        if health.is_ours:
            continue
        one.calls_today = health.used_today
        one.health = {"budget": health.allowed_today, "words": words(health), "facts": health}


def words(health: ProviderHealth) -> str:
    """Say in a sentence or two whether calls go out."""
    if health.breaker is None:
        return "Not known: Redis does not answer, so each worker decides alone."
    if health.breaker is BreakerState.open:
        again = _span(health.tried_again_in or 0)
        return f"Open: it failed too often. One call tries again in {again}."
    if health.breaker is BreakerState.half_open:
        return "Half open: single calls find out whether it is back."
    if health.held_for > 0:
        return f"Closed. It asked us to wait, {_span(health.held_for)} more."
    return f"Closed: calls go out, {health.in_flight} at this moment."


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
