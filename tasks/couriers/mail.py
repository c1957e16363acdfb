"""Carries letters and texts to people, and writes down what became of each."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.messages import Channel, DeliveryStatus, Mark, News
from app.domain.outbox import MessageState
from app.domain.outbox_kinds import class_of
from app.integrations import providers
from app.integrations.email import sendgrid_events
from app.integrations.email.port import Letter
from app.integrations.sms import twilio_words
from app.integrations.sms.port import Text
from app.models import Message
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.services import contact_points, deliveries, messages
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.inbox import Reader

BECAME: Final = {
    MessageState.done: DeliveryStatus.accepted,
    MessageState.dead: DeliveryStatus.failed,
    MessageState.in_doubt: DeliveryStatus.in_doubt,
}

MEANS: Final = {
    Mark.unreachable: "nothing more is sent there.",
    Mark.unwanted: "nothing more is sent there.",
    Mark.wanted: "it is written to again.",
}
"""What a mark means for the address."""


def join(crew: Crew) -> None:
    """Bring the couriers for letters and texts, and the readers of what carriers tell of them.

    The post room tells by our key what it has kept already, so there an unclear one is sent again.
    """
    for channel, send in ((Channel.email, send_letter), (Channel.sms, send_text)):
        kind = messages.KIND_OF[channel]
        carrier: str = getattr(crew.config, channel.value)
        crew.carry(
            Handler(
                kind=kind,
                cls=class_of(kind),
                prepare=prepare,
                send=send,
                settle=settling(carrier),
                provider=carrier,
                resend_unclear=carrier == "postroom",
            )
        )
    crew.read(Reader("sendgrid", read_sendgrid))
    crew.read(Reader("twilio", read_twilio, concerns_all=is_from_somebody))


def prepare(session: Session, promised: OutboxMessage) -> Letter | Text:
    """Return what is to be carried; nothing is sent where nothing arrives any more."""
    message = session.get_one(Message, promised.payload["message_id"])
    closed = contact_points.why_closed(session, message.person_id, message.recipient)
    if closed:
        raise Refused(closed)
    if message.channel is Channel.sms:
        return Text(message.recipient, message.text, message.organisation_id)
    return Letter(
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        organisation_id=message.organisation_id,
        category=message.event,
    )


def send_letter(letter: Letter, key: str) -> str:
    """Hand the letter to the carrier."""
    return providers.email().send(letter, key=key)


def send_text(text: Text, key: str) -> str:
    """Hand the text to the carrier."""
    return providers.sms().send(text, key=key)


def settling(carrier: str) -> Callable[[Session, OutboxMessage, Result], None]:
    """Return how it is written down what became of a message that ``carrier`` was given."""

    def settle(session: Session, promised: OutboxMessage, result: Result) -> None:
        message = session.get_one(Message, promised.payload["message_id"])
        news = News(
            at=now(),
            address=message.recipient,
            reason=result.error,
            mark=twilio_words.mark_of(result.code) if carrier == "twilio" else None,
            external_id=result.external_id,
        )
        deliveries.record(session, message.id, BECAME[result.state], provider=carrier, news=news)
        contact_points.mark(session, carrier, news)

    return settle


def read_sendgrid(session: Session, notice: InboxNotice) -> str:
    """Learn what became of one letter."""
    news = sendgrid_events.news_of(json.loads(notice.raw))
    if news is None:
        raise Refused("It says nothing of what became of the letter.")
    deliveries.learn(session, notice.provider, notice.reference, news)
    return learnt(news)


def read_twilio(session: Session, notice: InboxNotice) -> str:
    """Learn what became of one text, or what somebody wrote back."""
    told = json.loads(notice.raw)
    at = datetime.fromisoformat(told["at"])
    if told["kind"] == "inbound":
        news = twilio_words.inbound_news(told["said"], at)
    else:
        news = twilio_words.status_news(told["said"], at)
    if news is None:
        raise Refused("It says neither what became of a text nor STOP or START.")
    deliveries.learn(session, notice.provider, notice.reference, news)
    return learnt(news)


def learnt(news: News) -> str:
    """Say what was written down of news about a message or an address."""
    where = "Written down beside the message." if news.status is not None else ""
    means = f"{news.address}: {MEANS[news.mark]}" if news.mark is not None else ""
    said = f"{news.reason.rstrip('.')}." if news.reason else ""
    return " ".join(part for part in (where, said, means) if part)


def is_from_somebody(notice: InboxNotice) -> bool:
    """Tell whether a notice was written by a person: it concerns every company that knows the number."""
    return bool(json.loads(notice.raw)["kind"] == "inbound")
