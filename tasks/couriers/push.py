"""Carries notices to phones, and forgets phones that are gone."""

from typing import Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.outbox import MessageState
from app.domain.outbox_kinds import class_of
from app.domain.push import NOTICES, Notice
from app.integrations import providers
from app.integrations.push.port import GONE, PushNotice
from app.models.messages import Message
from app.models.outbox import OutboxMessage
from app.models.push import PushSubscription
from app.services import push
from tasks.crew import Crew
from tasks.handlers import Handler, Result

NOBODY: Final = "nobody"
"""What the courier notes where the phone wants nothing more."""

SECONDS: Final = 28 * 3600
"""So long a notice waits for a phone that is switched off: a day, and the morning after."""


def join(crew: Crew) -> None:
    """Bring the courier for notices. The same notice twice shows once: it replaces itself."""
    crew.carry(
        Handler(
            kind=push.KIND,
            cls=class_of(push.KIND),
            prepare=prepare,
            send=send,
            settle=settle,
            provider=crew.config.push,
        )
    )


def prepare(session: Session, promised: OutboxMessage) -> PushNotice | None:
    """Return what the phone shows, None where it wants nothing more or its owner may not be told."""
    phone = session.get_one(PushSubscription, promised.payload["subscription_id"])
    notice = _notice_of(session, promised)
    if phone.ended_at is not None or notice is None:
        return None
    keys = push.credentials_of(phone)
    return PushNotice(
        endpoint=keys["endpoint"],
        point=keys["point"],
        secret=keys["secret"],
        words=notice.words,
        path=notice.path,
        topic=notice.topic,
        seconds=SECONDS,
    )


def _notice_of(session: Session, promised: OutboxMessage) -> Notice | None:
    """Return what is shown, looked up again: an agent's right may have ended since it was promised."""
    letter_id = promised.payload.get("message_id")
    if letter_id is None:  # promised by the release before
        return NOTICES[promised.payload["event"]]
    return push.notice_for(session, session.get_one(Message, letter_id))


def send(notice: PushNotice | None, key: str) -> str:
    """Hand the notice to the phone's service."""
    return NOBODY if notice is None else providers.push().send(notice, key=key)


def settle(session: Session, promised: OutboxMessage, result: Result) -> None:
    """Remember when the phone was last told, or forget it."""
    phone = session.get_one(PushSubscription, promised.payload["subscription_id"])
    if result.external_id == GONE and phone.ended_at is None:
        push.end(phone, "the browser took its leave back")
    elif result.state is MessageState.done and result.external_id != NOBODY:
        phone.told_at = now()
