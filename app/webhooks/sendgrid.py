"""SendGrid's event webhook: a signed batch of events, each kept once."""

import hashlib
import json
from typing import Any, Final

from flask import Blueprint, Response, current_app, request

from app.db.clock import now
from app.integrations.email import sendgrid_events
from app.services.inbox import Kept
from app.webhooks import is_proven, keep_all, refuse

SIGNATURE: Final = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP: Final = "X-Twilio-Email-Event-Webhook-Timestamp"


def routes(hooks: Blueprint) -> None:
    """Name the address that is entered at SendGrid: BASE_URL/hooks/sendgrid."""
    hooks.add_url_rule("/sendgrid", "sendgrid", receive, methods=["POST"])


def receive() -> Response:
    """Keep the events of a genuine batch that tell what became of our letters."""
    vendor = current_app.config["HOUSE"].vendor
    if not vendor.get("SENDGRID_WEBHOOK_PUBLIC_KEY"):
        return Response(status=404)
    raw = request.get_data()
    signature, timestamp = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")

    def proof() -> bool:
        known = vendor.get("SENDGRID_WEBHOOK_PUBLIC_KEY", "").replace(",", " ").split()
        return sendgrid_events.is_signed(known, signature, timestamp, raw)

    if not is_proven(proof):
        refuse("sendgrid")
        return Response(status=403)
    if not sendgrid_events.is_fresh(timestamp, now()):
        refuse("sendgrid", "stale")
        return Response(status=403)
    events = _events(raw)
    if events is None:
        refuse("sendgrid", "unreadable")
        return Response(status=400)
    keep_all(
        "sendgrid", [_kept(event) for event in events if _matters(event)], dict(request.headers)
    )
    return Response(status=204)


def _events(raw: bytes) -> list[dict[str, Any]] | None:
    try:
        batch = json.loads(raw)
    except ValueError:
        return None
    events = batch if isinstance(batch, list) else [batch]
    return events if all(isinstance(event, dict) for event in events) else None


def _matters(event: dict[str, Any]) -> bool:
    """Tell whether an event is news of a letter of ours; others may use the same account."""
    is_news = event.get("event") in sendgrid_events.MATTERS
    return is_news and sendgrid_events.reference_of(event) is not None


def _kept(event: dict[str, Any]) -> Kept:
    text = json.dumps(event, ensure_ascii=False, sort_keys=True).encode()
    event_key = str(event.get("sg_event_id") or hashlib.sha256(text).hexdigest())
    return Kept(event_key, text, sendgrid_events.reference_of(event))
