"""What a phone is told beside a letter: that something changed and where, and nothing about anybody."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.domain.errors import Refused
from app.domain.people import RepresentationScope

DEVICES: Final = 10
"""On so many phones and browsers a person can be told."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class Notice:
    """What a phone shows, where a tap leads, and which older notice it replaces."""

    words: str
    path: str
    topic: str


CALLS: Final = Notice("Something changed in your calls", "/portal/", "calls")
CONTRACTS: Final = Notice("Something waits in your contracts", "/portal/contracts", "contracts")
MONEY: Final = Notice("Something changed in your money", "/portal/money", "money")

NOTICES: Final = {
    "calls_published": CALLS,
    "calls_nudge": CALLS,
    "contract_sent": CONTRACTS,
    "contract_sent_copy": CONTRACTS,
    "contract_reminder": CONTRACTS,
    "amendment_sent": CONTRACTS,
    "amendment_sent_copy": CONTRACTS,
    "amendment_reminder": CONTRACTS,
    "payable_paid": MONEY,
    "payable_returned": MONEY,
    "remittance": MONEY,
}
"""The letters beside which a phone is told, by their event."""

ARTISTS_CALLS: Final = Notice(
    "Something changed in the calls of an artist you look after",
    "/portal/seats?next=/portal/",
    "artists-calls",
)
ARTISTS_CONTRACTS: Final = Notice(
    "Something waits in the contracts of an artist you look after",
    "/portal/seats?next=/portal/contracts",
    "artists-contracts",
)
ARTISTS_MONEY: Final = Notice(
    "Something changed in the money of an artist you look after",
    "/portal/seats?next=/portal/money",
    "artists-money",
)

FOR_AGENTS: Final = {CALLS: ARTISTS_CALLS, CONTRACTS: ARTISTS_CONTRACTS, MONEY: ARTISTS_MONEY}
"""What an agent's phone shows instead: a tap asks first whose pages are wanted."""


def scope_for(notice: Notice) -> RepresentationScope:
    """Return what an agent must be allowed to do for an artist to be told of it."""
    return RepresentationScope.paid if notice is MONEY else RepresentationScope.view


def check_address(endpoint: str, hosts: Iterable[str]) -> str:
    """Return the address of a browser's push service, if it is one that we know.

    The browser hands us an address that we will call: only the services that browsers use are called,
    and none inside somebody's house.
    """
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    is_known = any(host == known or host.endswith(f".{known}") for known in hosts if known)
    is_open = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not is_known or not is_open or len(endpoint) > 2000:
        raise Refused(
            "This browser uses a service for notices that we do not know. "
            "You are told by mail all the same."
        )
    return endpoint


def check_keys(point: str, secret: str) -> tuple[str, str]:
    """Return the keys by which only this browser can read what it is told (RFC 8291)."""
    if len(_bytes(point)) != 65 or _bytes(point)[:1] != b"\x04" or len(_bytes(secret)) != 16:
        raise Refused("This browser gave no keys that we can use. Try again, or another browser.")
    return point, secret


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
