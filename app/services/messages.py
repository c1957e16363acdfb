"""Telling people: one message a fact, person and channel, promised in the fact's own transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.messages import Channel, DeliveryStatus
from app.domain.people import ContactKind
from app.models import ContactPoint, Message, NotificationDelivery, Organisation, Person
from app.services import outbox, push, quiet
from app.services.contact_points import is_open
from app.services.letters import Words, compose

KIND_OF = {Channel.email: "mail.send", Channel.sms: "sms.send"}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message is for: an artist or agent we know, or an address of the staff's."""

    address: str
    name: str
    person_id: int | None = None


def address_of(
    session: Session, person: Person, kind: ContactKind = ContactKind.email
) -> str | None:
    """Return where ``person`` is reached: preferred first, never a conflicting or bounced address."""
    return session.scalar(
        select(ContactPoint.value)
        .where(
            ContactPoint.person_id == person.id,
            ContactPoint.kind == kind,
            ContactPoint.conflict_note == "",
            is_open(),
        )
        .order_by(ContactPoint.is_preferred.desc(), ContactPoint.id)
        .limit(1)
    )


def addressee(session: Session, person: Person) -> Addressee:
    """Return ``person`` as the one a letter is for; the address is empty where there is none."""
    name = person.preferred_name or person.name
    return Addressee(address_of(session, person) or "", name, person.id)


def tell(
    session: Session,
    *,
    organisation_id: int,
    event: str,
    key: str,
    to: Addressee,
    engagement_id: int | None = None,
    channel: Channel = Channel.email,
    not_before: datetime | None = None,
    may_wake: bool = False,
    **context: Any,
) -> Message:
    """Say ``event`` to somebody once: the same ``key`` to the same address is the same message.

    The key names the fact (``contract-7-sent-2``). Without an address the message is kept as failed,
    for staff to see, and nothing is promised. ``context`` is what the template asks for beside
    ``to`` and ``organisation``. ``not_before`` lets it wait, so that nobody is woken. A letter wakes nobody, but a phone that
    rings does: texts and notices wait for the morning of whoever they are for, unless they ``may_wake``:
    because it is urgent, or because somebody has decided already when they go.
    """
    once = f"{key}:{channel}:{to.address or to.person_id}"
    known = session.scalar(
        select(Message).where(Message.organisation_id == organisation_id, Message.key == once)
    )
    if known is not None:
        return known
    organisation = session.get_one(Organisation, organisation_id)
    words = compose(event, to=to, organisation=organisation, **context)
    message = _written(words, to, channel)
    message.organisation_id, message.key, message.event = organisation_id, once, event
    message.engagement_id = engagement_id
    message.delivery = NotificationDelivery(organisation_id=organisation_id)
    session.add(message)
    session.flush()
    _send(session, message, to, not_before, may_wake=may_wake)
    return message


def _send(
    session: Session,
    message: Message,
    to: Addressee,
    not_before: datetime | None,
    *,
    may_wake: bool,
) -> None:
    """Promise the message, and a notice to each phone of its reader; or say that it has nowhere to go."""
    phones = push.phones_beside(session, message)
    is_text = message.channel is Channel.sms
    rings = not_before
    if not may_wake and not_before is None and (phones or is_text):
        rings = quiet.not_before(
            session, message.organisation_id, to.person_id, message.engagement_id
        )
    push.tell(session, message, phones, rings)
    if to.address:
        _promise(session, message, rings if is_text else not_before)
    elif message.delivery is not None:
        message.delivery.status = DeliveryStatus.failed
        message.delivery.error = (
            f"No {message.channel} address is known for {to.name}. Add one and send again."
        )


def _written(words: Words, to: Addressee, channel: Channel) -> Message:
    return Message(
        person_id=to.person_id,
        channel=channel,
        recipient=to.address,
        subject=words.subject,
        text=words.text,
        html=words.html if channel is Channel.email else "",
    )


def _promise(session: Session, message: Message, not_before: datetime | None) -> None:
    outbox.promise(
        session,
        organisation_id=message.organisation_id,
        kind=KIND_OF[message.channel],
        key=f"message-{message.id}",
        payload={"message_id": message.id},
        not_before=not_before,
    )
