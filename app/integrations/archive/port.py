"""What we ask of an archive: put a paper under a path, once, and name it."""

from typing import Protocol


class Archive(Protocol):
    """Keeps executed papers for as long as the law asks.

    The path carries the fact, so filing again replaces like with like. Failures are raised as
    ``Retryable`` or ``Permanent``.
    """

    def file(self, path: str, content: bytes, *, media_type: str) -> str:
        """File the paper and return the archive's own name for it."""
        ...
