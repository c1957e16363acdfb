"""Carries letters and texts to people, and writes down what became of each."""

from sqlalchemy.orm import Session

from app.domain.messages import Channel, DeliveryStatus
from app.domain.outbox import MessageState
from app.domain.outbox_kinds import class_of
from app.integrations import providers
from app.integrations.email.port import Letter
from app.integrations.sms.port import Text
from app.models import Message
from app.models.outbox import OutboxMessage
from app.services import messages
from tasks.crew import Crew
from tasks.handlers import Handler, Result

BECAME = {
    MessageState.done: DeliveryStatus.accepted,
    MessageState.dead: DeliveryStatus.failed,
    MessageState.in_doubt: DeliveryStatus.in_doubt,
}


def join(crew: Crew) -> None:
    """Bring the couriers for letters and texts.

    The post room tells by our key what it has kept already, so there an unclear one is sent again.
    """
    for channel, send in ((Channel.email, send_letter), (Channel.sms, send_text)):
        kind = messages.KIND_OF[channel]
        crew.carry(
            Handler(
                kind=kind,
                cls=class_of(kind),
                prepare=prepare,
                send=send,
                settle=settle,
                resend_unclear=getattr(crew.config, channel.value) == "postroom",
            )
        )


def prepare(session: Session, promised: OutboxMessage) -> Letter | Text:
    """Return what is to be carried."""
    message = session.get_one(Message, promised.payload["message_id"])
    if message.channel is Channel.sms:
        return Text(message.recipient, message.text, message.organisation_id)
    return Letter(
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        html=message.html,
        organisation_id=message.organisation_id,
    )


def send_letter(letter: Letter, key: str) -> str:
    """Hand the letter to the carrier."""
    return providers.email().send(letter, key=key)


def send_text(text: Text, key: str) -> str:
    """Hand the text to the carrier."""
    return providers.sms().send(text, key=key)


def settle(session: Session, promised: OutboxMessage, result: Result) -> None:
    """Write down what became of the message."""
    messages.record_outcome(
        session,
        promised.payload["message_id"],
        BECAME[result.state],
        provider=promised.kind,
        external_id=result.external_id or None,
        error=result.error,
    )
