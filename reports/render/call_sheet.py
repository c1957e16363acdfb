"""A call sheet as PDF by typst: tagged (PDF/UA-1, ISO 14289-1), the same bytes for the same version."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import typst

from app.domain.errors import Refused
from app.services.schedules.call_sheets import CallSheet

TEMPLATE: Final = Path(__file__).resolve().parent.parent / "templates" / "call_sheet.typ"
STANDARDS: Final = ["ua-1", "a-3a"]
FORBIDDEN: Final = str.maketrans("", "", "\0\ufeff\ufffe")
"""What PDF/A forbids in text (ISO 19005-3, 6.2.11.7); pasted words bring the second, unseen."""


def call_sheet_pdf(sheet: CallSheet) -> bytes:
    """Return the sheet as paper."""
    data = {**asdict(sheet), "title": sheet.title, "day": sheet.day.isoformat()}
    stamped = sheet.published_at
    data["published_at"] = None
    written = json.dumps(data, ensure_ascii=False).translate(FORBIDDEN)
    error = ""
    # The typefaces typst brings; where they lack a letter, those of the machine.
    for only_own in (True, False):
        try:
            return _set(written, int(stamped.timestamp()) if stamped else 0, only_own=only_own)
        except typst.TypstError as failure:
            error = str(failure)
    raise Refused(f"The PDF could not be set: {error}")


def _set(written: str, timestamp: int, *, only_own: bool) -> bytes:
    with TemporaryDirectory(prefix="sheet-") as room:
        Path(room, "main.typ").write_bytes(TEMPLATE.read_bytes())
        Path(room, "data.json").write_text(written, encoding="utf-8")
        # The wheel's stubs mix up the kinds of input that may stand beside each other.
        made: bytes = cast("Any", typst).compile(
            Path(room, "main.typ"),
            root=Path(room),
            format="pdf",
            pdf_standards=STANDARDS,
            ignore_system_fonts=only_own,
            timestamp=timestamp,
        )
    return made
