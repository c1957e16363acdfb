"""Speaking with Microsoft Graph from a worker: one client a conversation, our own tokens, no hidden retries.

The SDK is asynchronous and its clients belong to one event loop, so each conversation builds its own
and closes it. Tokens are asked for by one plain request and kept for the process: a conversation that
meets an expired one is held again with a new one, once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from kiota_http.middleware.options import RetryHandlerOption
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory

from app.db.clock import now
from app.integrations import exchanges
from app.integrations.calls import before_call
from app.integrations.errors import Failure, Permanent, Retryable, Unclear
from app.integrations.refusals import own_error

Answer = TypeVar("Answer")
VERSION: Final = "/v1.0"
EARLY: Final = 120.0
"""Seconds before its end in which a token is not used any more."""
QUIET: Final = ("/content", "/up/")
"""Addresses whose bodies are papers: only their length is kept for people to read."""


@dataclass(frozen=True, slots=True)
class Application:
    """Our registration at Entra, and where Entra and Graph are."""

    client_id: str
    client_secret: str = field(repr=False)
    authority: str = "https://login.microsoftonline.com"
    base: str = "https://graph.microsoft.com"
    timeout: float = 20.0


@dataclass(slots=True)
class Tokens:
    """The access tokens of this process, by tenant."""

    app: Application
    kept: dict[str, tuple[str, float]] = field(default_factory=dict)

    async def get(self, http: httpx.AsyncClient, tenant: str) -> str:
        """Return a token that holds a while, asked for if there is none."""
        token, until = self.kept.get(tenant, ("", 0.0))
        if time.monotonic() < until:
            return token
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "scope": f"{self.app.base}/.default",
        }
        url = f"{self.app.authority}/{tenant}/oauth2/v2.0/token"
        try:
            answer = await http.post(url, data=form)
        except httpx.HTTPError as error:
            raise Retryable(f"Microsoft's sign-in did not answer: {error}.") from error
        if answer.status_code >= 500:
            words = own_error("Microsoft's sign-in", answer.status_code)
            raise Retryable(words, status=answer.status_code)
        if answer.status_code == 429:
            raise Retryable("Microsoft's sign-in is busy.", status=answer.status_code)
        if answer.status_code != 200:
            raise Permanent(
                "Microsoft does not accept our key. Check GRAPH_CLIENT_ID and GRAPH_CLIENT_SECRET, "
                "and let an administrator consent again.",
                status=answer.status_code,
            )
        told = answer.json()
        self.kept[tenant] = (
            told["access_token"],
            time.monotonic() + float(told["expires_in"]) - EARLY,
        )
        return str(told["access_token"])


class _Bearer(AccessTokenProvider):
    """Gives the SDK the token of one conversation, for Graph's own host only."""

    def __init__(self, token: str, host: str) -> None:
        self.token, self.hosts = token, AllowedHostsValidator([host])

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        return self.token if self.hosts.is_url_host_valid(uri) else ""

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return self.hosts


@dataclass(frozen=True, slots=True)
class Wire:
    """One conversation: the SDK for what it can say, plain HTTP for uploads and batches."""

    sdk: GraphServiceClient
    http: httpx.AsyncClient
    base: str
    token: str = field(repr=False)


@dataclass(slots=True)
class Speaker:
    """Holds conversations with one application's registration."""

    app: Application
    tokens: Tokens = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.app)

    def hold(self, tenant: str, talk: Callable[[Wire], Awaitable[Answer]]) -> Answer:
        """Hold one conversation; with a fresh token again if the one we had ran out."""
        try:
            return asyncio.run(self._hold(tenant, talk))
        except Failure as failure:
            if failure.status != 401:
                raise
        self.tokens.kept.pop(tenant, None)
        return asyncio.run(self._hold(tenant, talk))

    async def _hold(self, tenant: str, talk: Callable[[Wire], Awaitable[Answer]]) -> Answer:
        async with self._wire(tenant) as wire:
            try:
                return await talk(wire)
            except APIError as error:
                raise failure_of(
                    error.response_status_code or 0, error.response_headers or {}, _words(error)
                ) from error
            except httpx.HTTPError as error:
                raise Unclear(f"SharePoint did not answer: {type(error).__name__}.") from error

    @asynccontextmanager
    async def _wire(self, tenant: str) -> AsyncIterator[Wire]:
        async with (
            httpx.AsyncClient(timeout=self.app.timeout, event_hooks=_HOOKS) as http,
            httpx.AsyncClient(timeout=self.app.timeout, event_hooks=_HOOKS) as inner,
        ):
            token = await self.tokens.get(http, tenant)
            client = GraphClientFactory.create_with_default_middleware(
                client=inner,
                options={RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0)},
            )
            host = urlsplit(self.app.base).hostname or ""
            adapter = GraphRequestAdapter(
                BaseBearerTokenAuthenticationProvider(_Bearer(token, host)), client=client
            )
            adapter.base_url = self.app.base + VERSION
            yield Wire(GraphServiceClient(request_adapter=adapter), http, self.app.base, token)


def _words(error: APIError) -> str:
    """Return what Graph itself says of a refusal, without the names that our library gives it."""
    return error.primary_message or f"it gives no reason ({error.response_status_code})."


def failure_of(status: int, headers: Any, words: str) -> Failure:
    """Return what an answer that is no success means for the promise."""
    after = wait_of(headers.get("retry-after") or headers.get("Retry-After") or "")
    if status in (429, 503, 504, 423):
        return Retryable(f"SharePoint asks to wait: {words}", status=status, retry_after=after)
    if status == 0 or status >= 500:
        silence = f"SharePoint gave no answer: {words}"
        return Unclear(own_error("SharePoint", status) if status else silence, status=status)
    return Permanent(f"SharePoint refused: {words}", status=status)


def wait_of(wish: str) -> float | None:
    """Return the seconds of a Retry-After header, written as a number or as a date."""
    if not wish:
        return None
    if wish.replace(".", "", 1).isdigit():
        return float(wish)
    try:
        return max(0.0, (parsedate_to_datetime(wish) - now()).total_seconds())
    except (TypeError, ValueError):
        return None


async def _note(response: httpx.Response) -> None:
    await response.aread()
    request = response.request
    url = str(request.url)
    quiet = any(part in url for part in QUIET) and request.method == "PUT"
    body = await request.aread() if not quiet else b""
    if "oauth2" in url:
        body = b""
    exchanges.note(
        request.method,
        url,
        request=f"({request.headers.get('content-length', '?')} bytes)" if quiet else body,
        status=response.status_code,
        headers=response.headers,
        answer=response.content,
    )


async def _ask(request: httpx.Request) -> None:
    """Wait for our own limits before each call; a sign-in is none."""
    if "oauth2" not in str(request.url):
        before_call()


_HOOKS: Final[dict[str, list[Callable[..., Any]]]] = {"request": [_ask], "response": [_note]}
