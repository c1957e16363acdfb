"""What we ask of whoever brings notices to phones."""

from dataclasses import dataclass
from typing import Final, Protocol

GONE: Final = "gone"
"""What a push service answers for a phone that wants no more: we forget it."""


@dataclass(frozen=True, slots=True)
class PushNotice:
    """One notice to one phone: where its service is asked, its keys, and the few words."""

    endpoint: str
    point: str
    secret: str
    words: str
    path: str
    topic: str
    """A newer notice of the same topic replaces one that was not shown yet."""
    seconds: int
    """How long the service keeps it for a phone that is switched off."""


class Push(Protocol):
    """Brings notices. Failures are raised as ``Retryable``, ``Permanent`` or ``Unclear``."""

    def send(self, notice: PushNotice, *, key: str) -> str:
        """Hand the notice over and return the service's name for it, or ``GONE``."""
        ...
