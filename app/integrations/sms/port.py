"""What we ask of whoever carries our texts."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Text:
    """One text to one number in E.164."""

    recipient: str
    body: str
    organisation_id: int | None = None


class Sms(Protocol):
    """Carries texts. Failures are raised as ``Retryable``, ``Permanent`` or ``Unclear``."""

    def send(self, text: Text, *, key: str) -> str:
        """Carry the text and return the carrier's own number for it."""
        ...
