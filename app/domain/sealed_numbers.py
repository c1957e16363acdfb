"""Numbers of a person that are kept sealed: tax number and passport, as typed and as shown."""

import re
from typing import Final

from app.domain.errors import Refused

_SPACES: Final = re.compile(r"[\s\-.]+")
_NUMBER: Final = re.compile(r"[A-Z0-9]{5,20}")
SHOWN: Final = 3


def read_number(typed: str, field: str, what: str) -> str:
    """Return a number without the spaces it was typed with, or refuse what cannot be one."""
    number = _SPACES.sub("", typed).upper()
    if not _NUMBER.fullmatch(number) or not any(sign.isdigit() for sign in number):
        raise Refused(
            f"Type the {what} as it stands on the paper: 5 to 20 letters and digits.", field=field
        )
    return number


def ending_of(number: str) -> str:
    """Write a sealed number so that it is recognised, and no more: its last three signs."""
    return f"ending {number[-SHOWN:]}" if number else ""


def check_reason(reason: str) -> str:
    """Return why somebody looks, or refuse a look without a reason."""
    if not reason.strip():
        raise Refused("Say why you look. It is written into the history.", field="why")
    return reason.strip()
