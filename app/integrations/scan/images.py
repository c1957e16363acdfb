"""Photos: decode them for real, turn them upright, and write them anew without what they carried along.

Runs in the child process alone. Pillow is told which formats to try, since it sniffs over forty
whatever the name says (Pillow: "Security").
"""

import warnings
from io import BytesIO
from typing import Final

import pillow_heif
from PIL import Image, ImageOps

from app.domain.errors import Refused
from app.integrations.scan import looks

pillow_heif.register_heif_opener()

FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/heic": "HEIF",
    "image/webp": "WEBP",
}
SCALED: Final = frozenset({"L", "RGB", "RGBA", "CMYK", "YCbCr"})
"""Modes that scale as they are; the others are written out first."""
PIXELS: Final = 64_000_000
"""A phone's 48 megapixels pass."""
DRAFT_PIXELS: Final = 256_000_000
"""A larger JPEG is decoded at an eighth, so 200 megapixels pass as well."""
VIEW_SIDE: Final = 2400
"""Longest side of the copy that is shown: a till receipt is readable, and it loads on a phone."""


def rewrite(content: bytes, media_type: str) -> tuple[bytes, str, str]:
    """Return the picture written anew, its media type and its perceptual hash; refuse what is none."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    is_jpeg = media_type == "image/jpeg"
    Image.MAX_IMAGE_PIXELS = DRAFT_PIXELS if is_jpeg else PIXELS
    try:
        with Image.open(BytesIO(content), formats=[FORMATS[media_type]]) as picture:
            if is_jpeg:
                # Decoded no larger than it is shown: 48 megapixels cost what 12 do.
                picture.draft("RGB", (VIEW_SIDE, VIEW_SIDE))
            upright = ImageOps.exif_transpose(_small(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("This photo is too large to open. Take it again at a usual size.") from error
    except MemoryError:
        raise
    except Exception as error:
        raise Refused(
            f"This is not a photo we can read: {_about(error)}. Take it again, or choose another file."
        ) from error
    return written(upright)


def _small(picture: Image.Image) -> Image.Image:
    """Return the picture no larger than it is shown, before anything copies it whole."""
    picture.load()
    scales = picture.mode in SCALED and "transparency" not in picture.info
    small = picture if scales else _plain(_in_eight_bits(picture))
    small.thumbnail((VIEW_SIDE, VIEW_SIDE))
    return small


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Return a grey picture of sixteen bits in eight: Pillow would cut off what is above 255."""
    if not picture.mode.startswith("I;16"):
        return picture
    return picture.convert("I").point(lambda value: value / 257).convert("L")


def _plain(picture: Image.Image) -> Image.Image:
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    return picture.convert("RGBA" if has_alpha else "RGB")


def written(picture: Image.Image) -> tuple[bytes, str, str]:
    """Return a picture as the JPEG that is shown, its media type and its perceptual hash."""
    plain = _plain(picture)
    # A new canvas: no EXIF, no place, no profile, nothing behind the end of the picture comes along.
    clean = Image.new("RGB", plain.size, "white")
    clean.paste(plain, mask=plain.getchannel("A") if plain.mode == "RGBA" else None)
    out = BytesIO()
    clean.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue(), "image/jpeg", looks.hashes(clean)


def _about(error: Exception) -> str:
    said = str(error).lower()
    if "truncated" in said or "broken" in said or "eof" in said:
        return "it ends in the middle"
    return "its contents are damaged"
