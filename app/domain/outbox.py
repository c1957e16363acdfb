"""Promises to the outside world: their classes and states (reliability.md A3-A5)."""

from enum import StrEnum, auto


class EffectClass(StrEnum):
    """How a provider lets us ask twice: key, natural name, reconcile, unknowable."""

    K = "K"
    N = "N"
    R = "R"
    U = "U"


class MessageState(StrEnum):
    """Where a promise stands."""

    ready = auto()
    leased = auto()
    done = auto()
    dead = auto()
    in_doubt = auto()
    cancelled = auto()


class AttemptOutcome(StrEnum):
    """How one attempt ended. No outcome with ``sent_at`` set means: we do not know."""

    done = auto()
    retry = auto()
    refused = auto()
    unknown = auto()
    found = auto()
    not_found = auto()
    released = auto()


class NoticeState(StrEnum):
    """Where a webhook notice stands."""

    new = auto()
    done = auto()
    refused = auto()
    failed = auto()
