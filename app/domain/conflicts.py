"""What stands against a plan of calls, and how much: some must be solved, some need a reason."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum, auto
from typing import Final

from app.domain.periods import Period
from app.domain.schedules import CallType


class ConflictKind(StrEnum):
    """What a plan of calls runs into."""

    two_places = auto()
    overlap = auto()
    day_off = auto()
    unavailable = auto()
    asked_off = auto()
    not_engaged = auto()
    short_rest = auto()
    long_day = auto()
    travel_time = auto()
    no_distance = auto()


class Weight(StrEnum):
    """What a conflict asks of whoever publishes."""

    blocks = auto()
    reason = auto()
    note = auto()


WEIGHTS: Final[Mapping[ConflictKind, Weight]] = {
    ConflictKind.two_places: Weight.blocks,
    ConflictKind.asked_off: Weight.note,
    ConflictKind.no_distance: Weight.note,
}
"""Nobody is in two places at once. What is not named here needs a reason."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One call as it takes up one person's time."""

    call_id: int
    title: str
    day_of: date
    type: CallType = CallType.rehearsal
    zone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    venue_id: int | None = None
    venue: str = ""
    is_sure: bool = True
    """False where the hour is only about, or not announced."""
    is_engaged: bool = True
    """Whether the engagement runs on that day."""

    @property
    def until(self) -> datetime | None:
        """Return its end; where none is known, its start."""
        return self.ends_at or self.starts_at

    @property
    def is_work(self) -> bool:
        """Tell whether somebody has to be there."""
        return self.type is not CallType.day_off


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which somebody cannot work, or has asked not to."""

    days: Period
    is_accepted: bool = True


@dataclass(frozen=True, slots=True)
class Diary:
    """One person's calls, and the days they cannot work."""

    person_id: int
    name: str
    presences: tuple[Presence, ...]
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True)
class HoursRules:
    """How much rest and how long a day the rules in force give, and which rules they are."""

    rest: timedelta | None
    span: timedelta | None
    name: str


RulesOn = Callable[[date], HoursRules | None]
Distance = Callable[[int, int], int | None]
"""Minutes between two venues; None where nobody has said."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that would solve a conflict: which call, which field, and what to put there."""

    call_id: int
    title: str
    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One person's conflict, in words that hold for everybody whom it meets alike."""

    kind: ConflictKind
    calls: tuple[int, ...]
    day: date
    when: str
    fact: str
    way_out: str = ""
    amount: str = ""
    fix: Fix | None = None

    @property
    def key(self) -> str:
        """Name the conflict: another hour, call or rule makes another one."""
        said = "|".join([self.kind, *map(str, self.calls), self.when, self.amount, self.fact])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def weight(self) -> Weight:
        """Return what it asks of whoever publishes."""
        return WEIGHTS.get(self.kind, Weight.reason)


@dataclass(frozen=True, slots=True)
class SharedConflict:
    """A conflict with everybody it meets; they need one reason together."""

    conflict: Conflict
    people: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name the conflict."""
        return self.conflict.key

    @property
    def weight(self) -> Weight:
        """Return what it asks of whoever publishes."""
        return self.conflict.weight


def gather(found: Iterable[tuple[Diary, Conflict]]) -> list[SharedConflict]:
    """Put together whom each conflict meets, what must be solved first, then by day."""
    together: dict[str, tuple[Conflict, list[Diary]]] = {}
    for diary, conflict in found:
        together.setdefault(conflict.key, (conflict, []))[1].append(diary)
    shared = [
        SharedConflict(conflict, tuple(d.person_id for d in met), tuple(d.name for d in met))
        for conflict, met in together.values()
    ]
    order = list(Weight)
    return sorted(shared, key=lambda one: (order.index(one.weight), one.conflict.day, one.key))
