"""The couriers by kind of promise: what to prepare, how to send it, what to write down after."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.domain.outbox import EffectClass, MessageState
from app.models.outbox import OutboxMessage


@dataclass(frozen=True, slots=True)
class Timings:
    """How long things may take, in seconds (reliability.md A5)."""

    lease: float = 60.0
    http_timeout: float = 20.0
    settle: float = 60.0
    """How long the other side may take to show what it did for a caller that has gone."""
    backoff_base: float = 2.0
    backoff_cap: float = 900.0

    def divided_by(self, factor: float) -> "Timings":
        """Return the same relations in a quicker world, for the crash tests."""
        return Timings(
            self.lease / factor,
            self.http_timeout / factor,
            self.settle / factor,
            self.backoff_base / factor,
            self.backoff_cap / factor,
        )


HURRIED: Final = Timings(lease=15.0, http_timeout=8.0, settle=15.0)
"""For what a person waits for, such as a sign-in link."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a promise ended: done, dead or in_doubt, and what the provider calls it."""

    state: MessageState
    external_id: str = ""
    error: str = ""
    code: str = ""
    """What the provider calls the reason of its refusal, if it said."""


def write_nothing(_session: Session, _message: OutboxMessage, _result: Result) -> None:
    """Settle a promise whose ending no record of ours shows."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How promises of one kind are kept.

    ``prepare`` and ``settle`` run in short transactions as ``portal_app`` with the organisation's
    viewer; ``send`` runs with no transaction open. ``send`` gets the request that ``prepare`` made
    and the key to give the provider, returns the provider's name for the effect, and raises
    ``Retryable``, ``Unclear`` or ``Permanent``. ``settle`` runs once with the ending, in the
    transaction that records it.
    """

    kind: str
    cls: EffectClass
    prepare: Callable[[Session, OutboxMessage], Any]
    send: Callable[[Any, str], str]
    settle: Callable[[Session, OutboxMessage, Result], None] = write_nothing
    look_up: Callable[[Any, str], str | None] | None = None
    """Ask the provider whether the effect with our key exists. Needed for class R."""
    provider: str = "local"
    """Whose limits apply, whose breaker and pause: as the choice is called."""
    calls: int = 1
    """How many calls it may take: it is begun when they can follow soon (``app.integrations.calls``)."""
    looks_first: bool = False
    """Its first call only looks, so until its second one nothing can have happened."""
    is_hurried: bool = False
    """A person waits for it: short lease, short time-out."""
    is_long: bool = False
    """It works for minutes, with a heartbeat: the lease is renewed while it beats (``tasks.heart``)."""
    key_lifetime: timedelta | None = None
    """How long the provider remembers a key (class K); older doubts are looked up instead."""
    resend_unclear: bool = False
    """For class U: repeating it does no harm, so an unclear one is sent again."""


@dataclass(slots=True)
class Handlers:
    """The couriers that this process has, and how long each may take."""

    timings: Timings = field(default_factory=Timings)
    hurried: Timings = HURRIED
    """For the kinds that say so."""
    by_kind: dict[str, Handler] = field(default_factory=dict)

    def add(self, handler: Handler) -> None:
        """Register a courier. One kind has one."""
        if handler.kind in self.by_kind:
            raise ValueError(f"{handler.kind} has a courier already.")
        needs_look_up = handler.cls is EffectClass.R or handler.key_lifetime is not None
        if needs_look_up and handler.look_up is None:
            raise ValueError(f"{handler.kind} cannot be looked up, so it is not of class R.")
        self.by_kind[handler.kind] = handler

    def get(self, kind: str) -> Handler | None:
        """Return the courier for ``kind``, if this process knows one."""
        return self.by_kind.get(kind)

    def timings_of(self, handler: Handler) -> Timings:
        """Return how long this courier's steps may take."""
        return self.hurried if handler.is_hurried else self.timings

    def leases(self) -> dict[str, float]:
        """Return the kinds whose lease is not the usual one."""
        return {
            handler.kind: self.hurried.lease
            for handler in self.by_kind.values()
            if handler.is_hurried
        }
