"""Take a file in at the door: look at it, keep its bytes, and hand the service an account of it.

Bytes never pass through a service; their name is their content, so a repeat is harmless
(architecture.md 3.3).
"""

from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from app.domain.documents import LARGEST, DocumentKind, ScanStatus, check_upload, name_as
from app.domain.errors import Refused
from app.integrations import providers
from app.services.files import Kept


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is in the store, and what the scanner said of it."""

    kept: Kept
    scan_status: ScanStatus


def is_given(upload: FileStorage | None) -> bool:
    """Tell whether somebody chose a file: a browser sends an empty part where nobody did."""
    return upload is not None and bool(upload.filename)


def take_in(upload: FileStorage, kind: DocumentKind, *, field: str = "file") -> Taken:
    """Keep an upload with the copy that is safe to show, or refuse it beside its field."""
    content = upload.stream.read(LARGEST + 1)
    size = len(content) if len(content) <= LARGEST else _size(upload)
    media_type = check_upload(kind, content[:64], size, field)
    try:
        found = providers.scan().look(content, media_type)
    except Refused as refusal:
        raise Refused(refusal.reason, field=field) from refusal
    store = providers.files()
    kept = Kept(
        sha256=store.put(content),
        size=len(content),
        media_type=media_type,
        name=name_as(media_type, upload.filename or "", "photo"),
        view_sha256=store.put(found.view) if found.view else None,
        view_media_type=found.view_media_type or None,
        paper_sha256=store.put(found.paper) if found.paper else None,
        perceptual_hash=found.perceptual_hash or None,
    )
    return Taken(kept, found.status)


def _size(upload: FileStorage) -> int:
    upload.stream.seek(0, 2)
    return upload.stream.tell()
