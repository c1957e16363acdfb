"""Posting a sentence into a company's channel: to allowed hosts alone, and never into our own network.

A person typed the address, so it is distrusted (reliability.md C7): the host must be one the
platform's operator allows, its address is looked up once and that very address is called, private
and local ones are refused, nobody is followed elsewhere. A host that the operator allows with its
port is the operator's own machine and may be private.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from app.domain.alerts import check_channel
from app.domain.errors import Refused
from app.integrations import exchanges
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.refusals import own_error

TIMEOUT: Final = 8.0
TOO_MANY: Final = 429


def post(url: str, text: str, hosts: Collection[str]) -> str:
    """Post a sentence; return the status of the answer."""
    try:
        check_channel(url, hosts)
    except Refused as refusal:
        raise Permanent(refusal.reason) from refusal
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    address = _address_of(host, port, is_own=f"{host}:{port}" in hosts)
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    path = parts.path or "/"
    # What comes after the host is the secret of such an address.
    shown = f"{parts.scheme}://{parts.netloc}/…"
    try:
        status, answer = _called(parts.scheme, host, port, address, path, body)
    except TimeoutError as error:
        exchanges.note("POST", shown, request=body)
        raise Unclear("The channel did not answer.") from error
    except (OSError, http.client.HTTPException) as error:
        exchanges.note("POST", shown, request=body)
        raise Retryable(f"The channel could not be reached: {error}.") from error
    exchanges.note("POST", shown, request=body, status=status, answer=answer)
    if status >= 500:
        raise Retryable(own_error("The channel", status), status=status)
    if status == TOO_MANY:
        raise Retryable("The channel asks us to slow down.", status=status)
    if not 200 <= status < 300:
        raise Permanent(f"The channel answered {status}. Copy its address again.", status=status)
    return f"channel-{status}"


def _address_of(host: str, port: int, *, is_own: bool) -> str:
    """Look a host up, and refuse what leads into our own network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Retryable(f"{host} is not found.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not is_own and any(not ip_address(each).is_global for each in addresses):
        raise Permanent(f"{host} leads into a private network. Alerts are not posted there.")
    return addresses[0]


def _called(
    scheme: str, host: str, port: int, address: str, path: str, body: bytes
) -> tuple[int, bytes]:
    line: http.client.HTTPConnection
    raw = socket.create_connection((address, port), TIMEOUT)
    line = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    line.sock = (
        ssl.create_default_context().wrap_socket(raw, server_hostname=host)
        if scheme == "https"
        else raw
    )
    try:
        line.request("POST", path, body, {"Content-Type": "application/json"})
        answer = line.getresponse()
        return answer.status, answer.read(2000)
    finally:
        line.close()
