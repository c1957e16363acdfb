"""Limits and breakers in Redis, shared by every worker: each question is one atomic script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from app.domain import circuit_breaker as rule
from app.domain.circuit_breaker import CallOutcome
from app.domain.provider_limits import ProviderLimits
from app.integrations.traffic.asking import Answer, Asker, Outlook, Why

HERE: Final = Path(__file__).parent
FULL: Final = 0.1
"""Seconds until it is worth asking again where nobody more is let in."""
Words = list[str | int | float]


def name_of(place: str, part: str) -> str:
    """Return the key of one part of a place; the braces keep them on one node of a cluster."""
    return f"traffic:{{{place}}}:{part}"


@dataclass(frozen=True, slots=True)
class Tempo:
    """How quickly the shared state notices things, in seconds; tests divide it."""

    lease: float = 15.0
    """A call in flight whose process is not heard of for so long is over."""
    beat: float = 0.5
    """How often a process says that its call goes on."""
    grace: float = 1.2
    """After Redis lost everything nobody starts before those in flight have been heard of."""
    horizon: float = 8.0
    """New work starts if what has begun can be finished within so long."""
    probe: float = 30.0
    """How long one probe may take."""
    pause: float = rule.PAUSE
    longest_pause: float = rule.LONGEST_PAUSE
    within: float = rule.WITHIN


@dataclass(slots=True)
class SharedTraffic:
    """One process's end of what all workers share. Raises what redis-py raises when it is away."""

    redis_url: str
    tempo: Tempo = field(default_factory=Tempo)
    redis: Redis = field(init=False)
    _limits: Script = field(init=False)
    _breaker: Script = field(init=False)

    def __post_init__(self) -> None:
        self.redis = connected(self.redis_url)
        self._limits = self.redis.register_script((HERE / "limits.lua").read_text("utf-8"))
        self._breaker = self.redis.register_script((HERE / "breaker.lua").read_text("utf-8"))

    def ask(self, asker: Asker, lease: str) -> Answer:
        """Ask whether a new call may be made now; if so it is in flight under ``lease``."""
        wait, why = self._breaker(
            self._breaker_keys(asker.place), ["ask", lease, ms(self.tempo.probe)]
        )
        if wait:
            return Answer(wait / 1000, Why(why.decode()))
        answer = self._take(asker, lease, is_further=False)
        if answer.wait:
            self._judge(asker.place, lease, CallOutcome.unused)
        return answer

    def outlook(self, asker: Asker, at_once: int) -> Outlook:
        """Tell whether a new call would be let through, without taking anything."""
        wait, why, room = self._breaker(self._breaker_keys(asker.place), ["look", ""])
        if wait:
            return Outlook(0, wait / 1000, Why(why.decode()))
        seen = self.look(asker.place, asker.limits)
        if seen["hold"]:
            return Outlook(0, seen["hold"], Why.hold)
        if seen["in_flight"] >= at_once:
            return Outlook(0, FULL, Why.full)
        return Outlook(None if room < 0 else room)

    def ask_further(self, asker: Asker, lease: str) -> Answer:
        """Ask for another call within the same piece of work."""
        return self._take(asker, lease, is_further=True)

    def beat(self, place: str, lease: str) -> None:
        """Say that a call goes on, also to a Redis that has forgotten it."""
        self._limits(self._keys(place), ["beat", lease, ms(self.tempo.lease)])

    def leave(self, asker: Asker, lease: str, *, back: int = 0, beyond: int = 0) -> None:
        """Give the place back, with tokens that were not used or calls nobody had asked for."""
        words: Words = ["leave", lease, back, beyond, len(asker.limits.windows)]
        self._limits(self._keys(asker.place), words)

    def tell(self, asker: Asker, lease: str, outcome: CallOutcome) -> bool:
        """Tell the breaker how it went; return whether it has opened now."""
        return self._judge(asker.place, lease, outcome) == "opened"

    def hold(self, asker: Asker, seconds: float) -> None:
        """Let nobody call before the provider's wish is over."""
        self._limits(self._keys(asker.place), ["wait", "", ms(seconds)])

    def shrink(self, asker: Asker, window: int, tokens: float) -> None:
        """Believe the provider where it says that less is left."""
        rate = asker.limits.windows[window].per_second / 1000
        self._limits(self._keys(asker.place), ["shrink", "", window + 1, rate, tokens])

    def look(self, place: str, limits: ProviderLimits) -> Mapping[str, Any]:
        """Return what is known of a place, for people to read."""
        seconds, micro = self.redis.time()
        now = seconds * 1000 + micro / 1000
        state = _read(self.redis.hgetall(name_of(place, "state")))
        breaker = _read(self.redis.hgetall(name_of(place, "breaker")))
        passed = max(0.0, now - state.get("at", now))
        tokens = [
            min(one.capacity, state.get(f"tokens{place_}", 0.0) + passed * one.per_second / 1000)
            for place_, one in enumerate(limits.windows, start=1)
        ]
        return {
            "tokens": max(0.0, min(tokens)),
            "in_flight": self.redis.zcount(name_of(place, "flight"), now, "+inf"),
            "hold": max(0.0, (state.get("hold", 0.0) - now) / 1000),
            "opens": (breaker["until"] - now) / 1000 if "until" in breaker else None,
            "opened_lately": bool(self.redis.exists(name_of(place, "opened"))),
            "since": (now - breaker["since"]) / 1000 if "since" in breaker else None,
        }

    def _take(self, asker: Asker, lease: str, *, is_further: bool) -> Answer:
        tempo, limits = self.tempo, asker.limits
        rates = [figure for w in limits.windows for figure in (w.capacity, w.per_second / 1000)]
        wait, why = self._limits(
            self._keys(asker.place),
            [
                "ask", lease, ms(tempo.lease), ms(tempo.grace), asker.priority, int(is_further),
                asker.calls, ms(tempo.horizon), limits.at_once, len(limits.windows), *rates,
            ],
        )  # fmt: skip
        return Answer(wait / 1000, Why(why.decode()))

    def _judge(self, place: str, lease: str, outcome: CallOutcome) -> str:
        words: Words = [
            "tell", lease, str(outcome), rule.FAILURES, rule.CALLS, ms(self.tempo.within),
            ms(self.tempo.pause), ms(self.tempo.longest_pause), rule.SUCCESSES,
        ]  # fmt: skip
        said: bytes = self._breaker(self._breaker_keys(place), words)
        return said.decode()

    def _keys(self, place: str) -> list[str]:
        return [name_of(place, part) for part in ("state", "flight", "owed")]

    def _breaker_keys(self, place: str) -> list[str]:
        return [name_of(place, part) for part in ("breaker", "calls", "probe", "opened")]


def connected(redis_url: str) -> Redis:
    """Return a client that gives up quickly: without Redis there is another way."""
    return Redis.from_url(
        redis_url,
        socket_timeout=0.5,
        socket_connect_timeout=0.3,
        retry=Retry(NoBackoff(), 0),
    )


def ms(seconds: float) -> int:
    """Return whole milliseconds, at least one."""
    return max(1, round(seconds * 1000))


def _read(stored: Mapping[bytes | str, bytes | str]) -> dict[str, float]:
    return {
        name.decode() if isinstance(name, bytes) else name: float(value)
        for name, value in stored.items()
    }
