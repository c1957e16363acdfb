"""How surely a copy of a receipt is found, and how seldom another one is taken for it (real scans)."""

from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from app.domain.likeness import DIGITS, NEAR, distance, turned
from app.integrations.scan import looks

RECEIPTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "receipts"
NEEDS_RECEIPTS = pytest.mark.skipif(
    not RECEIPTS.is_dir(), reason="../shared/data/receipts is not there"
)


def saved_anew(picture, quality=30):
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(BytesIO(out.getvalue())).convert("RGB")


def turn(degrees):
    return lambda picture: picture.rotate(degrees, expand=True, fillcolor="white")


COPIES = {
    "saved anew": (saved_anew, 30),
    "scaled to two fifths": (lambda p: p.resize((p.width * 2 // 5, p.height * 2 // 5)), 30),
    "darker": (lambda p: ImageEnhance.Brightness(p).enhance(0.75), 30),
    "a little brighter": (lambda p: ImageEnhance.Brightness(p).enhance(1.1), 28),
    "much brighter": (lambda p: ImageEnhance.Brightness(p).enhance(1.25), 24),
    "turned by 1": (turn(1), 29),
    "turned by -2": (turn(-2), 27),
    "all of it": (lambda p: saved_anew(turn(1)(ImageEnhance.Brightness(p.resize((p.width // 2, p.height // 2))).enhance(1.1)), 50), 26),
}  # fmt: skip
"""The copy, and of how many of the 30 it is to be found at least."""


@pytest.fixture(scope="module")
def receipts():
    made = [Image.open(path).convert("RGB") for path in sorted(RECEIPTS.glob("*.jpg"))]
    for picture in made:
        picture.thumbnail((1200, 1200))
    return made


@pytest.fixture(scope="module")
def kept(receipts):
    return [looks.hashes(picture) for picture in receipts]


def near(one, other):
    return min(distance(one, other), distance(other, one)) <= NEAR


@NEEDS_RECEIPTS
@pytest.mark.parametrize("name", list(COPIES))
def test_a_copy_is_found(receipts, kept, name, record_property):
    copy, least = COPIES[name]

    found = sum(
        near(one, looks.hashes(copy(picture))) for one, picture in zip(kept, receipts, strict=True)
    )

    record_property("found", found)
    print(f"{name}: {found} of {len(receipts)} found")
    assert found >= least


@NEEDS_RECEIPTS
def test_different_receipts_are_hardly_ever_taken_for_one(kept):
    pairs = list(combinations(kept, 2))

    alike = sum(near(one, other) for one, other in pairs)

    print(f"different receipts: {alike} of {len(pairs)} pairs alike")
    assert alike <= len(pairs) // 100


def test_an_even_surface_looks_like_nothing():
    assert looks.hashes(Image.new("RGB", (300, 300), "white")) == ""


def test_a_picture_is_kept_upright_and_turned():
    picture = Image.new("L", (300, 400), 255)
    picture.paste(0, (40, 60, 180, 90))

    hashes = looks.hashes(picture)

    assert len(turned(hashes)) == len(looks.ANGLES)
    assert {len(one) for one in hashes.split(",")} == {DIGITS}
