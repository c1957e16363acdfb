"""What SendGrid's event webhook says, in our words, and how its signature is proved.

The signature is ECDSA over the timestamp and the raw body, with the public key of the webhook's
settings (docs.sendgrid.com, "Getting started with the Event Webhook security features").
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.domain.messages import DeliveryStatus, Mark, News

WINDOW: Final = 300.0
"""Seconds by which the clock of a genuine notice may differ from ours."""

BECAME: Final = {
    "processed": DeliveryStatus.accepted,
    "deferred": DeliveryStatus.deferred,
    "delivered": DeliveryStatus.delivered,
    "bounce": DeliveryStatus.bounced,
    "blocked": DeliveryStatus.failed,
    "dropped": DeliveryStatus.failed,
    "spamreport": DeliveryStatus.complained,
}
"""The events that say what became of a letter; opens and clicks are not counted."""

LEFT: Final = frozenset({"unsubscribe", "group_unsubscribe"})
"""The events by which a reader wants no more letters (docs.sendgrid.com, "Event Webhook Reference")."""
BACK: Final = "group_resubscribe"
"""The event by which a reader wants letters again."""
MATTERS: Final = frozenset({*BECAME, *LEFT, BACK})
"""The events that are kept."""

DROPPED_FOR: Final = {
    "Bounced Address": Mark.unreachable,
    "Invalid": Mark.unreachable,
    "Spam Reporting Address": Mark.unwanted,
    "Unsubscribed Address": Mark.unwanted,
}
"""Why SendGrid does not even try: what it has on its lists about the address."""


def is_signed(keys: Iterable[str], signature: str, timestamp: str, raw: bytes) -> bool:
    """Tell whether one of the keys made the signature over timestamp and body."""
    try:
        proof = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_verifies(key, proof, timestamp.encode() + raw) for key in keys)


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Tell whether a notice was signed a moment ago: an old one may be somebody's copy."""
    plain = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12
    return plain and abs(now.timestamp() - int(timestamp)) <= WINDOW


def _verifies(key: str, proof: bytes, signed: bytes) -> bool:
    try:
        public = load_der_public_key(base64.b64decode(key))
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(proof, signed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def reference_of(event: Mapping[str, Any]) -> str | None:
    """Return what leads back to our promise: our number for it, else SendGrid's number of the letter."""
    ours = event.get("effect_id")
    return str(ours) if ours else _number(event) or None


def news_of(event: Mapping[str, Any]) -> News | None:
    """Return what an event says, None where it says nothing that matters to us."""
    name = str(event.get("event"))
    status = BECAME.get(name)
    if name in LEFT or name == BACK:
        return _of_reader(event, wants=name == BACK)
    if status is None:
        return None
    reason = str(event.get("reason") or event.get("response") or "")[:500]
    is_blocked = name == "bounce" and event.get("type") == "blocked"
    says_more = status in {
        DeliveryStatus.failed, DeliveryStatus.bounced, DeliveryStatus.deferred
    }  # fmt: skip
    return News(
        at=datetime.fromtimestamp(int(event.get("timestamp") or 0), UTC),
        status=DeliveryStatus.failed if is_blocked else status,
        address=str(event.get("email") or ""),
        reason=_words(status, reason) if says_more or name == "spamreport" else "",
        mark=_mark(name, reason, is_blocked=is_blocked),
        external_id=_number(event),
    )


def _of_reader(event: Mapping[str, Any], *, wants: bool) -> News:
    """Return what the reader of a letter wants from now on; what became of the letter stays as it was."""
    return News(
        at=datetime.fromtimestamp(int(event.get("timestamp") or 0), UTC),
        address=str(event.get("email") or ""),
        reason="The reader subscribed again." if wants else "The reader unsubscribed.",
        mark=Mark.wanted if wants else Mark.unwanted,
        external_id=_number(event),
    )


def _words(status: DeliveryStatus, reason: str) -> str:
    if status is DeliveryStatus.complained:
        return "The reader reported it as spam."
    return reason or "SendGrid gives no reason."


def _mark(name: str, reason: str, *, is_blocked: bool) -> Mark | None:
    if name == "bounce":
        return None if is_blocked else Mark.unreachable
    if name == "spamreport":
        return Mark.unwanted
    return DROPPED_FOR.get(reason) if name == "dropped" else None


def _number(event: Mapping[str, Any]) -> str:
    # What Mail Send answered as X-Message-Id stands before the first dot.
    return str(event.get("sg_message_id") or "").partition(".")[0]
