"""What waits of the season: calls nobody was told of, people who have not confirmed, clashes, dates away."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.domain.people import AvailabilityStatus
from app.domain.schedules import CallStatus, CallType
from app.domain.waiting import NAMED, Topic
from app.models.call_notices import CallNotice
from app.models.engagements import Engagement
from app.models.people import Availability, Person
from app.models.productions import Production
from app.models.schedules import Call, CallAssignment
from app.services.dashboard.asking import Asked, Asker, Question, first_names, one_name, told
from app.services.schedules.facts import NOT_COMING
from app.services.schedules.week import unpublished

AHEAD: Final = timedelta(days=14)
SOON: Final = timedelta(days=3)


def _unpublished(asker: Asker) -> Asked:
    return (
        told(
            Topic.call_unpublished, key=Production.id, number=func.count(), day=func.min(Call.day_of),
            since=func.min(Call.updated_at), words=Production.title,
        )
        .select_from(Production)
        .join(Call, Call.production_id == Production.id)
        .where(unpublished(), Call.day_of >= asker.today)
        .group_by(Production.id)
    )  # fmt: skip


def _unseen(asker: Asker) -> Asked:
    """Ask for the calls of the next days that somebody has not confirmed, the next call first.

    Whoever was told by another version is missing on that one's page: it is a line of its own.
    """
    first = func.min(CallNotice.known_by)
    return (
        told(
            Topic.call_unseen, key=CallNotice.schedule_version_id, number=func.count(), day=Call.day_of, since=first,
            names=first_names(Person.name, Person.folded),
            words=case((Call.title != "", Call.title), else_=func.replace(Call.type, "_", " "))
            + " of " + Production.title,
        )
        .select_from(CallNotice)
        .join(CallNotice.call)
        .join(Production, Production.id == Call.production_id)
        .join(Person, Person.id == CallNotice.person_id)
        .where(
            CallNotice.is_newest, CallNotice.confirmed_at.is_(None), CallNotice.phoned_at.is_(None),
            CallNotice.known_by > asker.now, CallNotice.known_by < asker.now + SOON,
        )
        .group_by(CallNotice.schedule_version_id, Call.id, Production.id)
        .order_by(first, Call.id, CallNotice.schedule_version_id)
        .limit(NAMED)
    )  # fmt: skip


def _clashes(asker: Asker) -> Asked:
    """Ask who is called in two places at one time, as the calls stand now.

    Calls that clash are found first, since they are few; then who is called to both. In this order,
    which MATERIALIZED keeps, it is quick whatever the database knows of its tables: in a new house, nothing.
    """
    called = _called(asker).cte("called").prefix_with("MATERIALIZED", dialect="postgresql")
    clashes = (
        _clashing_calls(called).cte("clashes").prefix_with("MATERIALIZED", dialect="postgresql")
    )
    first = (
        select(called, clashes.c.other_id)
        .join(clashes, clashes.c.one_id == called.c.call_id)
        .cte("first_called")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    other = aliased(called, name="other")
    both = and_(other.c.call_id == first.c.other_id, other.c.person_id == first.c.person_id)
    found = (
        select(
            first.c.person_id, first.c.day_of, first.c.production_id,
            func.count().label("number"), func.min(first.c.starts_at).label("since"),
        )
        .join(other, both)
        .group_by(first.c.person_id, first.c.day_of, first.c.production_id)
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )  # fmt: skip
    return (
        told(
            Topic.call_clash, key=found.c.production_id, number=found.c.number, day=found.c.day_of,
            names=one_name(Person.name), since=found.c.since,
        )
        .select_from(found)
        .join(Person, Person.id == found.c.person_id)
        .order_by(found.c.day_of, Person.id)
        .limit(NAMED)
    )  # fmt: skip


def _clashing_calls(called: Any) -> Asked:
    """Ask which two calls, of those anybody is called to, overlap at different venues."""
    columns = ("call_id", "venue_id", "starts_at", "ends_at")
    calls = select(*(called.c[name] for name in columns)).distinct().cte("calls")
    one, other = aliased(calls, name="one"), aliased(calls, name="other_call")
    overlap = and_(
        one.c.call_id < other.c.call_id,
        one.c.venue_id != other.c.venue_id,
        one.c.starts_at < other.c.ends_at,
        other.c.starts_at < one.c.ends_at,
    )
    return select(one.c.call_id.label("one_id"), other.c.call_id.label("other_id")).join(
        other, overlap
    )


def _called(asker: Asker) -> Asked:
    by_name = select(CallAssignment.id).where(
        CallAssignment.call_id == Call.id, CallAssignment.engagement_id == Engagement.id
    )
    with_all = and_(
        Call.is_for_everyone, Call.day_of.between(Engagement.starts_on, Engagement.ends_on)
    )
    return (
        select(
            Call.id.label("call_id"), Call.production_id, Call.day_of, Call.venue_id, Call.starts_at,
            func.coalesce(Call.ends_at, Call.starts_at).label("ends_at"), Engagement.person_id,
        )
        .join(Engagement, Engagement.production_id == Call.production_id)
        .where(
            Call.day_of.between(asker.today, asker.today + AHEAD), Call.starts_at.is_not(None),
            Call.status != CallStatus.cancelled, Call.type != CallType.day_off,
            Engagement.status.not_in(NOT_COMING), Engagement.archived_at.is_(None),
            or_(with_all, by_name.exists()),
        )
    )  # fmt: skip


def _availability(_asker: Asker) -> Asked:
    return (
        told(
            Topic.availability, number=func.count(), key=func.min(Availability.person_id),
            day=func.min(Availability.starts_on), since=func.min(Availability.created_at),
            names=first_names(Person.name, Availability.starts_on),
        )
        .select_from(Availability)
        .join(Availability.person)
        .where(Availability.status == AvailabilityStatus.proposed)
        .having(func.count() > 0)
    )  # fmt: skip


QUESTIONS: Final[dict[Topic, Question]] = {
    Topic.call_unpublished: _unpublished,
    Topic.call_unseen: _unseen,
    Topic.call_clash: _clashes,
    Topic.availability: _availability,
}
