"""Files in Azure Blob Storage: write-once by content hash, in blocks, over plain signed HTTP.

The web keeps and reads files, too, and carries no vendor's library; the few calls are the service's
REST interface (learn.microsoft.com/rest/api/storageservices), signed with the account's key.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from app.integrations.errors import Permanent, Retryable
from app.integrations.files.blob_keys import Account, block_id, block_list, sas
from app.integrations.files.blob_wire import Answer, Wire

NAME: Final = re.compile(r"[0-9a-f]{64}")
PIECE: Final = 1 << 20
"""Bytes read at a time."""
BLOCK: Final = 8 << 20
"""Bytes of one block of a large file; up to it a file is sent in one call."""
IN_MEMORY: Final = 8 << 20
"""Bytes of a file that is read which stay in memory; the rest is spooled to disk."""


@dataclass(slots=True)
class BlobFiles:
    """A container that grows and never changes: each blob is named by its content."""

    account: Account
    timeout: float = 20.0
    block: int = BLOCK

    def put(self, content: bytes) -> str:
        """Keep the bytes under their hash; what is there already is left as it is."""
        sha256 = hashlib.sha256(content).hexdigest()
        if len(content) <= self.block:
            self._put_whole(sha256, content)
        elif not self.has(sha256):
            pieces = (
                content[start : start + self.block] for start in range(0, len(content), self.block)
            )
            self._put_blocks(sha256, pieces)
        return sha256

    def take_in(self, place: Path) -> str:
        """Keep a finished file: hashed in pieces, sent in blocks, and taken away here."""
        try:
            with place.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                if place.stat().st_size <= self.block:
                    self._put_whole(sha256, stream.read())
                elif not self.has(sha256):
                    self._put_blocks(sha256, iter(lambda: stream.read(self.block), b""))
            place.unlink()
        except OSError as error:
            raise Retryable(f"The file could not be read: {error.strerror}.") from error
        return sha256

    def _put_whole(self, sha256: str, content: bytes) -> None:
        headers = {"x-ms-blob-type": "BlockBlob", **_once()}
        self._written(self._wire().call("PUT", self._path(sha256), body=content, headers=headers))

    def _put_blocks(self, sha256: str, pieces: Iterator[bytes]) -> None:
        """Send blocks, then name them as the file in one step: half a file is never seen."""
        wire, names = self._wire(), []
        for number, piece in enumerate(pieces):
            name = block_id(sha256, number)
            query = {"comp": "block", "blockid": name}
            wire.call("PUT", self._path(sha256), query=query, body=piece).need(201)
            names.append(name)
        answer = wire.call(
            "PUT",
            self._path(sha256),
            query={"comp": "blocklist"},
            body=block_list(names),
            headers={"Content-Type": "application/xml", **_once()},
        )
        self._written(answer)

    def _written(self, answer: Answer) -> None:
        """Accept that somebody kept the same bytes before: the name says that they are the same."""
        if answer.status == 409 and answer.code != "BlobAlreadyExists":
            answer.need(201)
        if answer.status not in (409, 412):
            answer.need(201)

    def remove(self, sha256: str) -> None:
        """Take the bytes of a name away for good; while the law holds them, it is refused."""
        answer = self._wire().call("DELETE", self._path(sha256))
        if answer.status != 404:
            answer.need(202)

    def open(self, sha256: str) -> BinaryIO:
        """Return the bytes of a name as a stream; a large file is spooled to disk."""
        return self._fetched(sha256)[0]

    def checked(self, sha256: str) -> BinaryIO:
        """Return the bytes of a name as a stream, checked against it on the way."""
        stream, found = self._fetched(sha256)
        if found != sha256:
            stream.close()
            raise Permanent(f"The file {sha256[:12]} is not what was kept.")
        return stream

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a name, checked against it."""
        with self.checked(sha256) as stream:
            return stream.read()

    def has(self, sha256: str) -> bool:
        """Tell whether there are bytes of that name."""
        answer = self._wire().call("HEAD", self._path(sha256))
        if answer.status == 404:
            return False
        answer.need(200)
        return True

    def link(self, sha256: str, seconds: int, name: str, media_type: str) -> str:
        """Return an address under which a browser saves the file itself, for so many seconds."""
        return (
            self.account.url
            + self._path(sha256)
            + "?"
            + sas(self.account, self._path(sha256), seconds, name, media_type)
        )

    def _fetched(self, sha256: str) -> tuple[BinaryIO, str]:
        spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller closes it
        hashed = hashlib.sha256()
        try:
            for piece in self._wire().stream(self._path(sha256), PIECE):
                hashed.update(piece)
                spool.write(piece)
        except BaseException:
            spool.close()
            raise
        spool.seek(0, os.SEEK_SET)
        return cast("BinaryIO", spool), hashed.hexdigest()

    def _path(self, sha256: str) -> str:
        if not NAME.fullmatch(sha256):
            raise Permanent("That is not the name of a file.")
        return f"/{self.account.container}/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def _wire(self) -> Wire:
        return Wire(self.account, self.timeout)


def _once() -> dict[str, str]:
    """Write only where nothing is: the service decides, whoever comes at the same time."""
    return {"If-None-Match": "*"}
