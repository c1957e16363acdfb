"""Publishing: the working copy becomes version n, and everybody it touches is told once."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db.clock import now
from app.domain.conflict_words import say_conflict
from app.domain.conflicts import SharedConflict
from app.domain.errors import Invalid, Refused
from app.domain.quiet_hours import Urgency, check_urgency
from app.domain.schedule_versions import CallChange
from app.domain.schedule_words import KINDS, name_call, say_change
from app.domain.schedules import CallEvent, CallStatus, ChangeKind
from app.models.messages import Message
from app.models.productions import Production
from app.models.schedules import CallSnapshot, ScheduleException, ScheduleVersion
from app.services import facts
from app.services.messages import addressee, tell
from app.services.schedules.facts import instants_of, zone_of
from app.services.schedules.notices import write_notices
from app.services.schedules.plan import CallFacts, OwnChanges, Plan, plan, without_people


def publish(
    session: Session,
    production: Production,
    first: date,
    last: date,
    *,
    by: str,
    note: str = "",
    is_silent: bool = False,
    digest: str | None = None,
    reasons: Mapping[str, str] | None = None,
    urgency: Urgency | None = Urgency.now,
) -> ScheduleVersion:
    """Publish the days from ``first`` to ``last`` as the next version, and tell whom it concerns.

    ``digest`` names the plan that somebody looked at: if the calls have changed since, nothing is
    published and they look again. ``reasons`` say why a warning is overridden, by its key; and
    ``urgency`` whether those are woken for whom it is night: None where nobody has said.
    """
    # One publication at a time for a production: the second waits here and then sees the first.
    session.scalar(select(Production.id).where(Production.id == production.id).with_for_update())
    made = plan(session, production, first, last)
    given = {key: reason.strip() for key, reason in (reasons or {}).items()}
    _check(made, digest, is_silent=is_silent)
    _check_reasons(made, given)
    if not is_silent:
        check_urgency(made.asleep, urgency)
    version = _begun(session, made, by=by, note=note, is_silent=is_silent)
    version.urgency = urgency if made.asleep and not is_silent else None
    _write(session, version, made)
    _keep_reasons(session, version, made, given)
    session.flush()
    if not is_silent:
        mornings = _mornings(made, urgency)
        for own in made.people:
            _tell(session, version, made, own, not_before=mornings.get(own.person.id))
        write_notices(session, version, made)
    facts.of_publication(session, version, len(made.calls))
    return version


def _begun(session: Session, made: Plan, *, by: str, note: str, is_silent: bool) -> ScheduleVersion:
    version = ScheduleVersion(
        organisation_id=made.production.organisation_id,
        production=made.production,
        number=made.number,
        published_at=now(),
        published_by=by,
        note=note.strip(),
        starts_on=made.first,
        ends_on=made.last,
        is_silent=is_silent,
    )
    session.add(version)
    return version


def _check(made: Plan, digest: str | None, *, is_silent: bool) -> None:
    if made.refusals:
        raise Refused(" ".join(made.refusals))
    if made.blocked:
        raise Refused(" ".join(_must_be_solved(one) for one in made.blocked))
    if not made.is_ready:
        since = f" since version {made.number - 1}" if made.previous else ""
        raise Refused(f"Nothing has changed{since}. There is nothing to publish.")
    if digest is not None and digest != made.digest:
        raise Refused("The calls have changed while you were looking. See below what goes out now.")
    if is_silent and not made.may_be_silent:
        raise Refused(
            "People have been told of this schedule before, so changes are told too.",
            field="is_silent",
        )


def _must_be_solved(one: SharedConflict) -> str:
    return f"{say_conflict(one.conflict, one.names)}. {one.conflict.way_out}"


def _check_reasons(made: Plan, given: Mapping[str, str]) -> None:
    """Refuse while a warning has no reason, beside each that lacks one."""
    wanting = [one for one in made.open_warnings if not given.get(one.key)]
    if wanting:
        raise Invalid(
            {
                reason_field(one.key): f"{say_conflict(one.conflict, one.names)}. "
                "Say why it goes out all the same, or solve it."
                for one in wanting
            }
        )


def reason_field(key: str) -> str:
    """Return the name under which the reason for overriding a warning is given."""
    return f"reason-{key}"


def _keep_reasons(
    session: Session, version: ScheduleVersion, made: Plan, given: Mapping[str, str]
) -> None:
    for one in made.open_warnings:
        session.add(
            ScheduleException(
                organisation_id=version.organisation_id,
                schedule_version=version,
                key=one.key,
                kind=one.conflict.kind,
                said=f"{say_conflict(one.conflict, one.names)}. {one.conflict.fact}",
                people=list(one.people),
                reason=given[one.key],
            )
        )


def _mornings(made: Plan, urgency: Urgency | None) -> dict[int, datetime]:
    """Return until when the letters of those who sleep wait, by person."""
    if urgency is not Urgency.morning:
        return {}
    return {person: one.morning for one in made.asleep for person in one.people}


def _write(session: Session, version: ScheduleVersion, made: Plan) -> None:
    kinds = {change.call_id: _kept(change) for change in made.changes}
    for call in made.calls:
        at = instants_of(call)
        call.zone, call.starts_at, call.ends_at = zone_of(call), at.starts_at, at.ends_at
        if call.status is not CallStatus.cancelled:
            call.advance(CallEvent.publish)
        session.add(
            CallSnapshot(
                organisation_id=version.organisation_id,
                schedule_version=version,
                call=call,
                facts=made.new[call.id],
                change=kinds.get(call.id),
            )
        )


def _kept(change: CallChange) -> dict[str, Any]:
    return {"kind": change.kind.value, "old": change.old, "new": change.new}


def _tell(
    session: Session,
    version: ScheduleVersion,
    made: Plan,
    own: OwnChanges,
    *,
    not_before: datetime | None,
) -> None:
    tell(
        session,
        organisation_id=version.organisation_id,
        event="calls_published",
        # The person stands in the key: two people may share one address.
        key=f"schedule-{version.id}-person-{own.person.id}",
        to=addressee(session, own.person),
        engagement_id=own.engagement_id,
        not_before=not_before,
        may_wake=True,
        production=made.production,
        version=version,
        changes=own_lines(made, own),
        week=min(_day(made, change) for change in own.changes),
    )


def own_lines(made: Plan, own: OwnChanges) -> list[dict[str, Any]]:
    """Return what one person is told, as they read it: nothing of who else is called."""
    return lines(own.changes, *(_private(facts) for facts in (made.heard, made.new)))


def _private(facts: CallFacts) -> CallFacts:
    return {key: without_people(said) for key, said in facts.items()}


def lines(changes: list[CallChange], old: CallFacts, new: CallFacts) -> list[dict[str, Any]]:
    """Return changes as people read them: what happened to which call, old beside new."""
    said = []
    for change in changes:
        was, will = old.get(change.call_id, {}), new.get(change.call_id, {})
        said.append(
            {
                "kind": change.kind,
                "word": KINDS[change.kind],
                "title": name_call(will or was),
                "said": say_change(change, was, will),
            }
        )
    return said


def _day(made: Plan, change: CallChange) -> str:
    known = made.new.get(change.call_id) or made.heard[change.call_id]
    return str(known["day_of"])


def change_of(shot: CallSnapshot) -> CallChange:
    """Return what a version did to a call, as it was kept."""
    kept = shot.change or {}
    return CallChange(shot.call_id, ChangeKind(kept["kind"]), kept["old"], kept["new"])


def versions(session: Session, production_id: int) -> list[ScheduleVersion]:
    """Return the versions of a production's schedule, newest first, with what each changed."""
    return list(
        session.scalars(
            select(ScheduleVersion)
            .where(ScheduleVersion.production_id == production_id)
            .options(
                joinedload(ScheduleVersion.production),
                selectinload(ScheduleVersion.snapshots),
                selectinload(ScheduleVersion.exceptions),
            )
            .order_by(ScheduleVersion.number.desc())
            .limit(50)
        )
    )


def told_count(session: Session, version: ScheduleVersion) -> int:
    """Return how many people were told of a version."""
    from_key = f"schedule-{version.id}-person-"
    return (
        session.scalar(
            select(func.count()).where(Message.key.startswith(from_key, autoescape=True))
        )
        or 0
    )
