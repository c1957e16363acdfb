"""Numbers that a ledger was seen to have no bill of: one question serves many bills that wait."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

FRESH: Final = 120.0
"""Seconds for which the answer is believed of a bill that nobody has sent since: about forty bills long.

Whoever enters one of them by hand meanwhile is found out: each bill is looked at once more by its number
after it was entered, and a twin is asked about before either is paid.
"""


@dataclass(slots=True)
class Unseen:
    """What one process was told, by place and number; forgetting it costs a question and nothing else."""

    monotonic: Callable[[], float] = time.monotonic
    until: dict[tuple[str, str], float] = field(default_factory=dict)

    def add(self, place: str, numbers: Iterable[str]) -> None:
        """Remember for a while that these are not there."""
        at = self.monotonic()
        self.until = {key: end for key, end in self.until.items() if end > at}
        self.until.update({(place, number): at + FRESH for number in numbers})

    def holds(self, place: str, number: str) -> bool:
        """Tell whether this one was seen not to be there a short while ago."""
        return self.until.get((place, number), 0.0) > self.monotonic()

    def forget(self, place: str, number: str) -> None:
        """Believe it no more: the bill is about to be sent."""
        self.until.pop((place, number), None)
