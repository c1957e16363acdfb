"""What was said between us and a provider in one attempt, for people to read: secrets masked.

An adapter notes each request and answer while a courier listens; nobody else keeps any of it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

LONGEST: Final = 4000
"""Characters of a body that are kept; the rest is left out, and said so."""
MOST: Final = 20
"""Exchanges kept of one attempt."""
MASK: Final = "(masked)"

_SECRET: Final = re.compile(
    r"authori[sz]ation|api[-_]?key|secret|token|password|assertion|signature|cookie|account_?number"
    r"|bank|iban|tax_?number|^code$|^key$",
    re.IGNORECASE,
)
_SAID: Final = re.compile(_SECRET.pattern.replace(r"|^code$|^key$", ""), re.IGNORECASE)
"""The same in an answer: there, a code says what went wrong."""
_SAFE: Final = frozenset({"X-Rate-Limit-Problem", "token_type"})
_heard: ContextVar[list[dict[str, Any]] | None] = ContextVar("exchanges", default=None)


@contextmanager
def listening(heard: list[dict[str, Any]]) -> Iterator[None]:
    """Collect in ``heard`` what adapters note in this context."""
    held = _heard.set(heard)
    try:
        yield
    finally:
        _heard.reset(held)


def note(
    method: str,
    url: str,
    *,
    request: Any = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    answer: Any = None,
) -> None:
    """Write down one request and what came back; ``status`` is None when nothing did."""
    heard = _heard.get()
    if heard is None or len(heard) >= MOST:
        return
    heard.append(
        {
            "method": method,
            "url": _without_secrets(url),
            "request": readable(request),
            "status": status,
            "headers": masked(dict(headers or {})),
            "answer": readable(answer, secret=_SAID),
        }
    )


def readable(body: Any, secret: re.Pattern[str] = _SECRET) -> Any:
    """Return a body as a person may read it: masked, shortened, bytes only counted."""
    if isinstance(body, bytes | bytearray):
        try:
            body = bytes(body).decode()
        except UnicodeDecodeError:
            return f"({len(body)} bytes)"
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return _short(body)
    shown = masked(body, secret)
    text = json.dumps(shown, ensure_ascii=False, default=str)
    return shown if len(text) <= LONGEST else _short(text)


def masked(value: Any, secret: re.Pattern[str] = _SECRET) -> Any:
    """Return a structure in which nothing secret can be read any more."""
    if isinstance(value, Mapping):
        return {
            str(name): MASK if _is_secret(str(name), secret) and inner else masked(inner, secret)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(inner, secret) for inner in value]
    if isinstance(value, str) and "://" in value:
        return _without_secrets(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _is_secret(name: str, secret: re.Pattern[str]) -> bool:
    return name not in _SAFE and secret.search(name) is not None


def _without_secrets(url: str) -> str:
    return re.sub(r"(?i)([?&](?:sig|token|code|key|secret|tempauth)=)[^&]*", rf"\1{MASK}", url)


def _short(text: str) -> str:
    left = len(text) - LONGEST
    return text if left <= 0 else f"{text[:LONGEST]} … ({left} characters more)"
