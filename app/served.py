"""Hand a kept file out: the safe copy to look at, the original only to save.

Uploaded files share the product's host, so each answer is a sandbox of its own (reliability.md C7).
"""

from typing import Final
from urllib.parse import quote

from flask import Response, abort, redirect
from werkzeug.wrappers import Response as AnyResponse

from app.integrations import providers
from app.models.documents import StoredFile

SHOWN: Final = frozenset({"image/jpeg", "image/png"})
"""What is shown in the page. A PDF is saved: browsers do not open one inside a sandbox."""
LINKED: Final = 60
"""Seconds for which the address of a file works that the store hands out itself."""
SANDBOX: Final = "default-src 'none'; sandbox"


def safe_copy(file: StoredFile) -> Response:
    """Return the copy that is safe to show: a picture in the page, a PDF to save."""
    if file.view_sha256 is None or file.view_media_type is None:
        abort(404)
    shown = file.view_media_type in SHOWN
    return _answer(file.view_sha256, file.view_media_type, file.name, shown=shown)


def clean_paper(file: StoredFile) -> Response:
    """Return all pages of a PDF without what acts, to save."""
    if file.paper_sha256 is None:
        abort(404)
    return _answer(file.paper_sha256, "application/pdf", file.name, shown=False)


def original(file: StoredFile, *, is_linked: bool = True) -> AnyResponse:
    """Return the bytes as they came in, as an attachment only; from the store itself where it can.

    What whoever holds the address must not see, even for a minute, is not ``is_linked``.
    """
    unknown = "application/octet-stream"
    store = providers.files()
    link = store.link(file.sha256, LINKED, file.name or "file", unknown) if is_linked else ""
    if link:
        answer = redirect(link, 302)
        answer.headers["Cache-Control"] = "private, no-store"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer
    return _answer(file.sha256, unknown, file.name, shown=False)


def paper(content: bytes, name: str) -> Response:
    """Return a PDF that we made ourselves, to save."""
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer


def _answer(sha256: str, media_type: str, name: str, *, shown: bool) -> Response:
    answer = Response(providers.files().read(sha256), mimetype=media_type)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    if not shown:
        told = f"attachment; filename*=UTF-8''{quote(name or 'file')}"
        answer.headers["Content-Disposition"] = told
    return answer
