"""What we ask of a store of files: bytes in, their name out; the name is their content."""

from pathlib import Path
from typing import BinaryIO, Protocol


class Files(Protocol):
    """Keeps bytes under the hex of their SHA-256. Putting the same bytes again changes nothing.

    Failures are raised as ``Retryable`` or ``Permanent``.
    """

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their name."""
        ...

    def take_in(self, place: Path) -> str:
        """Keep a finished file, however large, and return its name; ``place`` is empty afterwards."""
        ...

    def remove(self, sha256: str) -> None:
        """Take the bytes of a name away for good; nothing happens if there are none."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes of a name as a stream; the caller closes it."""
        ...

    def checked(self, sha256: str) -> BinaryIO:
        """Return the bytes of a name as a stream, after a look at all of them in pieces."""
        ...

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a name."""
        ...

    def link(self, sha256: str, seconds: int, name: str, media_type: str) -> str:
        """Return an address that saves the file for so many seconds; empty where the store has none."""
        ...

    def has(self, sha256: str) -> bool:
        """Tell whether there are bytes of that name."""
        ...
