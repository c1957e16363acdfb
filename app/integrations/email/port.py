"""What we ask of whoever carries our letters."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one address, as text and as HTML.

    ``organisation_id`` is None for a sign-in letter, which belongs to an address.
    """

    recipient: str
    subject: str
    text: str
    html: str = ""
    organisation_id: int | None = None
    category: str = ""
    """What kind of letter it is, for a carrier's own figures: contract_sent, sign_in ..."""


class Email(Protocol):
    """Carries letters.

    ``key`` is the effect's id: a carrier that can tells by it that a letter was carried already.
    Failures are raised as ``Retryable``, ``Permanent`` or ``Unclear``.
    """

    def send(self, letter: Letter, *, key: str) -> str:
        """Carry the letter and return the carrier's own number for it."""
        ...
