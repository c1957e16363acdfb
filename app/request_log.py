"""One line in the log for each request, with the id by which everything it causes is found.

The id of a request comes in and goes out as ``X-Request-ID``, and travels with the viewer into the
audit log and the outbox, so that one number leads from a page to what it caused.
"""

import logging
import re
import secrets
import time
from typing import Final

from flask import Flask, Response, g, request

from app import sessions
from app.log_lines import work_for

HEADER: Final = "X-Request-ID"
ACCEPTABLE: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = logging.getLogger("portal.request")


def install(app: Flask) -> None:
    """Give each request its id and write one line when it is answered."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if ACCEPTABLE.fullmatch(given) else secrets.token_hex(12)
        g.began = time.perf_counter()
        work_for(g.request_id)

    @app.after_request
    def tell(answer: Response) -> Response:
        answer.headers[HEADER] = g.get("request_id", "")
        log.info(
            "%s %s %s",
            request.method,
            _place(),
            answer.status_code,
            extra={
                "method": request.method,
                "place": _place(),
                "status": answer.status_code,
                "milliseconds": round((time.perf_counter() - g.get("began", 0.0)) * 1000, 1),
                "who": _who(),
            },
        )
        return answer


def _place() -> str:
    """Return the rule that answered, so that no token in an address is ever logged."""
    return request.url_rule.rule if request.url_rule is not None else "(no such page)"


def _who() -> str:
    if sessions.kind_of(request.path) is None:
        return ""
    live = sessions.live()
    if live is None:
        return ""
    return f"staff:{live.user_id}" if live.user_id else f"address:{live.identity_id}"
