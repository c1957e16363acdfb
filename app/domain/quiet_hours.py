"""Who sleeps when something is published, and whether it wakes them (domain.md S3, G4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum, auto
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.errors import Refused
from app.domain.local_time import offset_label, resolve_local


class Urgency(StrEnum):
    """When people are told of what is published in their night."""

    now = auto()
    morning = auto()


@dataclass(frozen=True, slots=True)
class Night:
    """From when to when people are left alone, by the clock of the place they are at."""

    begins: time = time(21)
    ends: time = time(7)

    def holds(self, clock: time) -> bool:
        """Tell whether a clock time lies in the night; the night may go over midnight."""
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


USUAL: Final = Night()


@dataclass(frozen=True, slots=True)
class Sleeper:
    """Somebody who is told something, and where they are."""

    person_id: int
    zone: str
    is_on_stage: bool = False


@dataclass(frozen=True, slots=True)
class Asleep:
    """People of one zone for whom it is night, or who are in a performance, as this is published."""

    zone: str
    clock: str
    people: tuple[int, ...]
    on_stage: int
    morning: datetime

    @property
    def said(self) -> str:
        """Say how late it is for how many."""
        count = len(self.people)
        told = "1 person who is told" if count == 1 else f"{count} people who are told"
        if self.on_stage == count:
            return f"{told} {'is' if count == 1 else 'are'} in a performance now, {self.clock}."
        stage = f" {self.on_stage} of them are in a performance." if self.on_stage else ""
        return f"It is {self.clock}, for {told}.{stage}"


def find_sleepers(people: Iterable[Sleeper], now: datetime, night: Night = USUAL) -> list[Asleep]:
    """Return for whom it is night, or show time, by the zone they are in."""
    zones: dict[str, list[Sleeper]] = {}
    for one in people:
        if one.is_on_stage or night.holds(now.astimezone(ZoneInfo(one.zone)).time()):
            zones.setdefault(one.zone, []).append(one)
    return [
        Asleep(
            zone,
            f"{now.astimezone(ZoneInfo(zone)):%H:%M}, {offset_label(zone, now)}",
            tuple(one.person_id for one in ones),
            sum(one.is_on_stage for one in ones),
            next_morning(zone, now, night),
        )
        for zone, ones in sorted(zones.items())
    ]


def next_morning(zone: str, now: datetime, night: Night = USUAL) -> datetime:
    """Return the next instant at which the night ends at a place, by its own clock."""
    here = now.astimezone(ZoneInfo(zone))
    for ahead in range(3):
        day = here.date() + timedelta(days=ahead)
        try:
            ends = resolve_local(zone, day, night.ends, 0)
        except Refused:
            # Clocks jump over that very hour; the next day has it.
            continue
        if ends > now:
            return ends
    return now


def check_urgency(asleep: list[Asleep], answer: Urgency | None, field: str = "urgency") -> None:
    """Ask whether it is urgent, where it is night for somebody and nobody has said."""
    if asleep and answer is None:
        raise Refused(
            f"{' '.join(one.said for one in asleep)} Say whether they are told now or in the morning.",
            field=field,
        )
