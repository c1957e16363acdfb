"""One process's way to ask before each call: together with all others, or alone without Redis."""

import logging
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from redis import RedisError

from app.domain.circuit_breaker import CallOutcome
from app.domain.outbox_kinds import URGENT
from app.domain.provider_limits import remaining
from app.integrations.traffic.asking import Answer, Asker, Outlook, Why
from app.integrations.traffic.berths import Berths
from app.integrations.traffic.shared import FULL, SharedTraffic
from app.integrations.traffic.single import SingleTraffic

log = logging.getLogger(__name__)
Said = TypeVar("Said")

LONGEST: Final = 300.0
"""Seconds that a turn is at most away, as in ``limits.lua``; who stands farther behind looks in by chance."""
CLOSED: Final = frozenset({Why.open, Why.probing, Why.doubted})
REST: Final = 1.0
"""Seconds for which Redis is left alone after it did not answer."""


@dataclass(slots=True)
class Pulse:
    """Says for every call of this process that goes on, on a thread, that it does."""

    shared: SharedTraffic
    held: dict[str, str] = field(default_factory=dict)
    """Lease -> place."""
    process: int = 0
    wake: threading.Event = field(default_factory=threading.Event)
    speaking: threading.Lock = field(default_factory=threading.Lock)

    def add(self, lease: str, place: str) -> None:
        """Speak for a call from now on."""
        self.held[lease] = place
        if self.process != os.getpid():  # a fork takes no threads along
            self.process, self.wake = os.getpid(), threading.Event()
            threading.Thread(target=self._run, daemon=True, name="pulse").start()
        self.wake.set()

    def drop(self, lease: str) -> None:
        """Speak for it no more."""
        with self.speaking:
            self.held.pop(lease, None)

    def _run(self) -> None:
        wake = self.wake
        while True:
            wake.wait()
            wake.clear()
            while self.held:
                time.sleep(self.shared.tempo.beat)
                for lease, place in list(self.held.items()):
                    self._beat(place, lease)

    def _beat(self, place: str, lease: str) -> None:
        with self.speaking:
            if lease not in self.held:
                return
            try:
                self.shared.beat(place, lease)
            except (RedisError, OSError):
                log.debug("no pulse: Redis is away")


