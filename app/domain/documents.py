"""Files the company keeps: what they are, and whether anybody checked them."""

import re
import unicodedata
from enum import StrEnum, auto
from typing import Final

from app.domain.errors import Refused


class DocumentKind(StrEnum):
    """What a document is."""

    contract = auto()
    evidence = auto()
    signed_upload = auto()
    receipt = auto()
    passport = auto()
    visa = auto()
    insurance = auto()
    tax_form = auto()
    report = auto()
    workbook = auto()
    other = auto()


class ScanStatus(StrEnum):
    """What the scanner said of a file."""

    unscanned = auto()
    structure_checked = auto()
    clean = auto()
    infected = auto()


MEGABYTE: Final = 1024 * 1024
LARGEST: Final = 25 * MEGABYTE

SIGNATURES: Final = {
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "application/pdf": ((0, b"%PDF-"),),
    "image/heic": tuple(
        (4, b"ftyp" + brand)
        for brand in (
            b"heic",
            b"heix",
            b"heim",
            b"heis",
            b"hevc",
            b"hevx",
            b"hevm",
            b"hevs",
            b"mif1",
            b"msf1",
        )
    ),
    "image/webp": ((8, b"WEBPVP8"),),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ((0, b"PK\x03\x04"),),
}
"""What a file of each kind begins with, and where: the name and what a browser says prove nothing."""

ALLOWED: Final = {
    DocumentKind.receipt: frozenset(
        {"image/jpeg", "image/png", "image/heic", "image/webp", "application/pdf"}
    ),
    DocumentKind.workbook: frozenset(
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    ),
}
PAPER: Final = ALLOWED[DocumentKind.receipt]
"""What every other kind of document may come as."""

NAMES: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/heic": "HEIC",
    "image/webp": "WebP",
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
}

ENDINGS: Final = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/heic": (".heic", ".heif"),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
"""How the name of a file of each kind ends; the first is put on where another stands."""

_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", "desktop.ini", ".lock", "_vti_"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)
_ILLEGAL: Final = re.compile(r'["*:<>?/\\|#%\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
LONGEST_NAME: Final = 120


def kind_of_bytes(head: bytes) -> str | None:
    """Return the media type that the first bytes of a file show, None if it is none we take."""
    for media_type, marks in SIGNATURES.items():
        if any(head[place : place + len(mark)] == mark for place, mark in marks):
            return media_type
    return None


def check_upload(kind: DocumentKind, head: bytes, size: int, field: str = "file") -> str:
    """Return the media type of a file that may come in, or refuse it with the reason."""
    if size == 0:
        raise Refused(
            "The file is empty. Take the photo again, or choose another file.", field=field
        )
    if size > LARGEST:
        raise Refused(
            f"The file has {-(-size // MEGABYTE)} MB; {LARGEST // MEGABYTE} MB is the most. "
            "Send a smaller photo or fewer pages.",
            field=field,
        )
    media_type = kind_of_bytes(head)
    allowed = ALLOWED.get(kind, PAPER)
    if media_type not in allowed:
        names = ", ".join(sorted(NAMES[one] for one in allowed))
        raise Refused(f"We cannot read this file. Send one of these: {names}.", field=field)
    return media_type


def safe_name(name: str, fallback: str = "file") -> str:
    """Return a file name that SharePoint, Windows and a mail take, as close as can be to the one given.

    Microsoft: "Restrictions and limitations in OneDrive and SharePoint".
    """
    tidy = _ILLEGAL.sub("-", unicodedata.normalize("NFC", name))
    tidy = " ".join(tidy.replace("_vti_", "-").split()).strip(" .").lstrip("~$")
    stem, dot, ending = tidy.rpartition(".")
    if not stem:
        stem, dot, ending = tidy, "", ""
    if stem.lower() in _RESERVED or tidy.lower() in _RESERVED:
        stem = f"{stem}-"
    room = LONGEST_NAME - len(dot) - len(ending)
    stem = stem[: max(room, 1)].rstrip(" .")
    return f"{stem}{dot}{ending}"[:LONGEST_NAME] if stem else fallback


def name_as(media_type: str, name: str, fallback: str = "file") -> str:
    """Return a safe name that ends as what the file is: a photo called receipt.html opens as a photo."""
    safe = safe_name(name, fallback)
    endings = ENDINGS.get(media_type, ())
    if not endings or safe.lower().endswith(endings):
        return safe
    return f"{safe[: LONGEST_NAME - len(endings[0])]}{endings[0]}"
