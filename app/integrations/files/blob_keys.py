"""Signing for Azure Blob Storage with the account's key, and addresses that work for a short while.

As published: learn.microsoft.com/rest/api/storageservices, ``authorize-with-shared-key`` and
``create-service-sas`` (version 2020-12-06 of the string that is signed).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from app.db.clock import now
from app.integrations.errors import Permanent

VERSION: Final = "2021-12-02"
SIGNED: Final = (
    "Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date",
    "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range",
)  # fmt: skip
"""The headers whose values stand in the string that is signed, in this order."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where the files are, and the key to them. ``url`` ends without a slash; an emulator's names the account."""

    name: str
    key: str = field(repr=False)
    url: str
    container: str

    @property
    def base(self) -> str:
        """Return what of the path belongs to the address: an emulator's account."""
        return urlsplit(self.url).path


def account_of(connection: str, container: str) -> Account:
    """Read a connection string as Azure's portal shows it, or as its emulator documents one."""
    parts = dict(part.partition("=")[::2] for part in connection.strip().split(";") if part)
    name, key = parts.get("AccountName", ""), parts.get("AccountKey", "")
    scheme = parts.get("DefaultEndpointsProtocol", "https")
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    url = parts.get("BlobEndpoint") or f"{scheme}://{name}.blob.{suffix}"
    try:
        is_key = bool(base64.b64decode(key, validate=True))
    except ValueError:
        is_key = False
    if not name or not is_key or urlsplit(url).scheme not in {"http", "https"}:
        raise Permanent(
            "AZURE_STORAGE_CONNECTION_STRING is not one: copy it from the storage account, Access keys."
        )
    return Account(name, key, url.rstrip("/"), container)


def signed(
    account: Account, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers of a call with its moment and its signature."""
    whole = {**headers, "x-ms-date": format_datetime(now(), usegmt=True), "x-ms-version": VERSION}
    folded = {name.lower(): value for name, value in whole.items()}
    length = folded.get("content-length", "")
    standard = {**folded, "content-length": "" if length == "0" else length}
    own = sorted((name, value) for name, value in folded.items() if name.startswith("x-ms-"))
    resource = f"/{account.name}{account.base}{path}" + "".join(
        f"\n{name.lower()}:{value}" for name, value in sorted(query.items())
    )
    text = "\n".join(
        [
            method,
            *(standard.get(name.lower(), "") for name in SIGNED),
            *(f"{name}:{value}" for name, value in own),
            resource,
        ]
    )
    return {**whole, "Authorization": f"SharedKey {account.name}:{_hmac(account, text)}"}


def sas(account: Account, path: str, seconds: int, name: str, media_type: str) -> str:
    """Return the query that lets whoever has it read one blob, as a file to save, for a while."""
    until = (now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    shown = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    protocol = "https" if account.url.startswith("https:") else "https,http"
    fields = {
        "sp": "r", "st": "", "se": until, "resource": f"/blob/{account.name}{path}", "si": "",
        "sip": "", "spr": protocol, "sv": VERSION, "sr": "b", "snapshot": "", "ses": "",
        "rscc": "private, no-store", "rscd": shown, "rsce": "", "rscl": "", "rsct": media_type,
    }  # fmt: skip
    said = {key: value for key, value in fields.items() if value and key != "resource"}
    return urlencode({**said, "sig": _hmac(account, "\n".join(fields.values()))}, quote_via=quote)


def block_id(sha256: str, number: int) -> str:
    """Return the name of one block: of one length for all, and the same for whoever sends the file."""
    return base64.b64encode(f"{sha256[:24]}-{number:08d}".encode()).decode()


def block_list(names: list[str]) -> bytes:
    """Return the list that makes blocks one blob."""
    listed = "".join(f"<Latest>{escape(name)}</Latest>" for name in names)
    return f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'.encode()


def _hmac(account: Account, text: str) -> str:
    key = base64.b64decode(account.key)
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
