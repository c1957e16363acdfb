"""Plain HTTP to a signing provider: one try, always a time-out, every answer an outcome of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Final

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from app.db.clock import now
from app.integrations import exchanges
from app.integrations.calls import before_call
from app.integrations.errors import Failure, Permanent, Retryable, Unclear

CONNECT: Final = 5.0
LONGEST_WAIT: Final = 86_400.0
OVER: Final = (429, 503)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire:
    """Asks once. Nothing is ever sent again behind our back: that is for the outbox to decide."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        timeout = urllib3.Timeout(connect=min(CONNECT, self.seconds), read=self.seconds)
        return urllib3.PoolManager(retries=False, timeout=timeout, maxsize=4)

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        fields: Any = None,
        shown: Any = None,
    ) -> Answer:
        """Ask and return whatever was answered; no answer raises. ``shown`` is what people may read."""
        before_call()
        more: dict[str, Any] = {} if fields is None else {"fields": fields}
        try:
            got = self._pool.request(
                method, url, body=body, headers=dict(headers or {}), redirect=False, **more
            )
        except HTTPError as error:
            exchanges.note(method, url, request=shown)
            raise unanswered(error) from error
        answer = Answer(got.status, got.headers, got.data)
        exchanges.note(
            method, url, request=shown, status=got.status, headers=got.headers, answer=got.data
        )
        return answer


def unanswered(error: Exception) -> Failure:
    """Return what it means that no answer came: nothing happened if nobody was reached."""
    if isinstance(error, NewConnectionError | ConnectTimeoutError):
        return Retryable(f"The provider cannot be reached: {type(error).__name__}.")
    return Unclear(f"No answer came: {type(error).__name__}.")


def failure(
    status: int, reason: str, headers: Mapping[str, str], *, is_limit: bool = False
) -> Failure:
    """Return what an answer that is no success means."""
    if status in OVER or is_limit:
        return Retryable(reason, status=status, retry_after=wait_wished(headers))
    if status >= 500:
        return Unclear(reason, status=status)
    return Permanent(reason, status=status)


def wait_wished(headers: Mapping[str, str]) -> float | None:
    """Return how long a provider wishes us to wait: Retry-After, or the hour at which its limit ends."""
    found = {name.lower(): value.strip() for name, value in headers.items()}
    if said := found.get("retry-after"):
        return _seconds(said)
    reset = found.get("x-ratelimit-reset", "")
    if reset.isdigit():
        return _bounded(int(reset) - now().timestamp())
    return None


def _seconds(said: str) -> float | None:
    if said.isdigit():
        return _bounded(float(said))
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return _bounded((until - now()).total_seconds())


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)


def instant(said: str | None) -> datetime | None:
    """Return an instant that a provider wrote, None if it wrote none or nonsense."""
    if not said:
        return None
    try:
        at = datetime.fromisoformat(_micro(said))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _micro(said: str) -> str:
    """Cut DocuSign's seven digits of a second down to the six that Python reads."""
    head, point, tail = said.replace("Z", "+00:00").partition(".")
    if not point:
        return head
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    return f"{head}.{digits[:6].ljust(6, '0')}{tail[len(digits) :]}"
