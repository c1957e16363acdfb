"""The address of a person's calendar: made, shown again, renewed, revoked; known before the company is.

The secret is derived from the row's public name and the house's key, and only its SHA-256 is kept: a
dump of the tables opens no calendar, and the address can still be shown once more.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Text, cast, column, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import secrets
from app.db.clock import now
from app.domain.feeds import FeedKind
from app.models.base import uuid7
from app.models.feeds import CalendarFeed


@dataclass(frozen=True, slots=True)
class FeedFound:
    """A calendar that a secret opens: whose it is, at which company, and of which kind."""

    id: int
    organisation_id: int
    person_id: int
    kind: FeedKind


def token_of(key: UUID) -> str:
    """Return the secret of a calendar's address."""
    return base64.urlsafe_b64encode(secrets.digest(f"calendar feed {key}")).rstrip(b"=").decode()


def is_readable(feed: CalendarFeed) -> bool:
    """Tell whether the address can be shown: not after the house's key was changed."""
    return _hash(token_of(feed.public_id)) == feed.token_sha256


def make(
    session: Session, *, organisation_id: int, person_id: int, kind: FeedKind, by: str
) -> CalendarFeed:
    """Make the address of a kind; whoever has one already, by a second tap too, keeps it."""
    key = uuid7()
    session.execute(
        insert(CalendarFeed)
        .values(
            public_id=key,
            organisation_id=organisation_id,
            person_id=person_id,
            kind=kind,
            token_sha256=_hash(token_of(key)),
            made_by=by,
            revoked_by="",
        )
        .on_conflict_do_nothing(
            index_elements=["person_id", "kind"], index_where=text("revoked_at IS NULL")
        )
    )
    return session.scalars(
        select(CalendarFeed).where(
            CalendarFeed.person_id == person_id,
            CalendarFeed.kind == kind,
            CalendarFeed.revoked_at.is_(None),
        )
    ).one()


def revoke(session: Session, feed: CalendarFeed, *, by: str) -> None:
    """Close an address at once and for good; a repeat changes nothing."""
    session.refresh(feed, with_for_update=True)
    if feed.revoked_at is None:
        feed.revoked_at, feed.revoked_by = now(), by
        session.flush()


def renew(session: Session, feed: CalendarFeed, *, by: str) -> CalendarFeed:
    """Close an address and make another of the same kind in its place."""
    revoke(session, feed, by=by)
    return make(
        session,
        organisation_id=feed.organisation_id,
        person_id=feed.person_id,
        kind=feed.kind,
        by=by,
    )


def live_of(session: Session, person_id: int) -> dict[FeedKind, CalendarFeed]:
    """Return the open addresses of a person by kind."""
    rows = session.scalars(
        select(CalendarFeed).where(
            CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None)
        )
    )
    return {feed.kind: feed for feed in rows}


def feed_of(session: Session, key: UUID) -> CalendarFeed | None:
    """Return one address that is open, of those that whoever looks may see."""
    return session.scalar(
        select(CalendarFeed).where(CalendarFeed.public_id == key, CalendarFeed.revoked_at.is_(None))
    )


def find(session: Session, token: str) -> FeedFound | None:
    """Ask the gate what a secret opens; unknown and revoked are answered alike."""
    asked = func.gate_feed(_hash(token)).table_valued(
        column("feed_id", BigInteger),
        column("organisation_id", BigInteger),
        column("person_id", BigInteger),
        column("kind", Text),
    )
    row = session.execute(select(asked)).one_or_none()
    if row is None:
        return None
    return FeedFound(row.feed_id, row.organisation_id, row.person_id, FeedKind(row.kind))


def note_look(session: Session, feed: CalendarFeed) -> None:
    """Write down that a member of staff looked at somebody's address."""
    fields = cast(["token"], ARRAY(Text))
    session.execute(select(func.write_view_entry(CalendarFeed.__tablename__, str(feed.id), fields)))


def note_reading(session: Session, feed_id: int) -> None:
    """Write down that a calendar fetches the address; once a day is enough to know that it lives."""
    at = now()
    session.execute(
        update(CalendarFeed)
        .where(
            CalendarFeed.id == feed_id,
            or_(CalendarFeed.read_at.is_(None), CalendarFeed.read_at < at - timedelta(days=1)),
        )
        .values(read_at=at)
        .execution_options(synchronize_session=False)
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
