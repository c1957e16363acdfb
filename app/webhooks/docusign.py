"""DocuSign Connect knocks (JSON SIM): its HMAC over the raw bytes is checked, the notice kept once.

Several keys may be valid at a time, and DocuSign signs with all of its own (X-DocuSign-Signature-1,
-2 ...): so a key is changed without losing a notice.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, current_app, request

from app import webhooks
from app.db.clock import now
from app.integrations.esign.wire import instant

PROVIDER: Final = "docusign"
SIGNATURES: Final = "x-docusign-signature-"
MOST_SIGNATURES: Final = 100
LARGEST: Final = 4 * 1024 * 1024
OLDEST: Final = timedelta(days=30)
"""Older than anything Connect still repeats: a recording that somebody plays back."""


def routes(hooks: Blueprint) -> None:
    """Open the door that Connect is told of."""
    hooks.add_url_rule("/docusign", "docusign", take, methods=["POST"])


def take() -> Response:
    """Keep a notice whose signature is right; answer at once."""
    raw, headers = request.get_data(cache=False), _lowered()
    vendor = current_app.config["HOUSE"].vendor

    def proof() -> bool:
        return is_signed(raw, headers, vendor.get("DOCUSIGN_HMAC_KEYS", ""))

    if len(raw) > LARGEST or not webhooks.is_proven(proof):
        return _refused("forged")
    said = _read(raw)
    if said is None:
        return _refused("unreadable", 400)
    written_at = instant(str(said.get("generatedDateTime") or ""))
    if written_at is not None and is_stale(written_at, now()):
        return _refused("stale")
    envelope = str(said["data"].get("envelopeId") or "")
    webhooks.keep(PROVIDER, key_of(said, raw), raw, headers, envelope or None)
    return Response(status=200)


def is_signed(raw: bytes, headers: Mapping[str, str], keys: str) -> bool:
    """Tell whether any of our keys made any of the signatures; names of headers are in small letters."""
    given = list(_given(headers))
    ok = False
    for key in keys.replace(",", " ").split():
        made = base64.b64encode(hmac.new(key.encode(), raw, hashlib.sha256).digest())
        for signature in given:
            ok |= hmac.compare_digest(made, signature)
    return ok


def is_stale(written_at: datetime, at: datetime) -> bool:
    """Tell whether a notice is too old to be a repeat, or was written in the future."""
    return at - written_at > OLDEST or written_at - at > timedelta(hours=1)


def key_of(said: Mapping[str, Any], raw: bytes) -> str:
    """Return what names an event, however often it is delivered (integrations.md 4.6)."""
    data = said["data"]
    parts = (
        said.get("configurationId"), data.get("envelopeId"), said.get("event"),
        data.get("recipientId"), said.get("generatedDateTime"),
    )  # fmt: skip
    if not said.get("generatedDateTime"):
        return hashlib.sha256(raw).hexdigest()
    return ":".join("" if part is None else str(part) for part in parts)


def _lowered() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _given(headers: Mapping[str, str]) -> Iterator[bytes]:
    for number in range(1, MOST_SIGNATURES + 1):
        signature = headers.get(f"{SIGNATURES}{number}")
        if signature is None:
            return
        yield signature.strip().encode()


def _read(raw: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(raw)
    except ValueError:
        return None
    return said if isinstance(said, dict) and isinstance(said.get("data"), dict) else None


def _refused(why: str, status: int = 401) -> Response:
    webhooks.refuse(PROVIDER, why)
    return Response(status=status)
