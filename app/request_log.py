"""Logs as JSON lines, each with the request it belongs to, and none with a secret.

The id of a request comes in and goes out as ``X-Request-ID``, and travels with the viewer into the
audit log and the outbox, so that one number leads from a page to what it caused.
"""

import json
import logging
import re
import secrets
import sys
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask, Response, g, request

from app import sessions

HEADER: Final = "X-Request-ID"
ACCEPTABLE: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
KNOWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_current: ContextVar[str] = ContextVar("request_id", default="")
log = logging.getLogger("portal.request")


def request_id() -> str:
    """Return the id of the request or task at work, or nothing outside of one."""
    return _current.get()


def work_for(identifier: str) -> None:
    """Log what follows under a request's id: for tasks that carry on its work."""
    _current.set(identifier)


class Lines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id(),
        }
        line.update((name, value) for name, value in vars(record).items() if name not in KNOWN)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def write_lines(level: str) -> None:
    """Write every log of this process as JSON lines to its standard error."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[lines], force=True)


def install(app: Flask) -> None:
    """Give each request its id and write one line when it is answered."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "")
        g.request_id = given if ACCEPTABLE.fullmatch(given) else secrets.token_hex(12)
        g.began = time.perf_counter()
        _current.set(g.request_id)

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
