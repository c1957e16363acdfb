"""Calls are entered, changed, cancelled and brought back here; people hear of it when it is published."""

from datetime import date

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from app.domain.errors import Invalid, Refused
from app.domain.local_time import check_zone
from app.domain.periods import Period, format_day
from app.domain.schedules import CallEvent, CallStatus, check_title
from app.models.engagements import Engagement
from app.models.people import Person
from app.models.schedules import Call
from app.services import events
from app.services.events import name_of
from app.services.schedules.facts import NOT_COMING, instants_of, zone_of


def enter(session: Session, call: Call) -> None:
    """Take a new call into the working copy; nobody is told yet."""
    _settle(session, call)


def revise(session: Session, call: Call) -> None:
    """Accept a changed call into the working copy; a cancelled one is brought back first."""
    if call.status is CallStatus.cancelled:
        raise Refused("This call is cancelled. Bring it back first, then change it.")
    if inspect(call).attrs.production.history.deleted:
        raise Refused(
            "A call stays with its production. Cancel this one and enter another.",
            field="production",
        )
    _settle(session, call)


def cancel(session: Session, call: Call, reason: str) -> None:
    """Cancel a call: it stays on record, and on the phone it is struck through once published."""
    if not reason.strip():
        raise Refused("Say why, in a few words: people read it on their phone.", field="reason")
    call.advance(CallEvent.cancel)
    call.cancelled_reason = reason.strip()
    events.tell(session, "call.cancelled", call, production=name_of(call.production))


def reinstate(session: Session, call: Call) -> None:
    """Bring a cancelled call back into the working copy."""
    del session
    call.advance(CallEvent.reinstate)
    call.cancelled_reason = ""


def choosable(session: Session, production_id: int) -> list[Engagement]:
    """Return the engagements of a production that may be called, in the order of names."""
    return list(
        session.scalars(
            select(Engagement)
            .join(Engagement.person)
            .where(
                Engagement.production_id == production_id,
                Engagement.status.not_in(NOT_COMING),
                Engagement.archived_at.is_(None),
                Person.archived_at.is_(None),
            )
            .options(contains_eager(Engagement.person), selectinload(Engagement.roles))
            .order_by(Person.folded, Engagement.id)
        )
    )


def _settle(session: Session, call: Call) -> None:
    """Check a call, and work its instants out from local time and zone, which are the truth."""
    with session.no_autoflush:
        call.title = check_title(call.title or "")
        _place(call)
        _people(call)
        at = instants_of(call)
        call.zone = zone_of(call)
    call.starts_at, call.ends_at = at.starts_at, at.ends_at
    call.starts_fold, call.ends_fold = at.fold, at.end_fold


def _place(call: Call) -> None:
    if call.space is not None:
        if call.venue is None:
            call.venue = call.space.venue
        if call.space.venue != call.venue:
            raise Refused(
                f"{call.space} is in {call.space.venue}, not in {call.venue}. Change one of them.",
                field="space",
            )
    if call.venue is None and call.zone:
        call.zone = check_zone(call.zone)


def _people(call: Call) -> None:
    if call.is_for_everyone:
        return
    if not call.called:
        raise Refused(
            "Choose who is called, or call everybody engaged on that day.", field="called"
        )
    away = [one for one in call.called if call.day_of not in Period(one.starts_on, one.ends_on)]
    if away:
        raise Invalid({"called": " ".join(_away(one, call.day_of) for one in away)})


def _away(engagement: Engagement, day: date) -> str:
    return (
        f"{engagement.person} is not engaged on {format_day(day)}, but from "
        f"{format_day(engagement.starts_on)} to {format_day(engagement.ends_on)}."
    )
