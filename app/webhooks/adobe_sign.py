"""Adobe Acrobat Sign knocks: it wants its client id back on every call, and signs nothing.

So nothing that it says is believed. A notice only makes us read the agreement ourselves.
"""

import hashlib
import hmac
import json
from typing import Any, Final

from flask import Blueprint, Response, current_app, jsonify, request

from app import webhooks

PROVIDER: Final = "adobe_sign"
CLIENT: Final = "X-AdobeSign-ClientId"
LARGEST: Final = 10 * 1024 * 1024


def routes(hooks: Blueprint) -> None:
    """Open the door that the webhook is made with."""
    hooks.add_url_rule("/adobe-sign", "adobe_sign_shown", show, methods=["GET"])
    hooks.add_url_rule("/adobe-sign", "adobe_sign", take, methods=["POST"])


def show() -> Response:
    """Say that this address is ours, when Adobe asks before it makes the webhook."""
    return _echo() if webhooks.is_proven(_is_ours) else _refused("forged", 403)


def take() -> Response:
    """Keep a notice once, and echo the client id."""
    if not webhooks.is_proven(_is_ours):
        return _refused("forged", 403)
    raw = request.get_data(cache=False)
    said = _read(raw) if len(raw) <= LARGEST else None
    if said is None:
        return _refused("unreadable", 400)
    agreement = str((said.get("agreement") or {}).get("id") or "")
    key = str(said.get("webhookNotificationId") or "") or hashlib.sha256(raw).hexdigest()
    if agreement:
        webhooks.keep(PROVIDER, key, raw, dict(request.headers), agreement)
    return _echo()


def _is_ours() -> bool:
    ours = current_app.config["HOUSE"].vendor.get("ADOBE_SIGN_CLIENT_ID", "")
    given = request.headers.get(CLIENT, "")
    return bool(ours) and hmac.compare_digest(ours.encode(), given.encode())


def _echo() -> Response:
    client = current_app.config["HOUSE"].vendor["ADOBE_SIGN_CLIENT_ID"]
    answer = jsonify(xAdobeSignClientId=client)
    answer.headers[CLIENT] = client
    return answer


def _read(raw: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("agreement") or {}, dict):
        return None
    return said


def _refused(why: str, status: int = 401) -> Response:
    webhooks.refuse(PROVIDER, why)
    return Response(status=status)
