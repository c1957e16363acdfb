"""What a provider's notice says happened, in one line of our words: for lists, never to decide by.

Nothing here is believed: a notice may be odd, and then it is called what it is, a notice.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.domain.providers import name_of

ENVELOPE: Final = {
    "envelope-sent": "The envelope went out",
    "envelope-delivered": "The envelope was opened",
    "envelope-completed": "Everybody has signed",
    "envelope-declined": "A signer declined",
    "envelope-voided": "The envelope was taken back",
    "envelope-resent": "The envelope was sent again",
    "recipient-sent": "A signer was asked",
    "recipient-delivered": "A signer opened the envelope",
    "recipient-completed": "A signer has signed",
    "recipient-declined": "A signer declined",
}
AGREEMENT: Final = {
    "AGREEMENT_CREATED": "The agreement was made",
    "AGREEMENT_ACTION_REQUESTED": "A signer was asked",
    "AGREEMENT_ACTION_COMPLETED": "A signer has signed",
    "AGREEMENT_EMAIL_VIEWED": "A signer opened the letter",
    "AGREEMENT_WORKFLOW_COMPLETED": "Everybody has signed",
    "AGREEMENT_REJECTED": "A signer declined",
    "AGREEMENT_RECALLED": "The agreement was taken back",
    "AGREEMENT_EXPIRED": "The agreement expired",
    "AGREEMENT_MODIFIED": "The agreement was changed",
}
LETTER: Final = {
    "processed": "The letter was taken",
    "deferred": "The letter waits",
    "delivered": "The letter was delivered",
    "bounce": "The letter bounced",
    "blocked": "The letter was turned away",
    "dropped": "The letter was not sent",
    "spamreport": "The reader reported spam",
    "unsubscribe": "The reader unsubscribed",
    "group_unsubscribe": "The reader unsubscribed",
    "group_resubscribe": "The reader subscribed again",
}
TEXT: Final = {
    "accepted": "The text was taken",
    "scheduled": "The text was taken",
    "queued": "The text waits",
    "sending": "The text is being sent",
    "sent": "The text went to the carrier",
    "delivered": "The text was delivered",
    "read": "The text was read",
    "undelivered": "The text was not delivered",
    "failed": "The text failed",
    "canceled": "The text was cancelled",
}
LIBRARY: Final = {
    "hint": "Something changed in the library",
    "site": "The library was found",
    "subscription": "We are told of changes",
}
KINDS: Final = {"INVOICE": "bill", "CONTACT": "contact", "CREDITNOTE": "credit note"}
LONGEST: Final = 60
"""Characters of what somebody wrote that a list shows."""


def happening(provider: str, raw: bytes) -> str:
    """Say in one line what a notice says: Everybody has signed."""
    said = _read(raw)
    words = WORDS.get(provider)
    return (words(said) if words else "") or f"A notice of {name_of(provider)}"


def _read(raw: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _signing(said: Mapping[str, Any]) -> str:
    event = str(said.get("event") or "")
    return ENVELOPE.get(event, "") or _spelt(event)


def _agreement(said: Mapping[str, Any]) -> str:
    event = str(said.get("event") or "")
    return AGREEMENT.get(event, "") or _spelt(event)


def _ledger(said: Mapping[str, Any]) -> str:
    category = str(said.get("eventCategory") or "")
    what = KINDS.get(category) or category.lower()
    if not what:
        return ""
    made = str(said.get("eventType") or "").upper() == "CREATE"
    return f"A {what} was {'made' if made else 'changed'}"


def _letter(said: Mapping[str, Any]) -> str:
    event = str(said.get("event") or "")
    return LETTER.get(event, "") or _spelt(event)


def _text(said: Mapping[str, Any]) -> str:
    told = said.get("said")
    if not isinstance(told, dict):
        return ""
    if said.get("kind") == "inbound":
        words = " ".join(str(told.get("Body") or "").split())
        cut = words if len(words) <= LONGEST else f"{words[:LONGEST].rstrip()}…"
        return f"Somebody wrote “{cut}”"
    status = str(told.get("MessageStatus") or told.get("SmsStatus") or "")
    return TEXT.get(status, "") or _spelt(status)


def _library(said: Mapping[str, Any]) -> str:
    what = str(said.get("what") or "hint")
    return LIBRARY.get(what, "The library was compared")


def _spelt(event: str) -> str:
    """Spell an event out that has no words of its own here: recipient-reassign is Recipient reassign."""
    return event.replace("-", " ").replace("_", " ").strip().capitalize()[:LONGEST]


WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "docusign": _signing,
    "adobe_sign": _agreement,
    "xero": _ledger,
    "sendgrid": _letter,
    "twilio": _text,
    "sharepoint": _library,
}
"""Provider -> who says what its notices mean."""
