"""Bind photos of pages into one PDF, in the order they were taken, so that a paper is one file."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image

from app.domain.errors import Refused
from app.integrations import providers
from app.services.files import Kept
from app.uploads import Taken

MOST_PAGES: Final = 30
PDF: Final = "application/pdf"
DOTS: Final = 150
"""Dots per inch at which a photo's pixels become paper."""


def one_paper(taken: Sequence[Taken], name: str) -> Kept:
    """Return the paper: the PDF that was sent, or its photos bound together."""
    if len(taken) == 1 and taken[0].kept.media_type == PDF:
        return taken[0].kept
    if any(one.kept.media_type == PDF for one in taken):
        raise Refused("Send one PDF, or photos only.", field="file")
    if len(taken) > MOST_PAGES:
        raise Refused(f"{MOST_PAGES} pages are the most.", field="file")
    store = providers.files()
    pages = [_page(store.read(one.kept.view_sha256 or one.kept.sha256)) for one in taken]
    bound = BytesIO()
    pages[0].save(bound, "PDF", save_all=True, append_images=pages[1:], resolution=DOTS)
    content = bound.getvalue()
    store.put(content)
    return Kept.of(content, media_type=PDF, name=name)


def _page(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content)) as photo:
        return photo.convert("RGB")
