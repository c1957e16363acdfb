"""Twilio's notices: what became of a text, and what people write back (STOP and START).

The signature is over the public address, built from the configuration: what the request says of
itself may have been changed by a proxy on the way.
"""

import json
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.db.clock import now
from app.integrations import providers
from app.webhooks import is_proven, keep, refuse

SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""An answer in Twilio's markup that answers nothing to whoever wrote."""


def routes(hooks: Blueprint) -> None:
    """Name the addresses: each text carries the first, the second is entered at Twilio."""
    hooks.add_url_rule("/twilio/status/<uuid:effect>", "twilio_status", status, methods=["POST"])
    hooks.add_url_rule("/twilio/inbound", "twilio_inbound", inbound, methods=["POST"])


def status(effect: UUID) -> Response:
    """Keep what became of a text; each status of a text is one event."""
    refusal = _refusal()
    if refusal is not None:
        return refusal
    told = request.form
    event_key = f"{told.get('MessageSid', effect)}:{told.get('MessageStatus', '')}"
    keep("twilio", event_key, _noted("status"), dict(request.headers), str(effect))
    return Response(status=204)


def inbound() -> Response:
    """Keep what somebody wrote back."""
    refusal = _refusal()
    if refusal is not None:
        return refusal
    event_key = f"inbound:{request.form.get('MessageSid', '')}"
    keep("twilio", event_key, _noted("inbound"), dict(request.headers), None)
    return Response(SILENCE, content_type="text/xml")


def _refusal() -> Response | None:
    """Return why a notice is not taken, None for a genuine one."""
    house = current_app.config["HOUSE"]
    if not house.vendor.get("TWILIO_AUTH_TOKEN"):
        return Response(status=404)
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    public = f"{house.base_url}{request.path}{query}"

    def proof() -> bool:
        token = house.vendor.get("TWILIO_AUTH_TOKEN", "")
        return providers.is_genuine_text_notice(token, public, request.form, dict(request.headers))

    if is_proven(proof):
        return None
    refuse("twilio")
    return Response(status=403)


def _noted(kind: str) -> bytes:
    """Return the words of a notice with its kind and when it came, which Twilio does not say."""
    told = {"kind": kind, "at": now().isoformat(), "said": request.form.to_dict()}
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
