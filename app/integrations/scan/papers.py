"""PDF files: taken apart and written anew without anything that runs, opens, calls or carries.

Runs in the child process alone. What is dropped: OpenAction, AA, JavaScript, Launch, EmbeddedFiles,
RichMedia, XFA and their kin (ISO 32000-2, 12.6 and 12.7).
"""

import os
from io import BytesIO
from typing import Any, Final, cast

import pikepdf
import typst
from PIL import Image

from app.domain.errors import Refused

DROPPED: Final = frozenset(
    [
        "/OpenAction",
        "/AA",
        "/JS",
        "/JavaScript",
        "/EmbeddedFiles",
        "/EF",
        "/AF",
        "/XFA",
        "/RichMediaContent",
        "/RichMediaSettings",
        "/Collection",
        "/Metadata",
        "/PieceInfo",
        "/Requirements",
        "/URI",
    ]
)
ACTIONS: Final = frozenset(
    [
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToR",
        "/GoToE",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/GoTo3DView",
        "/RichMediaExecute",
        "/URI",
    ]
)
"""Kinds of action (the value of S) that reach outside the page."""
GADGETS: Final = frozenset(
    ["/RichMedia", "/Screen", "/Movie", "/Sound", "/FileAttachment", "/3D", "/Widget", "/Link"]
)
"""Annotations (the value of Subtype) that act; a receipt needs none of them."""
DEPTH: Final = 60
END, ROOM_BEHIND = b"%%EOF", 4096
"""The last words of a PDF, and how much may follow them. Without them half of the pages may be gone."""
PAGES: Final = 5
"""As many are drawn; the others are read in the PDF."""
WIDTH: Final = 420
"""Points that a page is drawn wide."""
PIXELS_PER_INCH: Final = 180.0
OPEN_FILES: Final = "/proc/self/fd"
JPEG: Final = "/DCTDecode"
START_OF_SCAN, TOLD_FIRST, TOLD_LAST, COMMENT = 0xDA, 0xE1, 0xED, 0xFE
JPEG_ALONE: Final = (JPEG, str(pikepdf.Array([pikepdf.Name(JPEG)])))


def clean(content: bytes) -> bytes:
    """Return the PDF without what acts; refuse one that is locked, empty, broken or cut off."""
    if END not in content[-ROOM_BEHIND:]:
        raise _damaged("it ends in the middle")
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise _locked()
            if not len(pdf.pages):
                raise Refused("This PDF has no page. Choose another file, or take a photo.")
            _strip(pdf)
            out = BytesIO()
            pdf.save(out, linearize=False)
    except pikepdf.PasswordError as error:
        raise _locked() from error
    except (Refused, MemoryError):
        raise
    except Exception as error:
        raise _damaged() from error
    return out.getvalue()


def picture(cleaned: bytes) -> Image.Image:
    """Return the first pages of a clean PDF one below the other, drawn by typst."""
    with pikepdf.open(BytesIO(cleaned)) as pdf:
        last = min(len(pdf.pages), PAGES)
    paper = os.memfd_create("paper")
    try:
        with os.fdopen(os.dup(paper), "wb") as memory:
            memory.write(cleaned)
        drawn = _drawn(paper, last)
    except typst.TypstError as error:
        raise _damaged() from error
    finally:
        os.close(paper)
    pages = Image.open(BytesIO(drawn), formats=["PNG"])
    pages.load()
    return pages


def _drawn(paper: int, last: int) -> bytes:
    source = (
        f"#set page(width: {WIDTH}pt, height: auto, margin: 0pt, fill: white)\n"
        f"#for page in range(1, {last + 1}) "
        f'{{ image("/{paper}", format: "pdf", page: page, width: 100%) }}'
    )
    # The paper is a file in memory alone; the wheel's stubs mix up the kinds of input.
    compiler = typst.Compiler(root=OPEN_FILES, ignore_system_fonts=True)
    return cast("bytes", compiler.compile(source.encode(), format="png", ppi=PIXELS_PER_INCH))


def _damaged(why: str = "its contents are damaged") -> Refused:
    return Refused(
        f"This is not a PDF we can read: {why}. Save it again, or take a photo of the paper."
    )


def _locked() -> Refused:
    return Refused("This PDF is locked with a password. Save it without one, or take a photo.")


def _strip(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        if "/Annots" in page.obj:
            kept = [one for one in page.obj.Annots if str(one.get("/Subtype", "")) not in GADGETS]
            page.obj.Annots = pikepdf.Array(kept)
    if "/AcroForm" in pdf.Root:
        del pdf.Root.AcroForm
    for thing in list(pdf.objects):
        _tame(thing, 0)
    _tame(pdf.Root, 0)
    if "/Info" in pdf.trailer:
        del pdf.trailer.Info


def _tame(thing: Any, depth: int) -> None:
    """Take out of a thing, and of what is written inside it, whatever acts."""
    if depth > DEPTH:
        raise ValueError("nested too deep")
    if isinstance(thing, pikepdf.Array):
        for inner in list(thing):
            _go_on(inner, depth)
        return
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    if str(thing.get("/S", "")) in ACTIONS:
        for key in list(thing.keys()):
            if key not in ("/Length", "/Filter"):
                del thing[key]
        return
    for key in list(thing.keys()):
        if key in DROPPED:
            del thing[key]
        else:
            _go_on(thing[key], depth)
    _forget_place(thing)


def _forget_place(thing: Any) -> None:
    if isinstance(thing, pikepdf.Stream) and str(thing.get("/Filter", "")) in JPEG_ALONE:
        thing.write(without_notes(thing.read_raw_bytes()), filter=pikepdf.Name(JPEG))


def _go_on(inner: Any, depth: int) -> None:
    # What is kept as an object of its own is visited from the list of objects.
    if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
        _tame(inner, depth + 1)


def without_notes(photo: bytes) -> bytes:
    """Return a JPEG without what it tells of place, camera and owner (its APP1 to APP13 and comments).

    APP0 and APP14 stay: they say how its colours are meant (ITU T.81, annex B; Adobe TN 5116).
    """
    kept, place = [photo[:2]], 2
    while photo[place : place + 1] == b"\xff" and place + 4 <= len(photo):
        mark, size = photo[place + 1], int.from_bytes(photo[place + 2 : place + 4], "big")
        if mark == START_OF_SCAN:
            break
        if not (TOLD_FIRST <= mark <= TOLD_LAST or mark == COMMENT):
            kept.append(photo[place : place + 2 + size])
        place += 2 + size
    return b"".join([*kept, photo[place:]])
