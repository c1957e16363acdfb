"""Notices of changed calls: written when a version tells people, and taken note of on the phone.

A notice belongs to one person, one call and one version. A later version that tells the same person
of the same call asks again. What staff do with those that are open: services/schedules/reach.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Date, bindparam, func, select, tuple_, update
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.db.counting import rows_touched
from app.domain.call_notices import announced, days_of, differs, headline, known_by
from app.domain.schedule_versions import CallChange
from app.domain.schedule_words import name_call, say_change, say_hours
from app.domain.schedules import ChangeKind
from app.models.call_notices import CallNotice
from app.models.engagements import Engagement
from app.models.schedules import ScheduleVersion
from app.services.schedules.plan import OwnChanges, Plan

_WHOLE = joinedload(CallNotice.schedule_version).joinedload(ScheduleVersion.production)
_UNCONFIRMED = (
    select(CallNotice)
    .where(
        CallNotice.day_of >= bindparam("since", type_=Date),
        CallNotice.confirmed_at.is_(None),
        CallNotice.phoned_at.is_(None),
    )
    .options(_WHOLE)
    .order_by(CallNotice.call_id, CallNotice.id)
    .limit(1000)
)
_DROPPED = (
    select(CallNotice)
    .where(
        CallNotice.day_of.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
        CallNotice.is_newest,
        CallNotice.kind == ChangeKind.cancelled,
        CallNotice.after == {},
    )
    .options(_WHOLE)
    .order_by(CallNotice.day_of, CallNotice.id)
)


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change that a person has not confirmed: what they knew last, beside what holds now."""

    notice: CallNotice
    kind: ChangeKind
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def headline(self) -> str:
        """Return the change in a few words."""
        return headline(self.kind, self.before, self.after)

    @property
    def name(self) -> str:
        """Return what the call is called."""
        return name_call(self.after or self.before)

    @property
    def said(self) -> list[tuple[str, str, str]]:
        """Return name, old and new of everything that changed; the day only where it is another."""
        change = CallChange(self.notice.call_id, self.kind, self.before, self.after)
        said = say_change(change, self.before, self.after)
        if self.before.get("day_of") != self.after.get("day_of"):
            return said
        hours = (say_hours(self.before), say_hours(self.after))
        if self.kind is ChangeKind.cancelled and hours[0] == hours[1]:
            hours = (hours[0], "")  # Struck through, with nothing in its place.
        return [(name, *hours) if name == "When" else (name, old, new) for name, old, new in said]

    @property
    def is_known_call(self) -> bool:
        """Tell whether the person had this call before: what changes is more urgent than what is new."""
        return self.kind is not ChangeKind.added


def write_notices(session: Session, version: ScheduleVersion, made: Plan) -> None:
    """Ask everybody whom a version tells to take note of each of their changes."""
    own = _engagements(session, made)
    written = [
        notice
        for told in made.people
        for change in told.changes
        if (notice := _notice(version, made, told, change, own.get(told.person.id, set())))
    ]
    if not written:
        return
    pairs = [(notice.call_id, notice.person_id) for notice in written]
    session.execute(
        update(CallNotice)
        .where(
            CallNotice.is_newest,
            tuple_(CallNotice.call_id, CallNotice.person_id).in_(pairs),
        )
        .values(is_newest=False)
        .execution_options(synchronize_session=False)
    )
    session.add_all(written)


def _engagements(session: Session, made: Plan) -> dict[int, set[int]]:
    """Return the engagements of each person who is told."""
    people = [told.person.id for told in made.people]
    rows = session.execute(
        select(Engagement.person_id, Engagement.id).where(
            Engagement.production_id == made.production.id, Engagement.person_id.in_(people)
        )
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row.person_id, set()).add(row.id)
    return found


def _notice(
    version: ScheduleVersion, made: Plan, told: OwnChanges, change: CallChange, own: set[int]
) -> CallNotice | None:
    key = change.call_id
    before = announced(made.heard.get(key, {})) if change.kind is not ChangeKind.added else {}
    after = announced(made.new[key] if change.kind is not ChangeKind.cancelled else change.new)
    shown = made.old.get(key, {})
    if not before and own & set(shown.get("called", ())) and differs(announced(shown), after):
        # Shown on the phone before, but nobody was told: old and new say more than "new".
        before = announced(shown)
    kept = differs(before, after)
    if kept is None:
        return None
    return CallNotice(
        organisation_id=version.organisation_id,
        schedule_version_id=version.id,
        call_id=key,
        person_id=told.person.id,
        kind=kept.kind,
        before=before,
        after=after,
        day_of=days_of(before, after),
        known_by=known_by(before, after),
    )


def open_changes(session: Session, since: date) -> list[OpenChange]:
    """Return what the artist who looks has not confirmed yet, changes before what is new, by day.

    No filter by person stands here: the policies show an artist their own notices only.
    """
    rows = session.scalars(_UNCONFIRMED, {"since": since})
    groups = (list(group) for _, group in groupby(rows, key=lambda notice: notice.call_id))
    found = [_merged(group) for group in groups if group[-1].is_newest]
    return sorted(found, key=lambda one: (not one.is_known_call, one.notice.known_by))


def _merged(notices: Sequence[CallNotice]) -> OpenChange:
    """Set what the person knew last beside what holds now, over versions they have not confirmed."""
    first, last = notices[0], notices[-1]
    whole = differs(first.before, last.after)
    if whole is None:
        return OpenChange(last, last.kind, last.before, last.after)
    return OpenChange(last, whole.kind, first.before, last.after)


def dropped(session: Session, first: date, last: date | None = None) -> list[CallNotice]:
    """Return the notices by which the artist who looks was taken off calls of these days."""
    return list(session.scalars(_DROPPED, {"first": first, "last": last or date.max}))


def mark_seen(session: Session, changes: Iterable[OpenChange]) -> None:
    """Write down that the artist who looks has these changes before their eyes."""
    unseen = [one.notice.id for one in changes if one.notice.seen_at is None]
    if unseen:
        session.execute(
            update(CallNotice)
            .where(CallNotice.id.in_(unseen), CallNotice.seen_at.is_(None))
            .values(seen_at=now())
            .execution_options(synchronize_session=False)
        )


def confirm(session: Session, keys: Iterable[UUID], *, by: str) -> int:
    """Take down that the artist who looks knows of these changes; a repeat changes nothing.

    What earlier versions said of the same calls is confirmed with it. A notice that a later version
    has overtaken confirms nothing: the person has not seen the newest yet.
    """
    pairs = session.execute(
        select(CallNotice.call_id, CallNotice.person_id).where(
            CallNotice.public_id.in_(list(keys)), CallNotice.is_newest
        )
    )
    theirs = tuple_(CallNotice.call_id, CallNotice.person_id).in_([tuple(pair) for pair in pairs])
    at = now()
    return rows_touched(
        session,
        update(CallNotice)
        .where(theirs, CallNotice.confirmed_at.is_(None))
        .values(
            confirmed_at=at,
            confirmed_by=by,
            seen_at=func.coalesce(CallNotice.seen_at, at),
        )
        .execution_options(synchronize_session=False),
    )


def exists(session: Session, key: UUID) -> bool:
    """Tell whether the artist who looks was ever told this."""
    return session.scalar(select(CallNotice.id).where(CallNotice.public_id == key)) is not None


def is_confirmed(session: Session, key: UUID) -> bool:
    """Tell whether a notice of the artist's own is confirmed."""
    asked = select(CallNotice.confirmed_at).where(CallNotice.public_id == key)
    return session.scalar(asked) is not None
