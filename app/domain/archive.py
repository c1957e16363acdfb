"""Papers in the archive: what their columns say, and what it means that one is not as it was filed."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Final

COLUMNS: Final = {
    "contract_number": "ContractNumber",
    "artist": "Artist",
    "production": "Production",
    "executed_on": "ExecutedOn",
    "hash": "ContentHash",
}
"""What we can say of a paper -> how the library's column is called."""

LIFETIME: Final = timedelta(days=3)
"""How long we ask the archive to tell us of changes at a time."""
RENEWED_BEFORE: Final = timedelta(hours=36)
"""How long before its end a subscription is renewed."""
GATHERED: Final = timedelta(seconds=10)
"""Hints of this span are answered by one look at what changed."""


@dataclass(frozen=True, slots=True)
class Library:
    """Where an organisation keeps its papers at a provider, and what its columns are called."""

    tenant: str
    drive: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our fact -> the library's own name of the column."""


class Difference(StrEnum):
    """How a paper in the archive differs from what was filed."""

    missing = auto()
    moved = auto()
    changed = auto()


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as the archive shows it now; ``path`` is below the library's root."""

    item: str
    path: str = ""
    hash: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """A paper as it was filed; ``hash`` is empty where the archive told none."""

    item: str
    path: str
    hash: str = ""


WORDS: Final[Mapping[Difference, tuple[str, str]]] = {
    Difference.missing: (
        "{paper} is no longer in SharePoint",
        "Somebody deleted it there. File it again, or restore it from SharePoint's recycle bin.",
    ),
    Difference.moved: (
        "{paper} lies elsewhere in SharePoint",
        "Move it back there, or file it again: then it lies at both places.",
    ),
    Difference.changed: (
        "{paper} was changed in SharePoint",
        "What lies there is not what was signed. File it again: SharePoint keeps the changed one as a version.",
    ),
}
"""What a person is told, and what to do."""


def difference(filed: Filed, seen: Seen | None) -> Difference | None:
    """Tell how a paper differs from what was filed; the gravest if there are several."""
    if seen is None or seen.is_gone:
        return Difference.missing
    if filed.hash and seen.hash and seen.hash != filed.hash:
        return Difference.changed
    if _folded(seen.path) != _folded(filed.path):
        return Difference.moved
    return None


def _folded(path: str) -> str:
    """Return a path as SharePoint compares it: without regard to case."""
    return path.strip("/").casefold()


def must_renew(until: datetime | None, now: datetime) -> bool:
    """Tell whether a subscription has to be made or renewed."""
    return until is None or until - now < RENEWED_BEFORE


def span_of(now: datetime) -> int:
    """Return the number of the span that a hint of this moment belongs to."""
    return int(now.timestamp() // GATHERED.total_seconds())


def answered_at(span: int) -> datetime:
    """Return when the hints of a span are answered: after all of them have come."""
    return datetime.fromtimestamp((span + 1) * GATHERED.total_seconds() + 1, tz=UTC)


def state_of(message_id: str, secret: str) -> str:
    """Return the word that the archive repeats in every notice: whose it is, signed by us."""
    told = f"archive-state:{message_id}".encode()
    return f"{message_id}.{hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()}"


def whose_state(state: str, secret: str) -> str:
    """Return the promise that a word of ours names; empty where it is not ours."""
    message_id = state.partition(".")[0]
    is_ours = hmac.compare_digest(state.encode(), state_of(message_id, secret).encode())
    return message_id if is_ours else ""


_TOLD: Final = re.compile(r"^(?P<item>.+?) hash=(?P<hash>[A-Za-z0-9+/=]{28})$", re.DOTALL)


def written(filed: tuple[str, str]) -> str:
    """Return an item and its hash as the outbox keeps them."""
    item, told = filed
    return f"{item} hash={told}" if told else item


def read(text: str) -> tuple[str, str]:
    """Return the item and the hash that ``written`` wrote."""
    found = _TOLD.match(text)
    return (found["item"], found["hash"]) if found else (text, "")


def site_address(typed: str) -> tuple[str, str]:
    """Return host and path of a site's address as people copy it from the browser; empty if it is none."""
    found = re.match(
        r"^(?:https?://)?(?P<host>[\w.-]+(?::\d+)?)(?P<path>/(?:sites|teams)/[^/?#\s]+)?(?:[/?#]\S*)?$",
        typed.strip(),
    )
    if found is None or "." not in found["host"]:
        return "", ""
    return found["host"].lower(), found["path"] or "/"


def columns_of(names: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return which of our columns a library has, and which are missing there."""
    known = {name.casefold(): name for name in names}
    found = {
        fact: known[column.casefold()]
        for fact, column in COLUMNS.items()
        if column.casefold() in known
    }
    return found, [column for fact, column in COLUMNS.items() if fact not in found]


def as_seen(told: Mapping[str, Any]) -> Seen:
    """Return a noted file as it was seen."""
    return Seen(
        str(told["item"]),
        str(told.get("path") or ""),
        str(told.get("hash") or ""),
        bool(told.get("is_gone")),
    )
