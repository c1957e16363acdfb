"""The calls of the tour: planned city by city, published, and changed once at short notice."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.cli.demo.hiring import Hired
from app.cli.demo.tour import STOPS
from app.domain.schedules import CallType, TimeKind
from app.models import Call, Engagement, Production, Space, Venue, VenueDistance
from app.services.schedules.entering import cancel, enter, revise
from app.services.schedules.publishing import publish

Hours = tuple[str, str]
MONDAY = 0
STUDIOS = "Thomas Dixon Studios"


def call_everybody(
    session: Session,
    productions: dict[str, Production],
    venues: dict[str, Venue],
    hired: Hired,
    today: date,
) -> None:
    """Plan and publish the tour; then move one call and cancel another, and say so to those called."""
    tour, by_name = productions["GIS"], {e.person.name: e for e in hired["GIS"]}
    heroine = by_name["Noémie Lefèvre"]
    spacing, fitting = _tour(session, tour, venues, heroine, today)
    _studio(session, productions["NUT"], venues[STUDIOS], hired["NUT"], today)
    first, last = today + timedelta(days=-14), today + timedelta(days=24)
    publish(session, tour, first, last, by="Imogen Tāmihana", note="The whole tour", is_silent=True)
    spacing.local_start = time(13, 30)
    revise(session, spacing)
    cancel(session, fitting, "The costume is still on its way from Brisbane.")
    session.flush()
    note = "The orchestra needs the stage from 15:00."
    publish(session, tour, today, today + timedelta(days=6), by="Imogen Tāmihana", note=note)
    _not_published_yet(session, tour, venues, heroine, today)


def _not_published_yet(
    session: Session, tour: Production, venues: dict[str, Venue], heroine: Engagement, today: date
) -> None:
    """Plan what the checks warn of, in a week to come: two calls at once, and a short night."""
    _, place, first, _ = STOPS[4]
    day = today + timedelta(days=first)
    if day.weekday() == MONDAY:
        day += timedelta(days=1)
    venue, called = venues[place], [heroine]
    session.add(
        VenueDistance(
            organisation_id=tour.organisation_id,
            from_venue=venues[STUDIOS],
            to_venue=venues[STOPS[0][1]],
            minutes=12,
        )
    )
    for kind, title, hours in (
        (CallType.media, "Television interview", ("14:30", "15:00")),
        (CallType.meeting, "Notes", ("22:00", "22:15")),
    ):
        _enter(session, tour, venue, day, kind, title, hours, called=called, space="Studio 1")


def _tour(
    session: Session, tour: Production, venues: dict[str, Venue], heroine: Engagement, today: date
) -> tuple[Call, Call]:
    spacing: Call | None = None
    for _, place, first, last in STOPS:
        venue = venues[place]
        for day in _days(today, first, last):
            if day.weekday() == MONDAY and day != today:
                _enter(session, tour, venue, day, CallType.day_off, "Day off", None)
                continue
            made = list(_touring_day(session, tour, venue, day))
            spacing = made[1] if spacing is None and day >= today else spacing
    fitting = _enter(
        session, tour, venues[STOPS[2][1]], today, CallType.fitting, "Fitting, Act II",
        ("11:30", "12:15"), called=[heroine], space="Wardrobe",
    )  # fmt: skip
    if spacing is None:
        raise LookupError("The tour has no day left to change.")
    return spacing, fitting


def _touring_day(session: Session, tour: Production, venue: Venue, day: date) -> Iterator[Call]:
    for kind, title, hours in (
        (CallType.company_class, "Company class", ("10:00", "11:15")),
        (CallType.placing_call, "Spacing call", ("14:00", "15:00")),
        (CallType.stage_call, "The half", ("18:55", "")),
        (CallType.performance, "Giselle", ("19:30", "21:45")),
    ):
        yield _enter(session, tour, venue, day, kind, title, hours)


def _studio(
    session: Session, production: Production, venue: Venue, hired: list[Engagement], today: date
) -> None:
    # Those who dance in both come to the studio when the tour is over.
    for day in _days(today, STOPS[-1][3] + 2, STOPS[-1][3] + 5):
        called = [e for e in hired if e.starts_on <= day <= e.ends_on][:12]
        _enter(
            session, production, venue, day, CallType.rehearsal, "Snow scene", ("12:00", "14:30"),
            called=called, space="Studio 2",
        )  # fmt: skip


def _days(today: date, first: int, last: int) -> Iterator[date]:
    yield from (today + timedelta(days=shift) for shift in range(first, last + 1))


def _enter(
    session: Session,
    production: Production,
    venue: Venue,
    day: date,
    kind: CallType,
    title: str,
    hours: Hours | None,
    *,
    called: list[Engagement] | None = None,
    space: str = "Stage",
) -> Call:
    start, end = hours or ("", "")
    call = Call(
        organisation_id=production.organisation_id,
        production=production,
        venue=venue,
        space=_space(venue, space),
        type=kind,
        title=title,
        day_of=day,
        time_kind=TimeKind.exact if hours else TimeKind.tbc,
        local_start=_clock(start),
        local_end=_clock(end),
        start_day_offset=0,
        end_day_offset=0,
        starts_fold=0,
        is_for_everyone=called is None,
        **_people(called),
    )
    session.add(call)
    enter(session, call)
    session.flush()
    return call


def _people(called: list[Engagement] | None) -> dict[str, Any]:
    return {} if called is None else {"called": called}


def _space(venue: Venue, name: str) -> Space | None:
    return next((space for space in venue.spaces if space.name == name), None)


def _clock(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
