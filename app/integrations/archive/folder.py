"""The archive as a folder on disk, laid out for people: organisation, season, production, artist."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from app.integrations.archive.port import Paper, no_beat
from app.integrations.errors import Permanent, Retryable


class FolderArchive:
    """A folder that staff may look into with any file manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, paper: Paper, beat: Callable[[], None] = no_beat) -> tuple[str, str]:
        """File the paper whole or not at all; the same path again is the same paper."""
        beat()
        path = paper.path
        parts = PurePosixPath(path).parts
        if not parts or any(part in {"..", "/", "."} for part in parts):
            raise Permanent(f"{path} is no place in the archive.")
        place = self.folder.joinpath(*parts)
        half = place.with_name(f".{secrets.token_hex(8)}")
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with half.open("xb") as out:
                out.write(paper.content)
                out.flush()
                os.fsync(out.fileno())
            half.replace(place)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise Retryable(f"The archive could not take {path}: {error.strerror}.") from error
        return str(PurePosixPath(*parts)), ""
