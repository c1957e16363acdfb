"""What a picture looks like, in bits that stay nearly the same when it is saved, scaled or turned a little.

A dHash (Neal Krawetz, "Kind of Like That", 2013) over 12 x 12 fields, to the right and downwards, kept
for the picture as it stands and turned by up to three degrees: a receipt never lies straight twice.
"""

from array import array
from typing import Final

from PIL import Image

from app.domain.likeness import SIDE

ANGLES: Final = (0, -1, 1, -2, 2, -3, 3)
SMALL: Final = 192
MARGIN: Final = 1.0
"""Fields that differ by less are alike: paper is never quite even."""


def hashes(picture: Image.Image) -> str:
    """Return the hashes of a picture, upright first, in hex with commas; empty for an even surface."""
    small = picture.convert("L")
    small.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
    turned = [_bits(_turn(small, angle)) for angle in ANGLES]
    if not turned[0]:
        return ""
    return ",".join(f"{bits:0{SIDE * SIDE // 2}x}" for bits in turned)


def _turn(picture: Image.Image, angle: int) -> Image.Image:
    return picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=255) if angle else picture


def _bits(picture: Image.Image) -> int:
    grey = picture.convert("F")
    across, down = _fields(grey, SIDE + 1, SIDE), _fields(grey, SIDE, SIDE + 1)
    bits = 0
    for row in range(SIDE):
        for column in range(SIDE):
            place = row * (SIDE + 1) + column
            bits = bits << 1 | (across[place] > across[place + 1] + MARGIN)
    for place in range(SIDE * SIDE):
        bits = bits << 1 | (down[place] > down[place + SIDE] + MARGIN)
    return bits


def _fields(grey: Image.Image, width: int, height: int) -> "array[float]":
    return array("f", grey.resize((width, height), Image.Resampling.BOX).tobytes())
