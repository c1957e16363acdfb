"""Publishing a schedule: what may go out, and what differs from what people were told (domain.md 3.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.errors import Refused
from app.domain.schedules import CallStatus, ChangeKind

Facts = Mapping[str, Any]
"""What a snapshot says of a call; times as text, as they are kept."""

TIME_FACTS: Final = (
    "day_of",
    "time_kind",
    "local_start",
    "start_day_offset",
    "local_end",
    "end_day_offset",
    "zone",
    "starts_at",
    "ends_at",
)
PLACE_FACTS: Final = ("venue", "venue_id", "space", "space_id")
UNTOLD_FACTS: Final = frozenset({"version", "status"})
"""What may differ without anybody being told; a cancellation is told as one."""


@dataclass(frozen=True, slots=True)
class CallChange:
    """What a new version did to one call, old beside new; both hold only what differs."""

    call_id: int
    kind: ChangeKind
    old: dict[str, Any]
    new: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """What must be known of a call before it is published."""

    title: str
    venue: str | None
    zone: str | None


def diff_versions(old: Mapping[int, Facts], new: Mapping[int, Facts]) -> list[CallChange]:
    """Return what changed call by call, by id: added, cancelled, moved, another place, or other."""
    changes = (
        _change(call_id, old.get(call_id), new.get(call_id)) for call_id in sorted({*old, *new})
    )
    return [change for change in changes if change is not None]


def check_publishable(calls: Iterable[PlannedCall]) -> None:
    """Refuse to publish calls at a place whose zone nobody knows, naming the place and the way out."""
    planned = list(calls)
    if not planned:
        raise Refused("There is no call in these days. Enter one, or choose other days.")
    waiting: dict[str, int] = {}
    for call in planned:
        if call.zone is None:
            place = call.venue or "A call without a venue"
            waiting[place] = waiting.get(place, 0) + 1
    if waiting:
        raise Refused(" ".join(_no_zone(place, count) for place, count in sorted(waiting.items())))


def _change(call_id: int, old: Facts | None, new: Facts | None) -> CallChange | None:
    was, will = _is_on(old), _is_on(new)
    if not was and not will:
        return None
    if not was:
        return CallChange(call_id, ChangeKind.added, {}, dict(new or {}))
    if not will:
        return CallChange(call_id, ChangeKind.cancelled, dict(old or {}), dict(new or {}))
    return _difference(call_id, old or {}, new or {})


def _difference(call_id: int, old: Facts, new: Facts) -> CallChange | None:
    fields = [
        field for field in sorted({*old, *new} - UNTOLD_FACTS) if old.get(field) != new.get(field)
    ]
    if not fields:
        return None
    before = {field: old.get(field) for field in fields}
    after = {field: new.get(field) for field in fields}
    return CallChange(call_id, _kind(fields), before, after)


def _kind(fields: list[str]) -> ChangeKind:
    if any(field in TIME_FACTS for field in fields):
        return ChangeKind.moved
    if any(field in PLACE_FACTS for field in fields):
        return ChangeKind.place
    return ChangeKind.other


def _is_on(facts: Facts | None) -> bool:
    return facts is not None and facts.get("status") != CallStatus.cancelled


def _no_zone(place: str, count: int) -> str:
    calls = "its call" if count == 1 else f"its {count} calls"
    return (
        f"{place} has no time zone, so {calls} cannot be published. Open the venue and choose one."
    )
