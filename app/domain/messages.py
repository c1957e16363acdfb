"""Messages to people: over which channel, and what became of them."""

from enum import StrEnum, auto


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
