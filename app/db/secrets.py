"""Encryption of single fields: bank accounts, tax numbers, passports, second factors.

AES-256-GCM over ``v1|kid|nonce|ct`` with table|column|organisation|row as associated data, so that a
ciphertext moved to another row does not open (reliability.md C7). Each organisation and column has a
key of its own, derived from the master key by HKDF (RFC 5869); the master keys are configuration,
newest first, and old ones still open what they sealed.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION: Final = "v1"
NONCE_BYTES: Final = 12


class Unreadable(Exception):
    """A sealed field cannot be opened: its key is gone, or it was moved or changed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed field stands; it opens nowhere else."""

    table: str
    column: str
    organisation_id: int | None
    row: str

    @property
    def drawer(self) -> str:
        """Return what shares one key."""
        return f"{self.table}|{self.column}|{self.organisation_id or ''}"

    def associated(self) -> bytes:
        """Return the data that the seal is bound to."""
        return f"{self.drawer}|{self.row}".encode()


def configure(keys: Sequence[str]) -> None:
    """Take the master keys (URL-safe base64 of 32 bytes), newest first. Called once, like ``bind``."""
    _keys.clear()
    for text in keys:
        key = base64.urlsafe_b64decode(text)
        _keys[hashlib.sha256(b"kid|" + key).hexdigest()[:8]] = key
    _derived.cache_clear()


def seal(plain: str, place: Place) -> str:
    """Return ``plain`` sealed for ``place`` with the newest key."""
    kid = next(iter(_keys))
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_derived(kid, place.drawer)).encrypt(nonce, plain.encode(), place.associated())
    return "|".join((VERSION, kid, _letters(nonce), _letters(sealed)))


def unseal(sealed: str, place: Place) -> str:
    """Return what was sealed for ``place``, with whichever of our keys did it."""
    try:
        version, kid, nonce, text = sealed.split("|")
        if version != VERSION or kid not in _keys:
            raise Unreadable(
                "It needs an entry that was sealed with a key we do not have. The platform's operator puts "
                f"that key back among FIELD_KEYS ({place.table}.{place.column})."
            )
        cipher = AESGCM(_derived(kid, place.drawer))
        return cipher.decrypt(_bytes(nonce), _bytes(text), place.associated()).decode()
    except (ValueError, InvalidTag) as broken:
        raise Unreadable(
            "It needs a sealed entry that does not open here: it was moved or changed "
            f"({place.table}.{place.column})."
        ) from broken


def is_stale(sealed: str) -> bool:
    """Tell whether a field was sealed with another key than the newest."""
    return sealed.split("|")[1] != next(iter(_keys))


def digest(text: str) -> bytes:
    """Return a keyed hash, for what is too short to be hashed plainly: codes, account numbers.

    ``text`` begins with what it is for, so that no two uses share a hash. The oldest key is used, so that a new one does not change what is already written.
    """
    kid = next(reversed(_keys))
    return hmac.new(_derived(kid, "digest"), text.encode(), hashlib.sha256).digest()


_keys: dict[str, bytes] = {}


@lru_cache(maxsize=512)
def _derived(kid: str, drawer: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"field|{drawer}".encode()).derive(_keys[kid])


def _letters(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
