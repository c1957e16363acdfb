"""Receipts as a ledger takes them: at most ten files; more become one PDF of all their pages."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

import pikepdf
from PIL import Image

from app.integrations.accounting.port import Paper
from app.integrations.errors import Permanent

MOST: Final = 10
LARGEST: Final = 10_000_000
"""Bytes of one file (Xero's page on attachments)."""
PDF: Final = "application/pdf"
DOTS: Final = 150
QUALITY: Final = 80


def most_ten(papers: Sequence[Paper]) -> list[Paper]:
    """Return papers that fit beside a bill: as they are, or all pages in one PDF."""
    fitting = list(papers) if len(papers) <= MOST else [merged(papers)]
    for paper in fitting:
        if len(paper.content) > LARGEST:
            raise Permanent(
                f"{paper.name} is larger than the 10 MB that Xero takes. Attach it there by hand, in parts."
            )
    return fitting


def merged(papers: Sequence[Paper]) -> Paper:
    """Return one PDF with the pages of all papers, in their order; the same papers make the same name."""
    stem = papers[0].name.rsplit("-", 1)[0]
    with pikepdf.Pdf.new() as book:
        for paper in papers:
            content = paper.content if paper.media_type == PDF else _page(paper.content)
            with pikepdf.Pdf.open(BytesIO(content)) as pages:
                book.pages.extend(pages.pages)
        out = BytesIO()
        book.save(out, deterministic_id=True)
    return Paper(f"{stem}-receipts.pdf", PDF, out.getvalue())


def _page(content: bytes) -> bytes:
    out = BytesIO()
    with Image.open(BytesIO(content)) as photo:
        photo.convert("RGB").save(out, "PDF", resolution=DOTS, quality=QUALITY)
    return out.getvalue()
