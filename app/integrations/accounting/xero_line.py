"""The line to Xero: the SDK's client with its own ways switched off, and its failures put into our words.

The SDK sends a bill with PUT, and urllib3 sends a PUT again whenever no answer comes: that would be
four bills. So nothing is ever sent twice here, every call ends in time, and the SDK never renews a
token by itself. Every request is noted for staff to read.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.exceptions import HTTPStatusException

from app.integrations import exchanges
from app.integrations.accounting.port import Leave
from app.integrations.calls import before_call
from app.integrations.errors import Failure, Permanent, Retryable, Unclear
from app.integrations.refusals import own_error, retry_after

LONGEST_WORDS: Final = 600

logging.getLogger("xero_python").setLevel(logging.WARNING)


def line_to(api_url: str, leave: Leave, timeout: float) -> AccountingApi:
    """Return the accounting API of one organisation, for one piece of work."""
    token = {
        "access_token": leave.token,
        "scope": [],
        "expires_in": 1800,
        "token_type": "Bearer",
        "expires_at": time.time() + 1800,
    }
    client = ApiClient(
        Configuration(oauth2_token=OAuth2Token()),
        pool_threads=1,
        oauth2_token_getter=lambda: token,
        oauth2_token_saver=lambda _token: None,
    )
    pool = client.rest_client.pool_manager
    pool.connection_pool_kw["retries"] = urllib3.Retry(0, redirect=0)
    pool.clear()
    client.rest_client.request = _noted(client.rest_client.request, timeout)
    return AccountingApi(client, base_url=f"{api_url}/api.xro/2.0")


def _noted(request: Callable[..., Any], timeout: float) -> Callable[..., Any]:
    """Wrap the SDK's one way out: a time limit on each call, a note of it, and our failures."""

    def ask(method: str, url: str, **more: Any) -> Any:
        more["_request_timeout"] = (min(5.0, timeout), timeout)
        sent = more.get("body")
        before_call()
        try:
            answer = request(method, url, **more)
        except HTTPStatusException as error:
            reply = error.http_resp.urllib3_response
            headers = dict(reply.headers)
            exchanges.note(
                method, url, request=sent, status=reply.status, headers=headers, answer=reply.data
            )
            raise failure(reply.status, reply.data, headers) from error
        except HTTPError as error:
            exchanges.note(method, url, request=sent)
            raise _silence(error) from error
        exchanges.note(
            method, url, request=sent, status=answer.status,
            headers=dict(answer.urllib3_response.headers), answer=answer.data,
        )  # fmt: skip
        return answer

    return ask


def _silence(error: HTTPError) -> Failure:
    """Tell a call that never began from one that nobody answered."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, NewConnectionError | ConnectTimeoutError):
        return Retryable("Xero cannot be reached.")
    return Unclear(f"Xero did not answer: {type(cause).__name__}.")


def failure(status: int, body: bytes, headers: Mapping[str, str]) -> Failure:
    """Put an answer that is no success into our words."""
    wait = retry_after(_header(headers, "Retry-After"))
    if status == 429:
        which = _header(headers, "X-Rate-Limit-Problem") or "minute"
        return Retryable(f"Xero’s limit of the {which} is used up.", status=429, retry_after=wait)
    if status == 503:
        return Retryable("Xero is closed for a while.", status=503, retry_after=wait)
    if status == 401:
        return Retryable("Xero does not take the access any more.", status=401, retry_after=0.0)
    if status >= 500:
        # It may have been done before it failed: Xero says so of nothing.
        return Unclear(own_error("Xero", status), status=status)
    return Permanent(words_of(body) or f"Xero refused with {status}.", status=status)


def words_of(body: bytes) -> str:
    """Return Xero's own words for what is wrong."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(told, dict):
        return ""
    found = [
        str(error["Message"])
        for element in told.get("Elements") or []
        for error in (element.get("ValidationErrors") or [])
        if error.get("Message")
    ]
    plain = told.get("Message") or told.get("Detail") or told.get("Title") or ""
    said = "; ".join(dict.fromkeys(found)) or str(plain)
    return f"Xero says: {said[:LONGEST_WORDS]}" if said else ""


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")