@dataclass(slots=True)
class Traffic:
    """Asks and tells; keeps going at its own share while Redis is away."""

    shared: SharedTraffic
    single: SingleTraffic
    berths: Berths
    at_machine: int
    """Calls in flight to one provider from this machine: its outage must not take every worker."""
    at_account: int | None = None
    """Of these, to an account that one organisation has there; None: all of them."""
    machines: int = 1
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    resting_until: float = 0.0
    turns: dict[tuple[str, int], float] = field(default_factory=dict)
    """Place and priority -> when the last of those comes again whom this process sent away."""
    pulse: Pulse = field(init=False)

    def __post_init__(self) -> None:
        self.pulse = Pulse(self.shared)

    def ask(self, asker: Asker) -> tuple[Answer, str]:
        """Ask for a new call; return the answer and the lease under which it is in flight."""
        lease = uuid.uuid4().hex
        alone = self.monotonic() < self.resting_until
        at_once = max(1, asker.limits.at_once // self.machines) if alone else asker.limits.at_once
        if not self._board(asker, at_once, lease):
            return Answer(self._turn(asker, FULL), Why.full), lease
        answer = self._try(lambda: self.shared.ask(asker, lease))
        if answer is None:
            answer = self.single.ask(asker)
        elif not answer.wait:
            self.pulse.add(lease, asker.place)
        if answer.wait:
            self._disembark(lease)
            answer = Answer(self._spread(asker, answer), answer.why)
        return answer, lease

    def _board(self, asker: Asker, at_once: int, lease: str) -> bool:
        """Take a berth of the account, and one of the provider where every organisation has its own account."""
        if not self.berths.take(asker.place, min(self._share(asker), at_once), lease):
            return False
        if asker.is_of_house or self.berths.take(asker.provider, self.at_machine, f"{lease}+"):
            return True
        self.berths.leave(lease)
        return False

    def _disembark(self, lease: str) -> None:
        self.berths.leave(f"{lease}+")
        self.berths.leave(lease)

    def _share(self, asker: Asker) -> int:
        """Return how many workers of a machine may call for this account at once."""
        if asker.is_of_house or self.at_account is None:
            return self.at_machine
        return min(self.at_account, self.at_machine)

    def outlook(self, asker: Asker) -> Outlook:
        """Tell how many of an account's promises it is worth waking a worker for."""
        at_once = min(asker.limits.at_once, self._share(asker) * self.machines)
        seen = self._try(lambda: self.shared.outlook(asker, at_once))
        return Outlook() if seen is None else seen

    def turn(self, asker: Asker, seen: Outlook) -> float:
        """Return when a promise that nobody is woken for comes again: one behind the other."""
        return self._turn(asker, max(seen.wait, FULL))

    def _spread(self, asker: Asker, answer: Answer) -> float:
        """Let a backlog come again little by little: all at once it would keep everybody else waiting."""
        if answer.why in CLOSED:
            return self._turn(asker, answer.wait)
        if answer.wait >= LONGEST and asker.priority < URGENT:
            return answer.wait * (1 + self.chance()) / 2
        return answer.wait

    def _turn(self, asker: Asker, earliest: float) -> float:
        """Return the wait for a turn after ``earliest``: as quickly one behind the other as calls may follow."""
        if asker.priority >= URGENT:
            return earliest
        first = self.monotonic() + earliest
        # Each priority has a queue of its own: what is signed today stands behind no season's backlog.
        queue = asker.place, asker.priority
        mine = self.turns.get(queue, 0.0) + asker.calls / asker.limits.slowest
        if mine > first + LONGEST:
            return earliest + LONGEST * (1 + self.chance()) / 2
        self.turns[queue] = max(first, mine)
        return self.turns[queue] - first + earliest

    def ask_further(self, asker: Asker, lease: str) -> Answer:
        """Ask for another call under the same lease."""
        answer = self._try(lambda: self.shared.ask_further(asker, lease))
        return self.single.ask_further(asker) if answer is None else answer

    def leave(self, asker: Asker, lease: str, *, back: int = 0, beyond: int = 0) -> None:
        """Give the place back."""
        self.pulse.drop(lease)
        self._disembark(lease)
        self._try(lambda: self.shared.leave(asker, lease, back=back, beyond=beyond))

    def tell(self, asker: Asker, lease: str, outcome: CallOutcome) -> bool:
        """Tell how the call ended; return whether the breaker has opened now."""
        own = self.single.tell(asker, outcome)
        opened = self._try(lambda: self.shared.tell(asker, lease, outcome))
        return own if opened is None else opened

    def hold(self, asker: Asker, seconds: float) -> None:
        """Hold back everybody who calls this provider for this organisation."""
        self.single.hold(asker, seconds)
        self._try(lambda: self.shared.hold(asker, seconds))

    def believe(self, asker: Asker, headers: Mapping[str, str]) -> None:
        """Shrink a bucket where the provider's headers say that less is left."""
        for place, window in enumerate(asker.limits.windows):
            said = remaining(headers, window.header)
            if said is not None:
                self._try(partial(self.shared.shrink, asker, place, window.left(said)))

    def _try(self, question: Callable[[], Said]) -> Said | None:
        """Ask Redis, unless it was silent a moment ago; None means that it does not answer."""
        if self.monotonic() < self.resting_until:
            return None
        try:
            return question()
        except (RedisError, OSError) as error:
            self.resting_until = self.monotonic() + REST
            log.warning("Redis does not answer; this process keeps to its share: %s", error)
            return None
