"""Messages to people: over which channel, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
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
    complained = auto()


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
    DeliveryStatus.failed: 5,
    DeliveryStatus.bounced: 6,
    DeliveryStatus.complained: 7,
}
"""News of a message arrives in any order. A bounce counts even after a delivery: gateways send both."""

LOST: Final = frozenset({DeliveryStatus.failed, DeliveryStatus.bounced, DeliveryStatus.complained})
"""What nobody read, or nobody wanted: a person has to find another way."""


class Mark(StrEnum):
    """What a carrier's news says about an address or number itself, beyond the one message."""

    unreachable = auto()
    """Nothing arrives there, and nothing will."""
    unwanted = auto()
    """Whoever reads there asked for no more."""
    wanted = auto()
    """Whoever reads there asked for more again."""


@dataclass(frozen=True, slots=True)
class News:
    """What a carrier told us of one message, in our words."""

    at: datetime
    status: DeliveryStatus | None = None
    address: str = ""
    """Where it went, or who wrote to us."""
    reason: str = ""
    mark: Mark | None = None
    external_id: str = ""
    """The carrier's own number for the message."""

    @property
    def was_carried(self) -> bool:
        """Tell whether the carrier took the message on its way, and neither dropped it nor got it back."""
        return self.status not in {DeliveryStatus.failed, DeliveryStatus.bounced}


WITHOUT_MONEY: Final = ("calls_", "invitation")
"""How the events begin whose letters name no sum: those that who plans calls may read."""


def next_delivery_status(status: DeliveryStatus, reported: DeliveryStatus) -> DeliveryStatus:
    """Return what a message is once ``reported`` is known: late and repeated news change nothing."""
    return reported if RANK[reported] > RANK[status] else status
