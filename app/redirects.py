"""Where somebody may be sent on to: only to a page of this house."""

from urllib.parse import urlsplit


def safe_target(wanted: str | None, otherwise: str, *, under: str) -> str:
    """Return ``wanted`` if it is a plain path under ``under``, else ``otherwise``.

    What browsers read as another host is refused: ``//host``, a backslash, a control character.
    """
    if not wanted or not wanted.startswith(under) or wanted.startswith("//"):
        return otherwise
    if "\\" in wanted or any(ord(letter) < 32 for letter in wanted):
        return otherwise
    parts = urlsplit(wanted)
    return otherwise if parts.scheme or parts.netloc else wanted
