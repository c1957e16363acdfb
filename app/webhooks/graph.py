"""Where Microsoft Graph knocks: it proves the address once, and hints that a library changed.

A hint carries a word that we signed when we subscribed (``clientState``). It says only that something
changed: what did is asked for (delta), so hints that are lost, late or repeated do no harm.
"""

import json
from typing import Any

from flask import Blueprint, Response, current_app, request

from app import webhooks
from app.db.clock import now
from app.domain.archive import span_of, whose_state

PROVIDER = "sharepoint"
LONGEST = 1000
"""Characters of a token that is repeated."""
MOST = 100
"""Hints read from one knock; Graph sends far fewer."""


def routes(hooks: Blueprint) -> None:
    """Open the door."""
    hooks.add_url_rule("/graph", "graph", knock, methods=["POST"])


def knock() -> Response:
    """Repeat the token that proves the address, or keep the hints; answer at once."""
    token = request.args.get("validationToken")
    if token is not None:
        return Response(token[:LONGEST], mimetype="text/plain")
    raw = request.get_data()
    hints = _hints(raw)
    if hints is None:
        webhooks.refuse(PROVIDER, "unreadable")
        return Response(status=400)
    ours = [whose for hint in hints if (whose := _whose(hint))]
    if len(ours) < len(hints):
        webhooks.refuse(PROVIDER)
    for whose in dict.fromkeys(ours):
        # Hints of one span are one: the look that follows is taken after all of them.
        webhooks.keep(PROVIDER, f"{whose}:{span_of(now())}", raw, dict(request.headers), whose)
    return Response(status=202 if ours or not hints else 403)


def _hints(raw: bytes) -> list[Any] | None:
    try:
        told = json.loads(raw)
    except ValueError:
        return None
    found = told.get("value") if isinstance(told, dict) else None
    return found[:MOST] if isinstance(found, list) else None


def _whose(hint: Any) -> str:
    state = hint.get("clientState") if isinstance(hint, dict) else None
    if not isinstance(state, str):
        return ""
    return whose_state(state, current_app.config["HOUSE"].secret_key)
