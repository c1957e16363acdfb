"""An organisation's connection to a provider, and what about a provider needs a person."""

from enum import StrEnum, auto
from typing import Final

from app.domain.moves import follow


class ConnectionStatus(StrEnum):
    """Whether an organisation lets us act for it at a provider."""

    connected = auto()
    expired = auto()
    disconnected = auto()


class ConnectionEvent(StrEnum):
    """What moves a connection."""

    connect = auto()
    expire = auto()
    disconnect = auto()


MOVES: Final = {
    (ConnectionStatus.connected, ConnectionEvent.connect): ConnectionStatus.connected,
    (ConnectionStatus.expired, ConnectionEvent.connect): ConnectionStatus.connected,
    (ConnectionStatus.disconnected, ConnectionEvent.connect): ConnectionStatus.connected,
    (ConnectionStatus.connected, ConnectionEvent.expire): ConnectionStatus.expired,
    (ConnectionStatus.expired, ConnectionEvent.expire): ConnectionStatus.expired,
    (ConnectionStatus.connected, ConnectionEvent.disconnect): ConnectionStatus.disconnected,
    (ConnectionStatus.expired, ConnectionEvent.disconnect): ConnectionStatus.disconnected,
}
"""A connection that was given up is never expired again, and can be made anew."""


def next_connection_status(status: ConnectionStatus, event: ConnectionEvent) -> ConnectionStatus:
    """Return the status of a connection that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "connection")


class AttentionStatus(StrEnum):
    """Whether somebody still has to do something."""

    open = auto()
    closed = auto()
