"""Files on the local disk, named by their content: ``ab/cd/abcd...``."""

import hashlib
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO, Final

from app.integrations.errors import Permanent, Retryable

PIECE: Final = 1 << 20
"""Bytes read at a time."""
NAME: Final = re.compile(r"[0-9a-f]{64}")


class LocalFiles:
    """A folder that grows and never changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes: written beside their place, flushed to the disk, then moved there at once."""
        sha256 = hashlib.sha256(content).hexdigest()
        place = self._place(sha256)
        if place.exists():
            return sha256
        half = place.with_name(f".{sha256}-{secrets.token_hex(4)}")
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with half.open("xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            half.replace(place)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise Retryable(f"The file could not be kept: {error.strerror}.") from error
        return sha256

    def take_in(self, place: Path) -> str:
        """Keep a finished file: hashed in pieces, flushed to the disk, then moved there at once."""
        try:
            with place.open("rb+") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                os.fsync(stream.fileno())
            kept = self._place(sha256)
            half = kept.with_name(f".{sha256}-{secrets.token_hex(4)}")
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(place, half)
            half.replace(kept)
        except OSError as error:
            raise Retryable(f"The file could not be kept: {error.strerror}.") from error
        return sha256

    def remove(self, sha256: str) -> None:
        """Take the bytes of a name away for good."""
        try:
            self._place(sha256).unlink(missing_ok=True)
        except OSError as error:
            raise Retryable(f"The file could not be removed: {error.strerror}.") from error

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes of a name as a stream."""
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError as error:
            raise Permanent(f"There is no file {sha256[:12]}.") from error

    def checked(self, sha256: str) -> BinaryIO:
        """Return the bytes of a name as a stream, checked against it without holding them."""
        stream = self.open(sha256)
        found = hashlib.sha256()
        while piece := stream.read(PIECE):
            found.update(piece)
        if found.hexdigest() != sha256:
            stream.close()
            raise Permanent(f"The file {sha256[:12]} is not what was kept.")
        stream.seek(0)
        return stream

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a name, checked against it."""
        with self.open(sha256) as stream:
            content = stream.read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Permanent(f"The file {sha256[:12]} is not what was kept.")
        return content

    def link(self, sha256: str, seconds: int, name: str, media_type: str) -> str:
        """Return no address: only the product reads this folder."""
        del sha256, seconds, name, media_type
        return ""

    def has(self, sha256: str) -> bool:
        """Tell whether there are bytes of that name."""
        return self._place(sha256).exists()

    def _place(self, sha256: str) -> Path:
        if not NAME.fullmatch(sha256):
            raise Permanent("That is not the name of a file.")
        return self.folder / sha256[:2] / sha256[2:4] / sha256
