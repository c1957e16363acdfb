"""What we ask of whoever seals an executed paper, and of whoever has papers signed for us elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.contracts import SignerRole
from app.domain.envelopes import EnvelopeStatus, Standing


class Sealer(Protocol):
    """Puts one digital signature over a finished PDF in the name of the organisation."""

    def seal(self, content: bytes, *, reason: str, name: str) -> bytes:
        """Return the PDF with its seal. ``name`` is the company as it signs."""
        ...


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signs, as the provider knows them."""

    role: SignerRole
    name: str
    email: str
    client_id: str = ""
    """Signs from our own page if set: the provider then writes no mails, and we make the link at the tap."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets a copy and signs nothing."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class SigningPaper:
    """A frozen PDF with those who sign it, in their order."""

    title: str
    file_name: str
    content: bytes
    signers: Sequence[Signer]
    copies: Sequence[Reader] = ()
    expires_at: datetime | None = None
    message: str = ""
    return_url: str = ""
    """Where whoever signs from our page comes back to, for a provider that wants to know beforehand."""


@dataclass(frozen=True, slots=True)
class ExecutedPaper:
    """What everybody signed, and the provider's certificate or audit trail."""

    document: bytes
    certificate: bytes


class Signing(Protocol):
    """Has papers signed. ``key`` is ours: the same key never makes two envelopes.

    Failures are raised as ``Retryable``, ``Unclear`` or ``Permanent``.
    """

    def send(self, paper: SigningPaper, *, key: str) -> str:
        """Send the paper out, or find it sent already, and return the provider's name for it."""
        ...

    def find(self, key: str) -> str | None:
        """Return the provider's name for what was sent with our key, None if it knows nothing of it."""
        ...

    def void(self, envelope: str, *, reason: str) -> None:
        """Take a paper back. One that has ended other than signed is as good as taken back."""
        ...

    def remind(self, envelope: str) -> None:
        """Have the provider write to whoever it asks to sign by mail."""
        ...

    def standing(self, envelope: str) -> Standing:
        """Return where an envelope stands."""
        ...

    def statuses(self, envelopes: Sequence[str]) -> Mapping[str, EnvelopeStatus]:
        """Return where many stand, in as few calls as there can be; what it does not know is left out."""
        ...

    def executed(self, envelope: str) -> ExecutedPaper:
        """Return the signed document and its certificate."""
        ...


class SigningLinks(Protocol):
    """Makes the link somebody signs through, at the tap. Light: the web process carries it."""

    def link(self, envelope: str, signer: Signer, *, return_url: str) -> str:
        """Return an address that works once and for minutes; it is never stored and never mailed."""
        ...
