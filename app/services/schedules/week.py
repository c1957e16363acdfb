"""A week of people and calls as staff plan it: the working copy beside what was last published."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from app.domain.conflicts import Conflict
from app.domain.errors import Refused
from app.domain.local_time import offset_label
from app.domain.names import fold
from app.domain.schedule_versions import diff_versions
from app.domain.schedules import CallStatus, CallType
from app.models.engagements import RoleAssignment
from app.models.productions import Production, Venue
from app.models.schedules import Call, CallSnapshot, ScheduleVersion
from app.services.schedules.checks import Checked, check
from app.services.schedules.facts import (
    Engaged,
    called_to,
    calls_of,
    engaged_for,
    facts_of,
    shown_facts,
    zone_of,
)
from app.services.schedules.week_shapes import EVERYBODY, Week, WeekCall, WeekDay, WeekPerson


def read_week(
    session: Session,
    first: date,
    *,
    production_id: int | None = None,
    venue_id: int | None = None,
    words: str = "",
) -> Week:
    """Return the week that begins on ``first``, of one production and venue or of all."""
    conditions: list[Any] = [Call.day_of.between(first, first + timedelta(days=6))]
    if production_id is not None:
        conditions.append(Call.production_id == production_id)
    if venue_id is not None:
        conditions.append(Call.venue_id == venue_id)
    calls = calls_of(session, *conditions)
    ids = sorted(
        {call.production_id for call in calls} | ({production_id} if production_id else set())
    )
    engaged = engaged_for(session, ids) if ids else {}
    shown = shown_facts(session, ids) if calls else {}
    lines = [_line(call, engaged[call.production_id], shown) for call in calls]
    lines = [line for line in lines if line.was_shown or not line.is_cancelled]
    changed: dict[int, int] = {}
    for line in lines:
        if line.is_new:
            key = line.call.production_id
            changed[key] = changed.get(key, 0) + 1
    days = _days(first, lines)
    checked = check(session, [line.call for line in lines])
    people = _people(session, days, [one for key in ids for one in engaged[key]], checked)
    return Week(first, days, _matching(people, words), changed, checked, bool(words.strip()))


def unpublished() -> Any:
    """Return the condition under which a call says something that no version says yet."""
    published = (
        select(func.max(ScheduleVersion.published_at))
        .join(CallSnapshot, CallSnapshot.schedule_version_id == ScheduleVersion.id)
        .where(CallSnapshot.call_id == Call.id)
        .scalar_subquery()
    )
    was_shown = exists().where(CallSnapshot.call_id == Call.id)
    return (Call.status == CallStatus.draft) | and_(was_shown, Call.updated_at > published)


def scheduled_venues(session: Session) -> list[Venue]:
    """Return the venues that are not put away, for choosing one."""
    return list(
        session.scalars(select(Venue).where(Venue.archived_at.is_(None)).order_by(Venue.folded))
    )


def scheduled_productions(session: Session) -> list[Production]:
    """Return the productions that are not put away, for choosing one."""
    return list(
        session.scalars(
            select(Production).where(Production.archived_at.is_(None)).order_by(Production.folded)
        )
    )


def _line(call: Call, engaged: Sequence[Engaged], shown: dict[int, dict[str, Any]]) -> WeekCall:
    called = called_to(call, engaged)
    was = shown.get(call.id)
    try:
        will = facts_of(call, called)
    except Refused:
        # Hours that its place's clock does not know: shown as typed, and named when published.
        will = {"status": call.status.value, "called": sorted(called), "day_of": ""}
    found = diff_versions({call.id: was} if was else {}, {call.id: will})
    change = found[0] if found else None
    zone = zone_of(call) or ""
    offset = ""
    if zone:
        noon = datetime.combine(call.day_of, time(12), ZoneInfo(zone))
        offset = offset_label(zone, call.starts_at or noon)
    return WeekCall(call, frozenset(called), change, was is not None, zone, offset)


def _days(first: date, lines: Iterable[WeekCall]) -> list[WeekDay]:
    days = [WeekDay(first + timedelta(days=n)) for n in range(7)]
    for line in lines:
        days[(line.call.day_of - first).days].calls.append(line)
    for day in days:
        day.calls.sort(key=lambda each: (each.call.local_start is None, _clock(each.call)))
        day.label = _label(day)
    return days


def _clock(call: Call) -> tuple[int, time]:
    return (call.start_day_offset or 0, call.local_start or time())


def _label(day: WeekDay) -> str:
    going = [each.call.type for each in day.calls if not each.is_cancelled]
    shows = going.count(CallType.performance)
    if shows:
        return "Show" if shows == 1 else f"{shows} shows"
    told = (CallType.dress, CallType.tech, CallType.bump_in, CallType.bump_out, CallType.travel)
    found = next((one for one in (*told, CallType.day_off) if one in going), None)
    if found is not None:
        return found.value.replace("_", " ").capitalize()
    return f"{len(going)} call{'s' if len(going) != 1 else ''}" if going else "No calls"


def _people(
    session: Session, days: Sequence[WeekDay], engaged: Sequence[Engaged], checked: Checked
) -> list[WeekPerson]:
    called = {key for day in days for each in day.calls for key in each.called}
    running = [one for one in engaged if one.id in called or any(one.is_on(day.on) for day in days)]
    roles = _roles(session, [one.id for one in running])
    people: dict[int, list[Engaged]] = {}
    for one in running:
        people.setdefault(one.person.id, []).append(one)
    return [
        WeekPerson(
            ones[0].person.name,
            "; ".join(filter(None, (roles.get(one.id, "") for one in ones))),
            [
                [each for each in day.calls if each.called & {one.id for one in ones}]
                for day in days
            ],
            [checked.about(ones[0].person.id, day.on) for day in days],
        )
        for ones in sorted(people.values(), key=lambda ones: str(ones[0].person.folded))
    ]


def _roles(session: Session, ids: Sequence[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = session.execute(
        select(RoleAssignment.engagement_id, func.string_agg(RoleAssignment.role, "; "))
        .where(RoleAssignment.engagement_id.in_(ids))
        .group_by(RoleAssignment.engagement_id)
    )
    return {row[0]: row[1] for row in rows}


def _matching(people: list[WeekPerson], words: str) -> list[WeekPerson]:
    asked = fold(words).split()
    if not asked:
        return _gathered(people)
    return [one for one in people if all(word in _text(one) for word in asked)]


def _text(one: WeekPerson) -> str:
    titles = " ".join(each.title for day in one.days for each in day)
    return fold(f"{one.name} {one.roles} {titles}")


def _gathered(people: list[WeekPerson]) -> list[WeekPerson]:
    """Say once what everybody is called to; a person has a line for what is theirs alone."""
    together = [
        list(
            {
                each.call.id: each for person in people for each in person.days[n] if _all(each)
            }.values()
        )
        for n in range(7)
    ]
    if not any(together):
        return people
    shared = {each.call.id for day in together for each in day}
    everybody = WeekPerson(
        EVERYBODY,
        f"{len(people)} people; find one to see their whole week",
        together,
        [_met_by_all(people, n, shared) for n in range(7)],
    )
    own = [_own(person, shared) for person in people]
    return [everybody, *(person for person in own if any(person.days) or any(person.conflicts))]


def _own(person: WeekPerson, shared: set[int]) -> WeekPerson:
    """Return the line of what is one person's alone."""
    return WeekPerson(
        person.name,
        person.roles,
        [[each for each in day if not _all(each)] for day in person.days],
        [[one for one in day if not shared >= set(one.calls)] for day in person.conflicts],
    )


def _met_by_all(people: list[WeekPerson], day: int, shared: set[int]) -> list[Conflict]:
    """Return the conflicts between calls to which everybody is called."""
    found = {one.key: one for person in people for one in person.conflicts[day]}
    return [one for one in found.values() if shared >= set(one.calls)]


def _all(each: WeekCall) -> bool:
    return each.call.is_for_everyone
