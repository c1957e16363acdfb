"""Receipts as nobody should send them: real and drawn ones, bent in seeded ways.

Each file is made of its number alone, so that one which did harm can be made again.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Final

import pillow_heif
from PIL import Image

from tests.bench import papers

RECEIPTS: Final = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "receipts"
EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
HTML: Final = b"<html><script>alert(document.cookie)</script></html>"
SVG: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
)
ENDINGS: Final = (".jpg", ".JPG", ".png", ".heic", ".pdf", ".html", ".svg", ".exe", "", ".jpg.html")
DECLARED: Final = (
    "image/jpeg", "image/png", "application/pdf", "text/html", "image/svg+xml",
    "application/octet-stream", "image/heic",
)  # fmt: skip

Bend = Callable[[bytes, Random, "Mutants"], bytes]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file, what was done to it, and what its sender says it is."""

    number: int
    how: str
    content: bytes
    name: str
    declared: str


class Mutants:
    """Makes the file of any number."""

    def __init__(self, seed: int = 20261125) -> None:
        self.seed = seed
        self.whole = [*_real(), *_drawn(), *papers.all_of()]

    def make(self, number: int) -> Mutant:
        """Return the file of that number."""
        chance = Random(self.seed * 1_000_003 + number)
        how = "enormous" if number % RARELY == 0 else list(BENDS)[number % len(BENDS)]
        bend = enormous if how == "enormous" else BENDS[how]
        content = bend(chance.choice(self.whole), chance, self)
        name = f"receipt {number}{chance.choice(ENDINGS)}"
        return Mutant(number, how, content, name, chance.choice(DECLARED))


def untouched(content: bytes, _chance: Random, _all: Mutants) -> bytes:
    """Leave a file whole: only its name and its declared type are wrong."""
    return content


def flipped(content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Turn single bits round."""
    bent = bytearray(content)
    for _ in range(chance.choice((1, 2, 8, 64))):
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
    return bytes(bent)


def flipped_in_the_head(content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Turn bits round where sizes and kinds are told."""
    bent = bytearray(content)
    for _ in range(chance.choice((1, 2, 4))):
        bent[chance.randrange(3, min(400, len(bent)))] ^= 1 << chance.randrange(8)
    return bytes(bent)


def truncated(content: bytes, chance: Random, _all: Mutants) -> bytes:
    """End in the middle, as an upload that was cut off."""
    return content[: chance.randrange(len(content))]


def spliced(content: bytes, chance: Random, everything: Mutants) -> bytes:
    """Carry a piece of another file."""
    other = chance.choice(everything.whole)
    start, place = chance.randrange(len(other)), chance.randrange(len(content))
    return content[:place] + other[start : start + chance.randrange(1, 4000)] + content[place:]


def overwritten(content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Hold noise or nothing where something stood."""
    place, size = chance.randrange(len(content)), chance.randrange(1, 2000)
    filling = bytes(size) if chance.random() < 0.5 else chance.randbytes(size)
    return content[:place] + filling + content[place + size :]


def shortened(content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Miss a piece in the middle."""
    place = chance.randrange(len(content))
    return content[:place] + content[place + chance.randrange(1, 3000) :]


def doubled(content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Say a piece twice."""
    place = chance.randrange(len(content))
    piece = content[place : place + chance.randrange(1, 3000)]
    return content[:place] + piece + content[place:]


def polyglot(content: bytes, chance: Random, everything: Mutants) -> bytes:
    """Be two things at once."""
    script = chance.choice((HTML, SVG, b"PK\x03\x04" + bytes(40), b"%PDF-1.4\n" + HTML))
    note = b"\xff\xfe" + (len(script) + 2).to_bytes(2, "big") + script
    return chance.choice(
        (
            content + script,
            script + content,
            content[:2] + note + content[2:],
            content + chance.choice(everything.whole),
        )
    )


def disguised(_content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Be something else under the name of a receipt."""
    return chance.choice(
        (
            HTML,
            SVG,
            b"GIF89a" + HTML,
            b"MZ" + bytes(200),
            b"",
            b"\0",
            b"PK\x03\x04" + bytes(99),
            EICAR,
        )
    )


def infected(content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Carry what every scanner is tried with."""
    place = chance.randrange(16, len(content))
    return content[:place] + EICAR + content[place:]


def enormous(_content: bytes, chance: Random, _all: Mutants) -> bytes:
    """Say that it is enormous."""
    return chance.choice((png_bomb(20_000, 20_000), png_bomb(65_000, 900), papers.flate_bomb()))


BENDS: Final[dict[str, Bend]] = {
    bend.__name__.replace("_", " "): bend
    for bend in (
        untouched, flipped, flipped_in_the_head, truncated, spliced, overwritten, shortened,
        doubled, polyglot, disguised, infected,
    )
}  # fmt: skip
RARELY: Final = 100
"""One file of so many says that it is enormous: the costliest to look at."""


@cache
def png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of few bytes that unfolds to the size it tells."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 2) * min(height, 4000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _real() -> list[bytes]:
    return [photo.read_bytes() for photo in sorted(RECEIPTS.glob("*.jpg"))]


def _drawn() -> list[bytes]:
    """Return drawn receipts in every format a phone sends, with the place they were taken at."""
    place = Image.Exif()
    place[0x0112] = 6
    place.get_ifd(0x8825)[1] = "S"
    place.get_ifd(0x8825)[2] = (34.0, 55.0, 42.0)
    receipt = papers.receipt()
    saved = []
    for kind, mode, more in (
        ("JPEG", "RGB", {"exif": place}),
        ("JPEG", "RGB", {"exif": place, "progressive": True}),
        ("JPEG", "CMYK", {}),
        ("PNG", "RGB", {"exif": place}),
        ("PNG", "RGBA", {}),
        ("PNG", "P", {}),
        ("PNG", "I;16", {}),
        ("WEBP", "RGB", {"exif": place}),
        ("WEBP", "RGBA", {"lossless": True}),
    ):
        out = BytesIO()
        receipt.convert("I" if mode == "I;16" else mode).convert(mode).save(out, kind, **more)
        saved.append(out.getvalue())
    for size in ((480, 640), (1200, 1600)):
        out = BytesIO()
        pillow_heif.from_pillow(receipt.resize(size)).save(out, exif=place.tobytes())
        saved.append(out.getvalue())
    return saved
