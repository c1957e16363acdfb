"""End an amendment before it is executed: declined, taken back, run out. The terms stay as they were."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts import AmendmentEvent, AmendmentStatus, SignatureRequestEvent
from app.domain.errors import Refused
from app.models.contracts import Amendment
from app.services.amendments import telling
from app.services.amendments.locks import locked
from app.services.amendments.requests import newest_request, open_request

OUT = (AmendmentStatus.sent, AmendmentStatus.signed_by_artist)


def decline(session: Session, amendment: Amendment, *, reason: str) -> None:
    """Say no for the artist. Pressing twice declines once; the company is told why."""
    locked(session, amendment)
    if amendment.status is AmendmentStatus.declined:
        return
    reason = _reason(reason, "Say why, so that the company can put it right.")
    request = open_request(session, amendment)
    amendment.advance(AmendmentEvent.decline)
    request.advance(SignatureRequestEvent.decline)
    request.reason = amendment.reason = reason
    session.flush()
    telling.promise_to_tell(session, amendment, "amendment_declined", str(request.id))


def void(session: Session, amendment: Amendment, *, reason: str) -> None:
    """Take an amendment back; whoever had it is told."""
    locked(session, amendment)
    reason = _reason(reason, "Say why it is taken back. The artist reads this.")
    was_out = amendment.status in OUT
    amendment.advance(AmendmentEvent.void)
    amendment.reason = reason
    if not was_out:
        return
    request = open_request(session, amendment)
    request.advance(SignatureRequestEvent.void)
    request.reason = reason
    telling.tell_artist(session, amendment, "amendment_voided", str(request.id))


def due_to_expire(session: Session, at: datetime) -> list[Amendment]:
    """Return the amendments whose time to sign has run out, taken for this transaction."""
    return list(
        session.scalars(
            select(Amendment)
            .where(Amendment.status.in_(OUT), Amendment.expires_at <= at)
            .order_by(Amendment.id)
            .with_for_update(skip_locked=True, of=Amendment)
        )
    )


def expire(session: Session, amendment: Amendment) -> None:
    """End an amendment that was not signed in time."""
    amendment.advance(AmendmentEvent.expire)
    request = newest_request(session, amendment)
    if request is not None:
        request.advance(SignatureRequestEvent.expire)
    fact = str(request.id if request else amendment.id)
    telling.tell_artist(session, amendment, "amendment_expired", fact)
    telling.tell_staff(session, amendment, "amendment_expired", fact)


def _reason(words: str, otherwise: str) -> str:
    if not words.strip():
        raise Refused(otherwise, field="reason")
    return words.strip()
