"""Xero's notices: its signature over the raw bytes, 200 or 401 with nothing else, kept once each.

Xero's page "Configuring your server": answer within five seconds, without a body and without cookies;
an intent to receive is sent with right and wrong signatures, and only the wrong ones may get a 401.
"""

import base64
import hashlib
import hmac
import json
from typing import Any, Final

from flask import Blueprint, Response, current_app, request

from app import webhooks
from app.services.inbox import Kept

XERO: Final = "xero"
LARGEST: Final = 1_000_000


def routes(hooks: Blueprint) -> None:
    """Open the door."""
    hooks.add_url_rule("/xero", view_func=take, methods=["POST"])


def take() -> Response:
    """Verify a notice and keep each of its events once."""
    raw = request.get_data()
    vendor = current_app.config["HOUSE"].vendor
    given = request.headers.get("x-xero-signature", "")

    def proof() -> bool:
        return is_signed(vendor.get("XERO_WEBHOOK_KEY", ""), raw, given)

    if len(raw) > LARGEST or not webhooks.is_proven(proof):
        webhooks.refuse(XERO)
        return _nothing(401)
    events = _events(raw)
    if events is None:
        webhooks.refuse(XERO, "unreadable")
    else:
        kept = [Kept(_name_of(event), json.dumps(event).encode()) for event in events]
        webhooks.keep_all(XERO, kept, dict(request.headers))
    # What Xero signed is taken whatever it says: another answer would have the webhook switched off.
    return _nothing(200)


def is_signed(key: str, raw: bytes, given: str) -> bool:
    """Tell whether Xero signed these bytes with our key."""
    if not key:
        return False
    made = base64.b64encode(hmac.new(key.encode(), raw, hashlib.sha256).digest())
    return hmac.compare_digest(made, given.encode())


def _events(raw: bytes) -> list[dict[str, Any]] | None:
    """Return the events that name whose and what they are; none of an intent to receive."""
    try:
        told = json.loads(raw)
    except ValueError:
        return None
    events = told.get("events") if isinstance(told, dict) else None
    if not isinstance(events, list):
        return None
    return [
        event
        for event in events
        if isinstance(event, dict) and event.get("tenantId") and event.get("resourceId")
    ]


def _name_of(event: dict[str, Any]) -> str:
    """Return what tells this event from every other: Xero gives it no number."""
    parts = ("tenantId", "eventCategory", "resourceId", "eventType", "eventDateUtc")
    return ":".join(str(event.get(part, "")) for part in parts)


def _nothing(status: int) -> Response:
    answer = Response(status=status)
    answer.headers.pop("Content-Type", None)
    return answer
