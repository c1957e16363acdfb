"""Carries sign-in letters and texts. Whether anybody reads at the address is found out here, not before."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.codes import show_code
from app.domain.local_time import format_time, offset_label
from app.domain.outbox_kinds import class_of
from app.domain.sign_in import TokenPurpose
from app.integrations import providers
from app.integrations.email.port import Letter
from app.integrations.sms.port import Text
from app.models.outbox import OutboxMessage
from app.services.letters import Words, compose
from app.services.sign_in import MAIL, NEW_DEVICE, TEXT, SignInLetter, letter_of
from tasks.crew import Crew
from tasks.handlers import Handler

NOBODY = "nobody"
"""What the courier notes where no letter was due: no such reader, or the code has run out."""


def join(crew: Crew) -> None:
    """Bring the couriers a person waits for. Sending a code twice does no harm."""
    by_mail, by_text = crew.config.email, crew.config.sms
    for kind, prepare, send, carrier in (
        (MAIL, letter, send_letter, by_mail),
        (TEXT, text, send_text, by_text),
        (NEW_DEVICE, device_letter, send_letter, by_mail),
    ):
        crew.carry(
            Handler(
                kind=kind,
                cls=class_of(kind),
                prepare=prepare,
                send=send,
                provider=carrier,
                is_hurried=True,
                resend_unclear=True,
            )
        )


def letter(session: Session, message: OutboxMessage) -> Letter | None:
    """Write the mail, or None where nobody with a seat reads at the address."""
    known = letter_of(session, message.payload)
    if known is None:
        return None
    is_staff = known.purpose is TokenPurpose.staff_password
    event = "staff_code" if is_staff else "sign_in"
    words = _words(event, known)
    return Letter(known.recipient, words.subject, words.text, words.html, category=event)


def text(session: Session, message: OutboxMessage) -> Text | None:
    """Write the text, or None where nobody is there."""
    known = letter_of(session, message.payload)
    return None if known is None else Text(known.recipient, _words("sign_in_text", known).text)


def device_letter(_session: Session, message: OutboxMessage) -> Letter:
    """Write that a browser signed in which never did before."""
    facts = message.payload
    at = datetime.fromisoformat(facts["at"])
    words = compose(
        "new_device",
        device=facts["label"],
        at=f"{at:%d %B %Y, %H:%M} UTC",
        address=facts["address"],
    )
    return Letter(facts["address"], words.subject, words.text, words.html, category="new_device")


def send_letter(request: Letter | None, key: str) -> str:
    """Hand the mail to the carrier."""
    return NOBODY if request is None else providers.email().send(request, key=key)


def send_text(request: Text | None, key: str) -> str:
    """Hand the text to the carrier."""
    return NOBODY if request is None else providers.sms().send(request, key=key)


def _words(event: str, known: SignInLetter) -> Words:
    local = format_time(known.until_there.time())
    return compose(
        event,
        companies=" and ".join(known.companies),
        purpose=known.purpose.value,
        code=show_code(known.code),
        link=known.link,
        until=f"{local}, {offset_label(known.zone, known.until)}",
    )
