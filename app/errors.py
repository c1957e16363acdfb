"""How a refusal looks: a page in our language for people, problem+json (RFC 9457) for programs."""

import logging
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.db.secrets import Unreadable
from app.db.session import forget
from app.domain.errors import Refused

log = logging.getLogger(__name__)

WORDS: Final[dict[int, tuple[str, str]]] = {
    400: (
        "That could not be read",
        "What your browser sent is not complete. Go back, load the page again and send it once more.",
    ),
    401: ("Sign in first", "You are not signed in, or your session is over. Sign in to go on."),
    403: (
        "This page is not part of your role",
        "An Administrator of your company can give you the role that has it.",
    ),
    404: (
        "There is nothing here for you",
        "The address may be mistyped, or the record is not yours to see. Go back, or begin at the start.",
    ),
    405: ("This cannot be done that way", "Go back and use the button on the page."),
    409: (
        "Something changed meanwhile",
        "Go back, load the page again and look at it before you go on. Nothing of yours was saved.",
    ),
    413: (
        "The file is too large",
        "Files can have 25 MB. Take the photo again in a smaller size, or send the pages one by one.",
    ),
    415: ("This kind of file is not taken", "Send a JPEG, PNG, HEIC or PDF."),
    429: ("Too many tries", "Wait a little and try again. Nothing is lost."),
    500: (
        "Something broke on our side",
        "Nothing was half saved. Try once more; if it happens again, tell us the number below.",
    ),
    503: ("The house is not ready", "Try again in a minute. Nothing of yours is lost."),
}

SEALED: Final = (
    "This cannot be opened at the moment",
    (
        "Account numbers and other sealed entries lie here safely, but the portal lacks the key that sealed "
        "this one. Whoever runs it has to put the key back; nothing is lost until then. Tell them the number "
        "below."
    ),
)
"""What is said where a sealed field does not open: a key is missing, and nobody at the desk can help."""
STALE_FORM: Final = (
    "This page has been open too long",
    "You signed in or out since it was loaded. Go back, load it again and send it once more.",
)


def install(app: Flask) -> None:
    """Show every refusal in our own words."""
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Refused, _say_no)
    app.register_error_handler(StaleDataError, _changed_meanwhile)
    app.register_error_handler(Unreadable, _lacks_key)
    app.register_error_handler(InternalServerError, _confess)


def _stale_form(_error: CSRFError) -> tuple[Response | str, int]:
    return _answer(400, *STALE_FORM), 400


def _say_no(refusal: Refused) -> tuple[Response | str, int]:
    return _answer(409, "That cannot be done", str(refusal)), 409


def _changed_meanwhile(_error: StaleDataError) -> tuple[Response | str, int]:
    """Say that somebody else was first: the row's version was not the one that was read."""
    return _answer(409, *WORDS[409]), 409


def _lacks_key(error: Unreadable) -> tuple[Response | str, int]:
    """Say to people that a key is missing, and to whoever runs the portal which setting it belongs to."""
    log.error(
        "A sealed field does not open: put its key back among FIELD_KEYS, after the newest",
        exc_info=error,
    )
    return _answer(503, *SEALED), 503


def _confess(error: InternalServerError) -> tuple[Response | str, int]:
    """Say that it is our fault, whatever broke: nobody is looked up for this page any more."""
    log.error("A request failed", exc_info=error.original_exception or error)
    forget()
    if not hasattr(g, "_login_user"):
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # noqa: SLF001  where Flask-Login looks first
    return _answer(500, *WORDS[500]), 500


def _refuse(error: HTTPException) -> Response:
    code = error.code or 500
    answer = Response(headers=error.get_response(request.environ).headers, status=code)
    if code < 400:
        return answer
    title, way_out = WORDS.get(code, (HTTPStatus(code).phrase, WORDS[400][1]))
    wait = getattr(error, "retry_after", None)
    if isinstance(wait, int):
        way_out = f"Wait {_span(wait)} and try again. Nothing is lost."
    body = _answer(code, title, way_out)
    if isinstance(body, Response):
        answer.set_data(body.get_data())
        answer.content_type = body.content_type
    else:
        answer.set_data(body)
        answer.content_type = "text/html; charset=utf-8"
    return answer


def _answer(code: int, title: str, way_out: str) -> Response | str:
    if wants_json():
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": title,
            "status": code,
            "detail": way_out,
            "request_id": g.get("request_id", ""),
        }
        answer = jsonify(problem)
        answer.content_type = "application/problem+json"
        return answer
    surface = "portal" if request.path.startswith("/portal") else "desk"
    return render_template(
        "refusal.html", code=code, heading=title, way_out=way_out, surface=surface
    )


def wants_json() -> bool:
    """Tell whether a program asks, and not a person."""
    if request.path.startswith(("/api/", "/hooks/", "/health/")):
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _span(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
