"""What providers' answers mean to a courier, whatever library spoke to them."""

import socket
from typing import Final

from app.db.clock import now
from app.domain.outbox_moves import parse_retry_after

NEVER_REACHED: Final = (ConnectionRefusedError, socket.gaierror)
"""The line never stood, so nothing can have happened."""


def retry_after(header: str | None) -> float | None:
    """Return how many seconds a provider asks us to wait, None where it does not say."""
    return parse_retry_after(header, now())
