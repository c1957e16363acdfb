"""What providers' answers mean to a courier and to whoever reads of them, whatever library spoke to them."""

import socket
import ssl
from typing import Final

from app.db.clock import now
from app.domain.outbox_moves import parse_retry_after

NEVER_REACHED: Final = (ConnectionRefusedError, socket.gaierror)
"""The line never stood, so nothing can have happened."""


UNAVAILABLE: Final = 503


def own_error(name: str, status: int) -> str:
    """Say that a provider failed by its own fault: that is no refusal, and nobody here can mend it."""
    if status == UNAVAILABLE:
        return f"{name} takes nothing at the moment ({status})."
    return f"{name} had an error of its own ({status})."


def line_broke(error: object) -> str:
    """Say what became of the line, for people; what the library called it is not for them."""
    if isinstance(error, socket.gaierror):
        return "its name leads nowhere"
    if isinstance(error, ConnectionRefusedError):
        return "nobody answers at its address"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not one we can trust"
    if isinstance(error, TimeoutError):
        return "no answer came in time"
    return "the line broke"


def retry_after(header: str | None) -> float | None:
    """Return how many seconds a provider asks us to wait, None where it does not say."""
    return parse_retry_after(header, now())
