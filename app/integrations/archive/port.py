"""What we ask of an archive: put a paper under a path, once, and name it; and look after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Library:
    """Where an organisation keeps its papers at a provider, and what its columns are called."""

    tenant: str
    drive: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our fact -> the library's own name of the column."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper to be filed: its place, its bytes, and what the columns say about it."""

    path: str
    content: bytes
    media_type: str
    facts: Mapping[str, str] = field(default_factory=dict)
    """contract_number, artist, production, executed_on, hash."""
    library: Library | None = None
    item: str = ""
    """The archive's name for it, where it was filed before."""
    replaces: bool = False
    """A person said: file it again, whatever lies there. The archive keeps the older version."""


def no_beat() -> None:
    """Say nothing while the work goes on."""


class Archive(Protocol):
    """Keeps executed papers for as long as the law asks.

    The path carries the fact, so filing again is filing once. Failures are raised as ``Retryable``,
    ``Unclear`` or ``Permanent``; ``beat`` is called while a large paper is under way.
    """

    def file(self, paper: Paper, beat: Callable[[], None] = no_beat) -> str:
        """File the paper and return the archive's own name for it."""
        ...
