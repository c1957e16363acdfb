"""The built-in scanner: no list of viruses, but nothing gets through that is not what it says it is.

A photo is decoded and written anew, a PDF is taken apart (architecture.md decision 10, reliability.md
C7). The original is kept for evidence, handed out as an attachment only, and marked not virus-scanned.
"""

from typing import Final

from app.domain.documents import ScanStatus
from app.domain.errors import Refused
from app.integrations.scan.pool import Answer, Harmed, Pool
from app.integrations.scan.port import Findings

EICAR: Final = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
"""What every virus scanner is tried with (eicar.org, "Anti Malware Testfile")."""
SEEN_THROUGH: Final = frozenset(
    {"image/jpeg", "image/png", "image/heic", "image/webp", "application/pdf"}
)
PDF: Final = "application/pdf"
PDF_UNDRAWN: Final = "application/pdf;undrawn"
"""What the child is asked where drawing the pages took too much."""


class StructureScan:
    """Opens each file in a child process of little memory and little time."""

    def __init__(self) -> None:
        self._pool = Pool()

    def look(self, content: bytes, media_type: str) -> Findings:
        """Return the copy to show, or refuse."""
        if EICAR in content:
            raise Refused("This file carries a virus signature (EICAR). Nothing of it was kept.")
        if media_type not in SEEN_THROUGH:
            return Findings(ScanStatus.unscanned)
        facts, view, paper = self._asked(content, media_type)
        if "refused" in facts:
            raise Refused(facts["refused"])
        return Findings(
            ScanStatus.structure_checked,
            view,
            facts["view_media_type"],
            paper,
            facts["perceptual_hash"],
        )

    def _asked(self, content: bytes, media_type: str) -> Answer:
        ways = (PDF, PDF_UNDRAWN) if media_type == PDF else (media_type,)
        for way in ways:
            try:
                return self._pool.ask(content, way)
            except Harmed:
                continue
        raise Refused(
            "This file could not be opened safely: it takes too much memory or time. "
            "Take the photo again, or choose another file."
        )
