"""Known addresses timed beside unknown ones, in a random order, at each door that takes an address."""

import random
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.bench.sign_in_rows import PLACE, Rows
from tests.bench.visitors import TOKEN, Visitor, network
from tests.journeys.house import House

A_NETWORK: Final = 200
"""So many requests come from one network, which is fewer than its limit."""

CHANGES: Final = (
    (re.compile(r'datetime="[^"]+"'), "datetime"),
    (re.compile(r"\d\d:\d\d"), "hh:mm"),
    (re.compile(r'nonce="[^"]+"'), "nonce"),
)
"""What differs between any two answers: the clock and the marks of one page."""


@dataclass(frozen=True, slots=True)
class Door:
    """A form that takes an address."""

    name: str
    page: str
    target: str
    box: str
    more: dict[str, str] = field(default_factory=dict)


DOORS: Final = (
    Door("artist's link", "/portal/sign-in", "/portal/link", "email"),
    Door("staff's password", "/admin/login/", "/admin/login/", "username",
         {"password": "not the right one"}),
    Door("staff's code", "/admin/password/", "/admin/password/", "address"),
)  # fmt: skip


@dataclass(slots=True)
class Timed:
    """What was measured at a door."""

    name: str
    count: int
    known_ms: float
    unknown_ms: float
    is_same: bool

    @property
    def difference_ms(self) -> float:
        """Return how far the medians lie apart."""
        return abs(self.known_ms - self.unknown_ms)


def timed(house: House, rows: Rows, port: int, count: int) -> Iterator[Timed]:
    """Measure every door."""
    artists, staff = rows.artists("known", count), rows.staff("staff", count)
    for number, door in enumerate(DOORS):
        house.forgive()
        known = artists if door.page.startswith("/portal/") else staff
        yield _measure(door, port, number * 20, known)


def _measure(door: Door, port: int, first_network: int, known: list[str]) -> Timed:
    # As long as the known ones, so that the page is as long, too.
    strange = [f"{'x' * (len(each.split('-')[0]))}-{each.split('-')[1]}" for each in known]
    asked = [*((address, True) for address in known), *((address, False) for address in strange)]
    random.Random(20261125).shuffle(asked)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    words: dict[bool, set[tuple[int, str]]] = {True: set(), False: set()}
    for number in range(0, len(asked), A_NETWORK):
        net = network(200 + first_network + number // A_NETWORK)
        visitor = Visitor(port, net).arrive(door.page)
        for address, is_known in asked[number : number + A_NETWORK]:
            begun = time.perf_counter()
            answer = visitor.send(door.target, **{door.box: address, **door.more})
            seconds[is_known].append(time.perf_counter() - begun)
            words[is_known].add((answer.status, _plain(answer.text, address)))
        visitor.leave()
    medians = {key: statistics.median(found) * 1000 for key, found in seconds.items()}
    is_same = words[True] == words[False] and len(words[True]) == 1
    return Timed(door.name, len(known), medians[True], medians[False], is_same)


def _plain(page: str, address: str) -> str:
    """Return a page without what differs between any two."""
    page = page.replace(address, PLACE)
    for token in TOKEN.findall(page):
        page = page.replace(token, "token")
    for pattern, word in CHANGES:
        page = pattern.sub(word, page)
    return page
