"""The words in which a call is asked for, and what is answered."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.provider_limits import ProviderLimits, Scope


class Why(StrEnum):
    """Why a call has to wait."""

    go = "go"
    pace = "pace"
    """The bucket is empty for the moment."""
    full = "full"
    """As many calls as may be are in flight."""
    busy = "busy"
    """Others have begun something that still needs calls."""
    start = "start"
    """What is in flight is not known yet, because Redis has just started."""
    hold = "hold"
    """The provider asked us to wait."""
    open = "open"
    """It failed too often."""
    probing = "probing"
    """Another call finds out whether it is back."""
    doubted = "doubted"
    """The last call failed and another one is under way: one at a time until one is answered."""


SILENT: Final = frozenset({Why.pace, Why.full, Why.busy, Why.start, Why.doubted})
"""Waits that are everyday and need no word to anybody."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to call: for which organisation, how urgently, and how many calls it may take."""

    provider: str
    organisation_id: int | None
    limits: ProviderLimits
    priority: int = 100
    calls: int = 1

    @property
    def place(self) -> str:
        """Name what shares the limits: the provider, and the organisation where each has its own."""
        if self.is_of_house:
            return f"{self.provider}:house"
        return f"{self.provider}:{self.organisation_id}"

    @property
    def is_of_house(self) -> bool:
        """Tell whether one account serves everybody here."""
        return self.limits.scope is Scope.house or self.organisation_id is None


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds to wait (0: go), and why."""

    wait: float = 0.0
    why: Why = Why.go


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many new calls it is worth asking for now, and where there are none, until when and why."""

    room: int | None = None
    """None: as many as there are."""
    wait: float = 0.0
    why: Why = Why.go
