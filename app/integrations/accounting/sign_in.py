"""How an organisation lets us act for it in Xero: OAuth 2 by plain HTTP, light enough for the web.

Xero's pages "The standard authorization code flow" and "Token types" say what is asked here: an access
token lives 30 minutes, a refresh token is replaced with each use, and the old one may be used for
another 30 minutes if the answer was lost.
"""

import http.client
import json
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from app.integrations import exchanges
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.refusals import own_error, retry_after
from config import Config


class NoLeave(Permanent):
    """Xero wants a person to let us in again: the refresh token is spent, revoked or too old."""


SCOPES: Final = (
    "openid offline_access accounting.transactions accounting.contacts accounting.settings.read "
    "accounting.attachments"
)
UNAUTHORISED: Final = 401
UNKNOWN_TO_THEM: Final = frozenset({"invalid_client", "unauthorized_client"})
RETURN: Final = "/admin/accounting/callback"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Leave to act for an organisation for half an hour, and to ask for more."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation at Xero, and the connection to it."""

    id: str
    name: str
    connection: str = ""


@dataclass(frozen=True, slots=True)
class XeroSignIn:
    """Asks for leave, renews it and gives it back."""

    client_id: str
    secret: str = field(repr=False)
    login_url: str
    identity_url: str
    api_url: str
    base_url: str
    timeout: float = 10.0

    def page(self, state: str) -> str:
        """Return the address where a person lets us in."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.base_url + RETURN,
            "scope": SCOPES,
            "state": state,
        }
        return f"{self.login_url}/identity/connect/authorize?{urlencode(asked)}"

    def exchange(self, code: str) -> Tokens:
        """Return the tokens for the code a person came back with."""
        return self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.base_url + RETURN,
            }
        )

    def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens; ``Permanent`` when Xero wants a person again."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def revoke(self, refresh_token: str) -> None:
        """Give the leave back: the tokens and all connections made with them end."""
        self._post("/connect/revocation", {"token": refresh_token})

    def places(self, access_token: str) -> list[Place]:
        """Return the organisations that we were let into."""
        answer = self._ask("GET", f"{self.api_url}/Connections", access=access_token)
        return [
            Place(one["tenantId"], one.get("tenantName", ""), one["id"])
            for one in answer
            if one.get("tenantType") == "ORGANISATION"
        ]

    def _tokens(self, form: Mapping[str, str]) -> Tokens:
        answer = self._post("/connect/token", form)
        return Tokens(answer["access_token"], answer["refresh_token"], int(answer["expires_in"]))

    def _post(self, path: str, form: Mapping[str, str]) -> Any:
        return self._ask("POST", self.identity_url + path, form=form)

    def _ask(
        self, method: str, url: str, *, form: Mapping[str, str] | None = None, access: str = ""
    ) -> Any:
        both = b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {access}" if access else f"Basic {both}",
        }
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, said, told = _call(method, url, body, headers, self.timeout)
        exchanges.note(
            method, url, request=dict(form or {}), status=status, headers=told, answer=said
        )
        if 200 <= status < 300:
            return json.loads(said) if said else None
        raise _failure(status, said, told)


def xero_sign_in(config: Config) -> XeroSignIn:
    """Return how leave is asked for, as configured."""
    vendor = config.vendor
    return XeroSignIn(
        client_id=vendor["XERO_CLIENT_ID"],
        secret=vendor["XERO_CLIENT_SECRET"],
        login_url=vendor["XERO_LOGIN_URL"].rstrip("/"),
        identity_url=vendor["XERO_IDENTITY_URL"].rstrip("/"),
        api_url=vendor["XERO_API_URL"].rstrip("/"),
        base_url=config.base_url,
        timeout=min(10.0, config.http_timeout_seconds / 2),
    )


def _call(
    method: str, url: str, body: str | None, headers: Mapping[str, str], timeout: float
) -> tuple[int, bytes, dict[str, str]]:
    """Send one request and read its answer; nobody is asked twice."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    line = (
        http.client.HTTPSConnection(
            host, port, timeout=timeout, context=ssl.create_default_context()
        )
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=timeout)
    )
    try:
        line.connect()
    except OSError as error:
        raise Retryable(f"Xero cannot be reached: {error}.") from error
    try:
        line.request(method, parts.path, body, dict(headers))
        answer = line.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    except (OSError, http.client.HTTPException) as error:
        raise Unclear(f"Xero did not answer: {type(error).__name__}.") from error
    finally:
        line.close()


def _failure(status: int, said: bytes, headers: Mapping[str, str]) -> Permanent | Retryable:
    if status == 429 or status >= 500:
        told = {name.lower(): value for name, value in headers.items()}
        wait = retry_after(told.get("retry-after"))
        words = own_error("Xero", status) if status >= 500 else "Xero asks us to slow down."
        return Retryable(words, status=status, retry_after=wait)
    try:
        error = str(json.loads(said).get("error", ""))
    except (ValueError, AttributeError):
        error = ""
    if error == "invalid_grant":
        return NoLeave(f"Xero refused: {error}.", status=status)
    # Whatever status it comes with: our keys may have been changed, and are read again.
    meant = UNAUTHORISED if error in UNKNOWN_TO_THEM else status
    return Permanent(f"Xero refused: {error or status}.", status=meant)
