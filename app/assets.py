"""The shelf of stylesheets and scripts: read once, named by content, kept by browsers for a year.

Every file lives under one address, ``/static/<shelf>/<name>``, where ``<shelf>`` is a fingerprint of
all files together: a module may import its neighbour by a relative name, and a new release is a new
shelf. Files are few and small, so they are held in memory, also compressed.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, request, url_for

FOLDERS: Final = ("app/static", "admin/static", "portal/static")
ROOT: Final = Path(__file__).resolve().parent.parent
YEAR: Final = 365 * 24 * 3600
COMPRESSED: Final = frozenset({".css", ".js", ".svg", ".json", ".webmanifest"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    packed: bytes | None
    media_type: str


class Shelf:
    """All assets of the product and the fingerprint they share."""

    def __init__(self, folders: list[Path]) -> None:
        self.assets: dict[str, Asset] = {}
        digest = sha256()
        for folder in folders:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                name = path.relative_to(folder).as_posix()
                self.assets[name] = _read(path)
                digest.update(name.encode() + b"\0" + self.assets[name].body)
        self.fingerprint = digest.hexdigest()[:12]


def asset_url(name: str) -> str:
    """Return the address of an asset, for templates: ``asset_url('desk.css')``."""
    return url_for("asset", shelf=shelf().fingerprint, name=name)


def shelf() -> Shelf:
    """Return the shelf of the running application."""
    return _shelves[0]


def install(app: Flask) -> None:
    """Serve the shelf and let templates name what is on it."""
    _shelves[:] = [Shelf([ROOT / folder for folder in FOLDERS])]
    app.add_url_rule("/static/<shelf>/<path:name>", "asset", _serve)
    app.add_template_global(asset_url)


def _serve(shelf: str, name: str) -> Response:
    known = _shelves[0]
    asset = known.assets.get(name)
    if asset is None:
        abort(404)
    packed = asset.packed is not None and request.accept_encodings["gzip"] > 0
    answer = Response(asset.packed if packed else asset.body, content_type=asset.media_type)
    answer.vary.add("Accept-Encoding")
    if packed:
        answer.content_encoding = "gzip"
    if shelf == known.fingerprint:
        answer.cache_control.public = True
        answer.cache_control.max_age = YEAR
        answer.cache_control.immutable = True
    else:
        answer.cache_control.no_cache = True
    return answer


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    guessed = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    media_type = guessed or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else None
    return Asset(body, packed, media_type)


_shelves: list[Shelf] = []
