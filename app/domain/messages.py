"""Messages to people: over which channel, and what became of them."""

from enum import StrEnum, auto
from typing import Final


class Channel(StrEnum):
    """How a message travels."""

    email = auto()
    sms = auto()
    push = auto()


class DeliveryStatus(StrEnum):
    """What became of one message to one address."""

    queued = auto()
    accepted = auto()
    delivered = auto()
    deferred = auto()
    bounced = auto()
    failed = auto()
    in_doubt = auto()


class ThreadSide(StrEnum):
    """Who wrote an entry of a conversation."""

    staff = auto()
    artist = auto()


RANK: Final = {
    DeliveryStatus.queued: 0,
    DeliveryStatus.in_doubt: 1,
    DeliveryStatus.accepted: 2,
    DeliveryStatus.deferred: 3,
    DeliveryStatus.delivered: 4,
    DeliveryStatus.bounced: 5,
    DeliveryStatus.failed: 5,
}
"""News of a message arrives in any order. A bounce counts even after a delivery: gateways send both."""


WITHOUT_MONEY: Final = ("calls_", "invitation")
"""How the events begin whose letters name no sum: those that who plans calls may read."""


def next_delivery_status(status: DeliveryStatus, reported: DeliveryStatus) -> DeliveryStatus:
    """Return what a message is once ``reported`` is known: late and repeated news change nothing."""
    return reported if RANK[reported] > RANK[status] else status
