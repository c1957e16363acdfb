"""What we ask of a place where facts are told: take CloudEvents, each once by its id."""

from collections.abc import Sequence
from typing import Any, Protocol


class Events(Protocol):
    """Takes facts. Telling one again changes nothing where the place remembers its id.

    Failures are raised as ``Retryable``, ``Unclear`` or ``Permanent``.
    """

    def publish(self, events: Sequence[dict[str, Any]]) -> str:
        """Take the events and return where they are."""
        ...
