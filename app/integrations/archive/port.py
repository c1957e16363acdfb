"""What we ask of an archive: put a paper under a path, once, and name it; and look after it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.domain.archive import Library, Seen


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

    def file(self, paper: Paper, beat: Callable[[], None] = no_beat) -> tuple[str, str]:
        """File the paper; return the archive's own name for it and its hash, if it tells one."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """A site and its libraries."""

    id: str
    name: str
    libraries: tuple[dict[str, Any], ...] = ()
    """id, name, list and the names of the columns of each."""


@dataclass(slots=True)
class Changes:
    """What a library shows since a mark; ``is_whole`` when it is everything there is."""

    link: str
    is_whole: bool
    seen: list[Seen] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return it as it is kept until it is read."""
        return {
            "what": "changes",
            "link": self.link,
            "is_whole": self.is_whole,
            "seen": [asdict(one) for one in self.seen],
        }


class Watch(Protocol):
    """Looks after the libraries of organisations."""

    def look(self, tenant: str, host: str, path: str) -> Site:
        """Return a site with its libraries."""
        ...

    def reach(self, library: Library) -> None:
        """Ask one harmless question: whether the library is there, or only whether we are let in."""
        ...

    def subscribe(
        self, library: Library, address: str, state: str, until: datetime
    ) -> tuple[str, datetime]:
        """Be told of changes at an address until then: renew what there is, or make it."""
        ...

    def changes(self, library: Library, link: str, beat: Callable[[], None] = no_beat) -> Changes:
        """Return what changed since a mark, or everything without one; ``beat`` is called at each page."""
        ...
