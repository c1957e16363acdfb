"""Telling a person's phones beside the letter that something changed: subscribe, tell, forget."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.domain.messages import Channel
from app.domain.people import RepresentationScope
from app.domain.push import (
    DEVICES,
    FOR_AGENTS,
    NOTICES,
    Notice,
    check_address,
    check_keys,
    scope_for,
)
from app.models.engagements import Engagement
from app.models.messages import Message
from app.models.organisations import Organisation
from app.models.people import Representation
from app.models.push import PushSubscription
from app.services import outbox
from app.services.field_encryption import conceal, read_silently

KIND: Final = "push.send"


def subscribe(
    session: Session,
    *,
    organisation_id: int,
    person_id: int,
    endpoint: str,
    point: str,
    secret: str,
    label: str,
    hosts: tuple[str, ...],
) -> PushSubscription:
    """Tell a person on one more browser; the same browser again is the same subscription."""
    check_address(endpoint, hosts)
    check_keys(point, secret)
    hashed = hashlib.sha256(endpoint.encode()).digest()
    known = session.scalars(
        select(PushSubscription).where(
            PushSubscription.person_id == person_id, PushSubscription.address_sha256 == hashed
        )
    ).one_or_none()
    if known is None or known.ended_at is not None:
        _check_room(session, person_id)
    if known is None:
        known = PushSubscription(
            organisation_id=organisation_id, person_id=person_id, address_sha256=hashed
        )
    known.label, known.ended_at, known.ended_because = label, None, ""
    session.add(known)
    session.flush()
    sealed = json.dumps({"endpoint": endpoint, "point": point, "secret": secret})
    conceal(session, known, "credentials", sealed)
    session.flush()
    return known


def _check_room(session: Session, person_id: int) -> None:
    count = session.scalar(select(func.count()).select_from(live_of(person_id).subquery()))
    if (count or 0) >= DEVICES:
        raise Refused(f"You are told on {DEVICES} devices already. Stop one of them first.")


def live_of(person_id: int) -> Any:
    """Return the question for the phones on which a person is told."""
    return (
        select(PushSubscription)
        .where(PushSubscription.person_id == person_id, PushSubscription.ended_at.is_(None))
        .order_by(PushSubscription.id)
    )


def devices(session: Session, person_id: int) -> list[PushSubscription]:
    """Return the phones on which a person is told."""
    return list(session.scalars(live_of(person_id)))


def end(subscription: PushSubscription, because: str) -> None:
    """Tell nothing more on a phone, and forget how it was reached."""
    subscription.ended_at, subscription.ended_because = now(), because
    subscription.credentials = None


def credentials_of(subscription: PushSubscription) -> dict[str, str]:
    """Return how a phone is reached."""
    opened: dict[str, str] = json.loads(read_silently(subscription, "credentials"))
    return opened


def phones_beside(session: Session, letter: Message) -> list[PushSubscription]:
    """Return the phones that are told beside a letter: of its reader, where its event is one to tell."""
    is_told = letter.event in NOTICES and letter.channel is Channel.email
    if not is_told or letter.person_id is None:
        return []
    phones = devices(session, letter.person_id)
    return phones if phones and notice_for(session, letter) is not None else []


def notice_for(session: Session, letter: Message) -> Notice | None:
    """Return what phones show beside a letter; None where an agent may not see what it is about."""
    notice = NOTICES[letter.event]
    artist_id = _artist_of(session, letter)
    if artist_id is None:
        return notice
    needed = scope_for(notice)
    zone = session.get_one(Organisation, letter.organisation_id).zone
    today = today_in(zone, now())
    links = session.scalars(
        select(Representation).where(
            Representation.agent_id == letter.person_id, Representation.artist_id == artist_id
        )
    )
    is_allowed = any(
        link.allows(RepresentationScope.view, today) and link.allows(needed, today)
        for link in links
    )
    return FOR_AGENTS[notice] if is_allowed else None


def _artist_of(session: Session, letter: Message) -> int | None:
    """Return the artist whom a letter to her agent is about; None where it is about its reader."""
    if letter.engagement_id is None:
        return None
    artist_id = session.get_one(Engagement, letter.engagement_id).person_id
    return None if artist_id == letter.person_id else artist_id


def tell(
    session: Session,
    letter: Message,
    phones: Iterable[PushSubscription],
    not_before: datetime | None,
) -> None:
    """Promise a notice to each of the phones."""
    for phone in phones:
        outbox.promise(
            session,
            organisation_id=letter.organisation_id,
            kind=KIND,
            key=f"message-{letter.id}-phone-{phone.id}",
            payload={"subscription_id": phone.id, "event": letter.event, "message_id": letter.id},
            not_before=not_before,
        )
