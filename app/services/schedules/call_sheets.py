"""The call sheet of a production and day, from what was published: for staff whole, for an artist hers.

An artist's sheet has the calls she is called to and those that everybody is called to: the database
shows her no others. An hour that is not announced stands on nobody's sheet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.call_notices import announced
from app.domain.local_time import format_instant, offset_label
from app.domain.periods import format_day
from app.domain.schedule_words import name_call, say_hours, say_where
from app.domain.schedules import CallStatus
from app.models.organisations import Organisation
from app.models.productions import Production, Venue
from app.models.schedules import Call, ScheduleVersion
from app.services.schedules.facts import Engaged, engaged_for, shown_facts
from app.services.schedules.plan import newest


@dataclass(frozen=True, slots=True)
class SheetCall:
    """One line of a call sheet."""

    title: str
    hours: str
    place: str
    called: str
    note: str
    is_cancelled: bool
    reason: str


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """A house of the day: where it is, and how to get in."""

    name: str
    address: str
    way_in: str


@dataclass(frozen=True, slots=True)
class CallSheet:
    """Everything a call sheet says, in words."""

    company: str
    contact: str
    production: str
    day: date
    zone: str
    """Which clock the hours are of; empty where each call names its own."""
    stamp: str
    calls: tuple[SheetCall, ...]
    places: tuple[SheetPlace, ...]
    published_at: datetime | None

    @property
    def title(self) -> str:
        """Return the heading: Giselle, Thu 19 Nov 2026."""
        return f"{self.production}, {format_day(self.day)} {self.day.year}"


def call_sheet(session: Session, production: Production, day: date) -> CallSheet:
    """Return the call sheet of a day, as far as whoever looks may see it."""
    company = session.get_one(Organisation, production.organisation_id)
    version = newest(session, production.id)
    found = _calls(session, production, day)
    zones = list(dict.fromkeys(_zone(facts) for facts, _ in found if facts.get("zone")))
    single = zones[0] if len(zones) == 1 else ""
    return CallSheet(
        company=company.name,
        contact=" ".join(part for part in (company.contact_name, company.contact_phone) if part),
        production=str(production),
        day=day,
        zone=single,
        stamp=_stamp(version, next((f["zone"] for f, _ in found if f.get("zone")), company.zone)),
        calls=tuple(_line(facts, called, is_zoned=not single) for facts, called in found),
        places=_places(session, [facts for facts, _ in found]),
        published_at=None if version is None else version.published_at,
    )


def _calls(session: Session, production: Production, day: date) -> list[tuple[dict[str, Any], str]]:
    """Return what was published of the day's calls, each with who is called, in its order."""
    shown = shown_facts(session, [production.id])
    of_day = {key: facts for key, facts in shown.items() if facts["day_of"] == day.isoformat()}
    everybody = dict(
        session.execute(select(Call.id, Call.is_for_everyone).where(Call.id.in_(of_day))).all()
    )
    engaged = engaged_for(session, [production.id])[production.id]
    found = []
    for key, facts in of_day.items():
        called = "Everybody" if everybody.get(key) else _names(engaged, facts["called"])
        if called:
            found.append((announced(facts), called))
    return sorted(found, key=lambda one: (not one[0]["starts_at"], one[0]["starts_at"] or ""))


def _names(engaged: Sequence[Engaged], called: Sequence[int]) -> str:
    """Return the names of the called that may be seen: an artist sees no colleague's engagement."""
    return ", ".join(dict.fromkeys(str(one.person) for one in engaged if one.id in called))


def _line(facts: Mapping[str, Any], called: str, *, is_zoned: bool) -> SheetCall:
    hours = say_hours(facts)
    return SheetCall(
        title=name_call(facts),
        hours=hours if is_zoned else hours.partition(",")[0],
        place=say_where(facts),
        called=called,
        note=facts["note"],
        is_cancelled=facts["status"] == CallStatus.cancelled,
        reason=facts["cancelled_reason"],
    )


def _zone(facts: Mapping[str, Any]) -> str:
    """Return the zone with its offset at the hour of the call, or at the noon of its day."""
    at = facts.get("starts_at") or f"{facts['day_of']}T12:00:00+00:00"
    return offset_label(facts["zone"], datetime.fromisoformat(at))


def _stamp(version: ScheduleVersion | None, zone: str) -> str:
    if version is None:
        return "Nothing is published yet."
    return f"Version {version.number}, published {format_instant(version.published_at, zone)}"


def _places(session: Session, calls: Sequence[Mapping[str, Any]]) -> tuple[SheetPlace, ...]:
    going = [facts for facts in calls if facts["status"] != CallStatus.cancelled]
    keys = {facts["venue_id"] for facts in going if facts.get("venue_id")}
    venues = session.scalars(select(Venue).where(Venue.id.in_(keys)).order_by(Venue.folded))
    return tuple(
        SheetPlace(
            name=", ".join(part for part in (venue.name, venue.city) if part),
            address=venue.address,
            way_in=venue.map_text,
        )
        for venue in venues
    )
