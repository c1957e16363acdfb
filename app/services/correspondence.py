"""What was sent to a person, and what became of each letter and text."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.messages import LOST, WITHOUT_MONEY, DeliveryStatus
from app.models.messages import Message

NEWEST: Final = 10

_LINK: Final = re.compile(r"https?://[^\s/]+/portal/[\w/-]+(?![\w/#-])")
"""A page of the portal. What stands after a # is a secret of whoever was written to."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One letter or text, and where it stands."""

    at: datetime
    subject: str
    recipient: str
    status: DeliveryStatus
    error: str
    link: str
    """Where it leads, if it did not arrive and can be given another way."""


def of_person(session: Session, person_id: int, *, money: bool) -> list[Sent]:
    """Return the newest letters and texts to a person; without ``money`` none that may name a sum."""
    asked = (
        select(Message)
        .where(Message.person_id == person_id)
        .options(joinedload(Message.delivery))
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(NEWEST)
    )
    if not money:
        asked = asked.where(or_(*(Message.event.startswith(word) for word in WITHOUT_MONEY)))
    return [_sent(message) for message in session.scalars(asked)]


def _sent(message: Message) -> Sent:
    delivery = message.delivery
    status = delivery.status if delivery else DeliveryStatus.queued
    is_lost = status in LOST or status is DeliveryStatus.in_doubt
    return Sent(
        at=message.created_at,
        subject=message.subject or message.text.partition("\n")[0],
        recipient=message.recipient,
        status=status,
        error=delivery.error if delivery else "",
        link=link_of(message.text) if is_lost else "",
    )


def link_of(text: str) -> str:
    """Return the page of the portal that a letter leads to, if it is no secret."""
    found = _LINK.search(text)
    return found[0] if found else ""
