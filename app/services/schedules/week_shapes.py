"""What a week of people and calls is made of, as the page writes it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from app.domain.conflict_words import say_short
from app.domain.conflicts import Conflict, SharedConflict, Weight
from app.domain.local_time import format_time
from app.domain.schedule_versions import CallChange
from app.domain.schedules import CallStatus, CallType, TimeKind
from app.models.schedules import Call
from app.services.schedules.checks import Checked

SHOWS = frozenset({CallType.performance})


@dataclass(slots=True)
class WeekCall:
    """One call as the week writes it."""

    call: Call
    called: frozenset[int]
    change: CallChange | None
    was_shown: bool
    zone: str
    offset: str

    @property
    def title(self) -> str:
        """Return what it is called."""
        name = str(self.call)
        return name[:1].upper() + name[1:]

    @property
    def hour(self) -> str:
        """Return when it starts, at the clock of its place."""
        call = self.call
        if call.time_kind is TimeKind.tbc or call.local_start is None:
            return "TBC"
        said = format_time(call.local_start)
        return f"~{said}" if call.time_kind is TimeKind.about else said

    @property
    def until(self) -> str:
        """Return when it ends."""
        return "" if self.call.local_end is None else format_time(self.call.local_end)

    @property
    def place(self) -> str:
        """Return where it is."""
        return ", ".join(str(one) for one in (self.call.space, self.call.venue) if one is not None)

    @property
    def is_show(self) -> bool:
        """Tell whether the public is there."""
        return self.call.type in SHOWS

    @property
    def is_cancelled(self) -> bool:
        """Tell whether it is called off."""
        return self.call.status is CallStatus.cancelled

    @property
    def is_new(self) -> bool:
        """Tell whether people do not know of it yet as it stands."""
        return self.change is not None


EVERYBODY = "Everybody engaged"
"""The line of those calls to which all of a production are called."""


@dataclass(slots=True)
class WeekDay:
    """One day of the week."""

    on: date
    label: str = ""
    calls: list[WeekCall] = field(default_factory=list)

    @property
    def zones(self) -> list[str]:
        """Return the places whose time the day is in, with their offsets."""
        return sorted({each.offset for each in self.calls if each.offset})


@dataclass(slots=True)
class WeekPerson:
    """One person's line: what they are, and their calls day by day."""

    name: str
    roles: str
    days: list[list[WeekCall]]
    conflicts: list[list[Conflict]] = field(default_factory=lambda: [[] for _ in range(7)])
    """What stands against each of the days."""

    @property
    def cells(self) -> list["WeekCell"]:
        """Return the seven days as the page draws them."""
        return [
            WeekCell(calls, found) for calls, found in zip(self.days, self.conflicts, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class WeekCell:
    """One person's day."""

    calls: list[WeekCall]
    conflicts: list[Conflict]

    @property
    def role(self) -> str:
        """Return how loud the day is: bad where something must be solved, care where it needs a reason."""
        weights = {one.weight for one in self.conflicts}
        if Weight.blocks in weights:
            return "bad"
        return "care" if Weight.reason in weights else ""

    @property
    def why(self) -> list[str]:
        """Return what stands against the day, in a few words each."""
        return list(
            dict.fromkeys(say_short(one) for one in self.conflicts if one.weight is not Weight.note)
        )


@dataclass(slots=True)
class Week:
    """A week of people and calls."""

    first: date
    days: list[WeekDay]
    people: list[WeekPerson]
    changed: dict[int, int]
    """How many calls of each production's week differ from what was published."""
    checked: Checked = field(default_factory=Checked)
    is_narrowed: bool = False
    """Whether people were looked for, so that only their calls are listed."""

    @property
    def last(self) -> date:
        """Return the Sunday."""
        return self.first + timedelta(days=6)

    @property
    def calls(self) -> list[WeekCall]:
        """Return the calls of all days."""
        return [call for day in self.days for call in day.calls]

    @property
    def listed(self) -> list[WeekCall]:
        """Return the calls to list: all of them, or those of the people who were looked for."""
        theirs = {c.call.id for one in self.people for day in one.days for c in day}
        return [c for c in self.calls if c.call.id in theirs] if self.is_narrowed else self.calls

    @property
    def conflicts(self) -> list[SharedConflict]:
        """Return what stands against the week and weighs something."""
        return [one for one in self.checked.conflicts if one.weight is not Weight.note]

    @property
    def zones(self) -> list[str]:
        """Return the places whose time the week is in."""
        return sorted({zone for day in self.days for zone in day.zones})
