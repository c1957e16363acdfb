"""Where the people are who are about to be told something, and for whom it is night there."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.local_time import is_zone
from app.domain.quiet_hours import Asleep, Sleeper, find_sleepers
from app.domain.schedules import CallStatus, CallType
from app.models.engagements import Engagement
from app.models.people import ArtistProfile
from app.models.schedules import Call
from app.services.schedules.facts import called_to, calls_of, engaged_for
from app.services.schedules.hours_rules import rulebook

NEAR: Final = timedelta(hours=36)
"""A call within this time says where somebody is; else they are at their home base."""

USUAL_SHOW: Final = timedelta(hours=3)
"""How long a performance without an end is taken to last."""


def find_asleep(session: Session, organisation_id: int, told: Mapping[int, int]) -> list[Asleep]:
    """Return for whom of those told it is night now, or who are on stage.

    ``told`` are the people with the engagement under which they are told.
    """
    if not told:
        return []
    at = now()
    rules = rulebook(session, organisation_id)
    homes = _homes(session, told)
    near = _near(session, at)
    sleepers = []
    for person in told:
        calls = near.get(person, [])
        nearest = min(calls, key=lambda call: abs(_start(call) - at), default=None)
        zone = (nearest.zone if nearest else "") or homes.get(person) or rules.zone
        sleepers.append(Sleeper(person, zone, any(_is_on_stage(call, at) for call in calls)))
    return find_sleepers(sleepers, at, rules.night(at.date()))


def _homes(session: Session, told: Mapping[int, int]) -> dict[int, str]:
    """Return where people are at home: as their engagement says, else as they say themselves."""
    own = session.execute(
        select(ArtistProfile.person_id, ArtistProfile.home_zone).where(
            ArtistProfile.person_id.in_(sorted(told))
        )
    )
    engaged = session.execute(
        select(Engagement.person_id, Engagement.home_zone).where(
            Engagement.id.in_(sorted(told.values()))
        )
    )
    return {row.person_id: row.home_zone for row in (*own, *engaged) if is_zone(row.home_zone)}


def _near(session: Session, at: datetime) -> dict[int, list[Call]]:
    """Return the published calls around now, by person."""
    calls = calls_of(
        session,
        Call.starts_at.between(at - NEAR, at + NEAR),
        Call.status == CallStatus.published,
        Call.zone.is_not(None),
        Call.type != CallType.day_off,
    )
    engaged = engaged_for(session, sorted({call.production_id for call in calls})) if calls else {}
    found: dict[int, list[Call]] = {}
    for call in calls:
        ones = {one.id: one for one in engaged[call.production_id]}
        for key in called_to(call, ones.values()):
            found.setdefault(ones[key].person.id, []).append(call)
    return found


def _start(call: Call) -> datetime:
    if call.starts_at is None:
        raise LookupError("A call near now has a start.")
    return call.starts_at


def _is_on_stage(call: Call, at: datetime) -> bool:
    if call.type is not CallType.performance:
        return False
    starts = _start(call)
    return starts <= at <= (call.ends_at or starts + USUAL_SHOW)
