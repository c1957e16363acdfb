"""PDF files: taken apart and written anew without anything that runs, opens, calls or carries.

Runs in the child process alone. What is dropped: OpenAction, AA, JavaScript, Launch, EmbeddedFiles,
RichMedia, XFA and their kin (ISO 32000-2, 12.6 and 12.7).
"""

from io import BytesIO
from typing import Any, Final

import pikepdf

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


def clean(content: bytes) -> bytes:
    """Return the PDF without what acts; refuse one that is locked, empty or broken."""
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
    except (pikepdf.PdfError, ValueError, TypeError, RecursionError) as error:
        raise Refused(
            "This is not a PDF we can read: its contents are damaged. "
            "Save it again, or take a photo of the paper."
        ) from error
    return out.getvalue()


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


def _go_on(inner: Any, depth: int) -> None:
    # What is kept as an object of its own is visited from the list of objects.
    if isinstance(inner, pikepdf.Object) and not inner.is_indirect:
        _tame(inner, depth + 1)
