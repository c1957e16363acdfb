"""How a call is said in a letter or a list: when it is, at the clock of its place, and where."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from app.domain.local_time import format_time, offset_label
from app.domain.periods import format_day
from app.domain.schedule_versions import CallChange, Facts
from app.domain.schedules import CallType, ChangeKind, TimeKind

KINDS: Final = {
    ChangeKind.added: "New",
    ChangeKind.moved: "Moved",
    ChangeKind.place: "Another place",
    ChangeKind.cancelled: "Cancelled",
    ChangeKind.other: "Changed",
}
ASIDE: Final = {
    "title": "Called",
    "note": "Note",
    "type": "Kind",
    "called": "People called",
}


def name_call(facts: Facts) -> str:
    """Return what a call is called: its title, else its kind spelt out."""
    name = str(facts.get("title") or CallType(facts["type"]).value.replace("_", " "))
    return name[:1].upper() + name[1:]


def say_when(facts: Facts) -> str:
    """Write when a call is, in the time of its place: Thu 19 Nov 14:00 to 15:00, Adelaide +10:30."""
    day = format_day(date.fromisoformat(facts["day_of"]))
    return f"{day} {say_hours(facts)}"


def say_hours(facts: Facts) -> str:
    """Write the hours of a call with its zone, or that they are still to come."""
    kind = TimeKind(facts.get("time_kind") or TimeKind.exact)
    if kind is TimeKind.hidden:
        return "time not announced yet"
    start = _clock(facts.get("local_start"), facts.get("start_day_offset"))
    if kind is TimeKind.tbc or not start:
        return "time to be confirmed"
    end = _clock(facts.get("local_end"), facts.get("end_day_offset"))
    about = "about " if kind is TimeKind.about else ""
    until = f" to {end}" if end else ""
    return f"{about}{start}{until}{_zone(facts)}"


def say_where(facts: Facts) -> str:
    """Write where a call is: Stage, Her Majesty's Theatre."""
    return ", ".join(str(facts[name]) for name in ("space", "venue") if facts.get(name))


def say_change(change: CallChange, old: Facts, new: Facts) -> list[tuple[str, str, str]]:
    """Return what a change did, as name, old and new; nothing that stayed as it was."""
    if change.kind is ChangeKind.added:
        return [("When", "", say_when(new)), *_given("Where", "", say_where(new))]
    if change.kind is ChangeKind.cancelled:
        said = [("When", say_when(old), ""), *_given("Where", say_where(old), "")]
        return [*said, *_given("Why", "", str(new.get("cancelled_reason") or ""))]
    pairs = [("When", say_when(old), say_when(new)), ("Where", say_where(old), say_where(new))]
    pairs += [(word, _value(old, name), _value(new, name)) for name, word in ASIDE.items()]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _given(name: str, old: str, new: str) -> list[tuple[str, str, str]]:
    return [(name, old, new)] if old or new else []


def _value(facts: Facts, name: str) -> str:
    value = facts.get(name)
    if isinstance(value, list):
        return str(len(value))
    return str(value or "").replace("_", " ") if name == "type" else str(value or "")


def _clock(text: Any, after_midnight: Any) -> str:
    if not text:
        return ""
    said = format_time(time.fromisoformat(str(text)))
    return f"{said} (after midnight)" if after_midnight else said


def _zone(facts: Mapping[str, Any]) -> str:
    if not facts.get("zone") or not facts.get("starts_at"):
        return ""
    return f", {offset_label(facts['zone'], datetime.fromisoformat(facts['starts_at']))}"


def week_of(day: date) -> date:
    """Return the Monday of the week a day lies in."""
    return day - timedelta(days=day.weekday())
