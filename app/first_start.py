"""What a first start leaves under ``var/``: secrets, and where the embedded servers listen."""

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from app.settings import SettingError

ADDRESSES = "embedded.json"


def kept_secret(var: Path, name: str) -> str:
    """Return 32 random bytes in URL-safe base64, made once and readable by us alone."""
    path = var / name
    if path.exists():
        return path.read_text().strip()
    var.mkdir(mode=0o711, parents=True, exist_ok=True)
    made = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    half = var / f".{name}-{secrets.token_hex(4)}"
    _write(half, made)
    try:
        os.link(half, path)
    except FileExistsError:
        return path.read_text().strip()
    finally:
        half.unlink()
    return made


def vapid_key(given: str, var: Path, *, loopback: bool) -> str:
    """Return the key for notices to phones; elsewhere than here it is given, or no phone is told."""
    key = given or (kept_secret(var, "vapid_private_key") if loopback else "")
    try:
        size = len(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    except (binascii.Error, ValueError):
        size = -1
    if size not in {0, 32}:
        raise SettingError(
            "VAPID_PRIVATE_KEY is not 32 bytes in URL-safe base64. Make one: "
            "openssl rand -base64 32 | tr '+/' '-_'."
        )
    return key


def addresses(var: Path) -> dict[str, str]:
    """Return the addresses of the running embedded servers, if there are any."""
    note = var / ADDRESSES
    if not os.access(note, os.R_OK):
        return {}
    found: dict[str, str] = json.loads(note.read_text())
    return found


def note_addresses(var: Path, found: Mapping[str, str]) -> None:
    """Write down where the embedded servers listen, for ``flask`` in the next terminal."""
    forget_addresses(var)
    _write(var / ADDRESSES, json.dumps(dict(found)))


def forget_addresses(var: Path) -> None:
    """Take the note away when the servers are gone."""
    (var / ADDRESSES).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
