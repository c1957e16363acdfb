"""Reading what the post room keeps, each letter once."""

import json
from pathlib import Path

from tests.journeys.house import LINK


class PostRoom:
    """The links that came to each address, in their order."""

    def __init__(self, var: Path) -> None:
        self._folder = var / "postroom"
        self._seen: set[str] = set()
        self._links: dict[str, list[str]] = {}

    def links_of(self, addresses: list[str]) -> dict[str, str] | None:
        """Return everybody's first link, once everybody has one."""
        self._read()
        if not all(address in self._links for address in addresses):
            return None
        return {address: self._links[address][0] for address in addresses}

    def later_links_of(self, first: dict[str, str]) -> dict[str, str] | None:
        """Return everybody's second link, once everybody has one."""
        self._read()
        if not all(len(self._links[address]) > 1 for address in first):
            return None
        return {address: self._links[address][1] for address in first}

    def _read(self) -> None:
        for place in sorted(self._folder.glob("*.json")):
            if place.name in self._seen:
                continue
            letter = json.loads(place.read_text())
            self._seen.add(place.name)
            found = LINK.search(letter["text"])
            if found:
                self._links.setdefault(letter["recipient"], []).append(found[1])
