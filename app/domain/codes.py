"""The codes people type to prove they read an address, and how long and how often they work.

domain.md 3.7: one link and one code of 8 characters in one mail, 10 minutes, 5 tries.
"""

import re
import unicodedata
from datetime import timedelta
from typing import Final

from app.domain.errors import Refused

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs, five bits each, without the pairs that look alike (0 O, 1 I)."""

CODE_LENGTH: Final = 8
LIFE: Final = timedelta(minutes=10)
TRIES: Final = 5
NEWEST: Final = 3
"""How many of the newest mails stay valid: mail arrives late and out of order."""

STEP_UP_LIFE: Final = timedelta(minutes=10)
"""How long a proof of presence counts for signing and for bank details."""

_ADDRESS: Final = re.compile(
    r"[^@\s,;:<>()\[\]\"\\\x00-\x1f\x7f-\x9f]{1,64}@[^@\s.,;:<>()\"\\\x00-\x1f\x7f-\x9f]+"
    r"(\.[^@\s.,;:<>()\"\\\x00-\x1f\x7f-\x9f]+)+"
)
"""One address of RFC 5321 without quotes: nothing that a mail header takes for a second one."""


def code_from(secret: bytes) -> str:
    """Return the code that 40 random bits spell."""
    bits = int.from_bytes(secret[:5], "big")
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))


def read_code(typed: str) -> str:
    """Return a typed code as it was sent: any case, with or without its hyphen and blanks."""
    return re.sub(r"[\s\u2010-\u2015-]", "", unicodedata.normalize("NFKC", typed)).upper()


def show_code(code: str) -> str:
    """Write a code as people read it: K7RM-2WXH."""
    return f"{code[:4]}-{code[4:]}"


def check_code(typed: str) -> str:
    """Return the typed code, or refuse what cannot be one."""
    code = read_code(typed)
    if not code:
        raise Refused("Type the code from the e-mail.", field="code")
    strange = sorted(set(code) - set(ALPHABET))
    if strange:
        raise Refused(
            f"A code has no {' or '.join(strange)}. Copy the 8 letters and numbers from the e-mail.",
            field="code",
        )
    if len(code) != CODE_LENGTH:
        raise Refused(f"A code has 8 letters and numbers; this has {len(code)}.", field="code")
    return code


def check_address(typed: str) -> str:
    """Return a typed e-mail address as we compare it, or refuse what cannot be one."""
    address = unicodedata.normalize("NFKC", typed).strip().lower()
    if not address:
        raise Refused("Type your e-mail address.", field="email")
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Refused(
            "This is not an e-mail address yet. It looks like name@company.com.", field="email"
        )
    return address


def mask(address: str) -> str:
    """Return an address or number that its owner recognises and nobody else learns."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}•••@{host}"
    return f"••• {address[-3:]}"
