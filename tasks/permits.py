"""Ask before each call whether the provider may be called now, and tell afterwards what it did."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from app.domain.circuit_breaker import CallOutcome, outcome_of
from app.domain.outbox_kinds import URGENT
from app.domain.provider_limits import Scope, limits_of, remaining
from app.domain.providers import name_of
from app.integrations.errors import Failure, Permanent, Retryable
from app.integrations.traffic import (
    Answer,
    Asker,
    Berths,
    Outlook,
    SharedTraffic,
    SingleTraffic,
    Tempo,
    Traffic,
    Why,
)
from app.models.outbox import OutboxMessage
from app.services import provider_usage
from config import Config

log = logging.getLogger(__name__)

HOLD: Final = 5.0
"""Seconds of peace for a provider that refuses with 429 and does not say for how long."""
SWEEPERS: Final = 1
"""Processes beside the workers that call providers, where Redis does not answer."""


@dataclass(frozen=True, slots=True)
class Wait:
    """No permit now: how long to wait, and the reason where a person should know it."""

    seconds: float
    reason: str = ""


@dataclass(slots=True)
class Permit:
    """Leave to make one call, or several one after the other."""

    asker: Asker | None = None
    """None for what is part of this product: nothing holds it back."""
    lease: str = ""
    calls: int = 0
    """Calls for which the adapter has asked under this permit."""
    is_used: bool = False
    """Something was sent, whether its adapter asks or not."""
    is_told: bool = False
    is_left: bool = False

    @property
    def organisation_id(self) -> int | None:
        """Return whose calls are counted: the organisation's, or the house's."""
        asker = self.asker
        is_own = asker is not None and asker.limits.scope is Scope.organisation
        return asker.organisation_id if asker is not None and is_own else None


@dataclass(slots=True)
class Account:
    """Before workers are woken: how many promises of an account may come, and when the rest comes again."""

    traffic: Traffic
    asker: Asker
    seen: Outlook | None = None
    come: int = 0

    def admit(self, priority: int, calls: int) -> Wait | None:
        """Let one more come, or say how long it waits."""
        asker = replace(self.asker, priority=priority, calls=calls)
        if self.seen is None:
            self.seen = self.traffic.outlook(asker)
        if self.seen.room is None or self.come < self.seen.room:
            self.come += 1
            return None
        return _wait(asker.provider, Answer(self.traffic.turn(asker, self.seen), self.seen.why))


class Permits(Protocol):
    """Says whether a provider may be called for a message, and learns from every call."""

    def account(self, provider: str, organisation_id: int | None) -> Account | None:
        """Return whose promises share one way to a provider; None where nothing holds them back."""
        ...

    def ask(self, provider: str, message: OutboxMessage, calls: int) -> Permit | Wait:
        """Return a permit, or how long to wait for one."""
        ...

    def ask_further(self, permit: Permit) -> float:
        """Ask for another call under a permit; return 0 or the seconds to wait."""
        ...

    def count(self, db: Session, permit: Permit) -> Wait | None:
        """Count a call that is about to be made, unless a budget is used up."""
        ...

    def tell(self, permit: Permit, failure: Failure | None, heard: list[dict[str, Any]]) -> None:
        """Tell how the calls under a permit ended: what failed, and what was heard."""
        ...

    def believe(self, db: Session, permit: Permit, heard: list[dict[str, Any]]) -> None:
        """Count what the provider says it has counted, and calls that nobody asked for."""
        ...

    def leave(self, permit: Permit, heard: int) -> None:
        """Give a permit back. Doing it twice does nothing."""
        ...


@dataclass(slots=True)
class FreePermits:
    """Permits for everything, at once: for couriers of the tests that measure something else."""

    def account(self, _provider: str, _organisation_id: int | None) -> Account | None:
        """Hold nobody back."""
        return None

    def ask(self, _provider: str, _message: OutboxMessage, _calls: int) -> Permit | Wait:
        """Return a permit."""
        return Permit()

    def ask_further(self, _permit: Permit) -> float:
        """Return 0: go on."""
        return 0.0

    def count(self, _db: Session, _permit: Permit) -> Wait | None:
        """Count nothing."""
        return None

    def tell(self, permit: Permit, _failure: Failure | None, _heard: list[dict[str, Any]]) -> None:
        """Learn nothing."""
        permit.is_told = True

    def believe(self, _db: Session, _permit: Permit, _heard: list[dict[str, Any]]) -> None:
        """Believe nothing."""

    def leave(self, permit: Permit, _heard: int) -> None:
        """Take it back."""
        permit.is_left = True


@dataclass(slots=True)
class TrafficPermits:
    """Permits out of what all workers share (``app.integrations.traffic``) and the day's budget."""

    traffic: Traffic
    calls_a_day: Mapping[str, int] = field(default_factory=dict)
    """The plan's figure, by provider, where plans differ."""

    def account(self, provider: str, organisation_id: int | None) -> Account | None:
        """Return whose promises share one way to a provider; None where nothing holds them back."""
        limits = limits_of(provider, calls_a_day=self.calls_a_day.get(provider))
        if limits is None:
            return None
        return Account(self.traffic, Asker(provider, organisation_id, limits))

    def ask(self, provider: str, message: OutboxMessage, calls: int) -> Permit | Wait:
        """Return a permit, or how long to wait for one."""
        limits = limits_of(provider, calls_a_day=self.calls_a_day.get(provider))
        if limits is None:
            return Permit()
        asker = Asker(provider, message.organisation_id, limits, message.priority, calls)
        answer, lease = self.traffic.ask(asker)
        return _wait(provider, answer) if answer.wait > 0 else Permit(asker, lease)

    def ask_further(self, permit: Permit) -> float:
        """Ask for another call under a permit; return 0 or the seconds to wait."""
        if permit.asker is None:
            return 0.0
        return self.traffic.ask_further(permit.asker, permit.lease).wait

    def count(self, db: Session, permit: Permit) -> Wait | None:
        """Count a call that is about to be made, unless a budget is used up."""
        asker = permit.asker
        if asker is None:
            return None
        wait = provider_usage.count(
            db,
            provider=asker.provider,
            organisation_id=permit.organisation_id,
            budgets=asker.limits.budgets,
            is_urgent=asker.priority >= URGENT,
        )
        if wait <= 0:
            return None
        return Wait(wait, f"The calls that {name_of(asker.provider)} allows are used up.")

    def tell(self, permit: Permit, failure: Failure | None, heard: list[dict[str, Any]]) -> None:
        """Tell how the calls under a permit ended: what failed, and what was heard."""
        asker = permit.asker
        if asker is None or permit.is_told:
            return
        permit.is_told = True
        outcome = _outcome(failure)
        if self.traffic.tell(asker, permit.lease, outcome):
            log.warning(
                "%s is left alone for a while: it failed too often",
                asker.provider,
                extra={"provider": asker.provider, "organisation_id": permit.organisation_id},
            )
        if isinstance(failure, Retryable) and failure.status in {429, 503}:
            given = failure.retry_after
            if given is not None or failure.status == 429:
                self.traffic.hold(asker, HOLD if given is None else given)
        for exchange in heard[-1:]:
            self.traffic.believe(asker, exchange.get("headers") or {})

    def believe(self, db: Session, permit: Permit, heard: list[dict[str, Any]]) -> None:
        """Count what the provider has counted beyond us, and calls that nobody asked for."""
        asker = permit.asker
        if asker is None or not heard:
            return
        beyond = max(0, len(heard) - max(permit.calls, 1))
        provider, whose = asker.provider, permit.organisation_id
        if beyond:
            provider_usage.add(db, provider=provider, organisation_id=whose, calls=beyond)
        for budget in asker.limits.budgets:
            said = remaining(heard[-1].get("headers") or {}, budget.header)
            if said is not None:
                provider_usage.catch_up(
                    db,
                    provider=provider,
                    organisation_id=whose,
                    budget=budget,
                    counted=budget.limit - said,
                )

    def leave(self, permit: Permit, heard: int) -> None:
        """Give a permit back. Doing it twice does nothing."""
        if permit.is_left or permit.asker is None:
            return
        permit.is_left = True
        if not permit.is_told:
            self.traffic.tell(permit.asker, permit.lease, CallOutcome.unused)
        back = 0 if permit.is_used else 1
        beyond = max(0, heard - max(permit.calls, 1))
        self.traffic.leave(permit.asker, permit.lease, back=back, beyond=beyond)


