"""What we ask of whoever seals an executed paper, so that nobody can change it unseen."""

from typing import Protocol


class Sealer(Protocol):
    """Puts one digital signature over a finished PDF in the name of the organisation."""

    def seal(self, content: bytes, *, reason: str, name: str) -> bytes:
        """Return the PDF with its seal. ``name`` is the company as it signs."""
        ...
