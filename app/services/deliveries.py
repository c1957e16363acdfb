"""What carriers tell of letters and texts: where each stands, and what that says of the address.

News comes late, twice and in any order; whatever the order, the end is the same.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.messages import DeliveryStatus, News, next_delivery_status
from app.models.messages import NotificationDelivery
from app.models.outbox import OutboxMessage
from app.services import contact_points, doubts
from app.services.outbox import leads_to

CARRIED = frozenset(
    {
        DeliveryStatus.accepted,
        DeliveryStatus.deferred,
        DeliveryStatus.delivered,
        DeliveryStatus.bounced,
        DeliveryStatus.complained,
    }
)
"""What only a message can become that the carrier has taken."""

SETTLED = frozenset(DeliveryStatus) - {
    DeliveryStatus.queued, DeliveryStatus.accepted, DeliveryStatus.in_doubt
}  # fmt: skip


def learn(session: Session, provider: str, reference: str | None, news: News) -> None:
    """Write down news of one message: its delivery, the doubt about it, the address it went to."""
    promised = _promised(session, reference)
    if promised is not None:
        _settle(session, promised.id, news)
        message_id = promised.payload.get("message_id")
        if message_id is not None and news.status is not None:
            record(session, message_id, news.status, provider=provider, news=news)
    contact_points.mark(session, provider, news)


def record(
    session: Session, message_id: int, status: DeliveryStatus, *, provider: str, news: News
) -> None:
    """Write what became of a message; a late or repeated report never takes it back."""
    delivery = session.scalars(
        select(NotificationDelivery)
        .where(NotificationDelivery.message_id == message_id)
        .with_for_update()
    ).one()
    delivery.provider = provider
    delivery.external_id = delivery.external_id or news.external_id or None
    if status in CARRIED:
        delivery.accepted_at = _first(delivery.accepted_at, news.at)
    after = next_delivery_status(delivery.status, status)
    if after is not delivery.status:
        delivery.status, delivery.error = after, news.reason
        delivery.settled_at = news.at if status in SETTLED else None
    elif after is status and status in SETTLED and _is_newer(delivery, news):
        delivery.settled_at, delivery.error = news.at, news.reason


def _promised(session: Session, reference: str | None) -> OutboxMessage | None:
    """Return our promise that a carrier's reference leads back to."""
    if not reference:
        return None
    return session.scalars(select(OutboxMessage).where(leads_to(reference)).limit(1)).first()


def _settle(session: Session, promise_id: UUID, news: News) -> None:
    if news.status is not None:
        doubts.settle(
            session,
            promise_id,
            was_carried=news.was_carried,
            external_id=news.external_id,
            reason=news.reason,
        )


def _first(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else min(known, told)


def _is_newer(delivery: NotificationDelivery, news: News) -> bool:
    at = delivery.settled_at
    return at is None or (news.at, news.reason) > (at, delivery.error)