def _outcome(failure: Failure | None) -> CallOutcome:
    if failure is None:
        return CallOutcome.answered
    return outcome_of(failure.status, is_clear=isinstance(failure, Permanent))


def _wait(provider: str, answer: Answer) -> Wait:
    name = name_of(provider)
    at = datetime.now(UTC) + timedelta(seconds=answer.wait)
    words = {
        Why.hold: f"{name} asked us to wait until {at:%H:%M} UTC.",
        Why.open: f"{name} does not answer. We try again at {at:%H:%M} UTC.",
        Why.probing: f"{name} did not answer. One call finds out whether it is back.",
    }
    return Wait(answer.wait, words.get(answer.why, ""))


def permits_of(config: Config, *, tempo: Tempo | None = None) -> TrafficPermits:
    """Return the permits of this process, as the configuration says."""
    pace = tempo or Tempo(probe=config.http_timeout_seconds + 10)
    processes = (config.workers + SWEEPERS) * config.worker_machines
    traffic = Traffic(
        SharedTraffic(config.redis_url, pace),
        SingleTraffic(processes, pace.probe, pace.pause, pace.longest_pause),
        Berths(Path(config.var) / "berths"),
        at_machine=max(1, config.workers * 3 // 4),
        at_account=max(1, config.workers // 2),
        machines=config.worker_machines,
    )
    return TrafficPermits(traffic, _plans(config.vendor))


def _plans(vendor: Mapping[str, str]) -> dict[str, int]:
    plan = vendor.get("XERO_CALLS_A_DAY", "")
    return {"xero": int(plan)} if plan.isdecimal() else {}
