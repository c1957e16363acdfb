"""Making a long report in a process of its own, which holds little else and gives back what it took."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from app.domain.errors import Refused
from app.domain.reports import Job
from app.pipes import is_readable
from reports.making import Tell
from reports.shape import Made

ROOT: Final = Path(__file__).resolve().parents[1]
SILENCE: Final = 0.5
"""Seconds without a word after which we tell how far it is all the same: the database may be sorting."""


class DatabaseFailed(Exception):
    """The database did not give the rows; ``sqlstate`` is its word for why."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"The database failed: {sqlstate or 'it is away'}.")
        self.sqlstate = sqlstate


class CutShort(Exception):
    """The process ended without a last word: somebody killed it, or it ran out of memory."""


class Broken(Exception):
    """The process met what nobody expected; the text says where."""


def read(job: Job, database_url: str, place: Path, total: int, tell: Tell) -> tuple[Made, datetime]:
    """Make a report as ``reading.read`` does, in a child that ends with us and when ``tell`` raises."""
    order = {"job": asdict(job), "url": database_url, "place": str(place), "total": total}
    with subprocess.Popen(
        [sys.executable, "-m", "reports.child"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
    ) as child:  # fmt: skip
        try:
            into, out = child.stdin, child.stdout
            if into is None or out is None:
                raise CutShort
            # Through the pipe: the address has a password, and the words of a process can be read by others.
            into.write(json.dumps(order, default=str).encode())
            into.close()
            said = _heard(out, total, tell)
        finally:
            child.kill()
    return _understood(said, place)


def _heard(out: IO[bytes], total: int, tell: Tell) -> dict[str, Any]:
    """Pass on how far it is until the last word comes."""
    so_far = (0, total)
    for line in _lines(out):
        said: dict[str, Any] = json.loads(line) if line else {}
        if said and "so_far" not in said:
            return said
        if said:
            so_far = said["so_far"]
        tell(*so_far)
    raise CutShort("The process that made it was ended.")


def _lines(out: IO[bytes]) -> Iterator[bytes]:
    """Yield each line, and an empty one whenever nothing was said for a while."""
    begun = b""
    while True:
        if not is_readable(out, SILENCE):
            yield b""
            continue
        part = os.read(out.fileno(), 1 << 16)
        if not part:
            return
        *whole, begun = (begun + part).split(b"\n")
        yield from whole


def _understood(said: dict[str, Any], place: Path) -> tuple[Made, datetime]:
    """Return what was made, or raise what stopped it."""
    match said:
        case {"made": [rows, data_sha256, tables], "as_of": as_of}:
            return Made(place, rows, data_sha256, tables), datetime.fromisoformat(as_of)
        case {"refused": reason}:
            raise Refused(reason)
        case {"database": sqlstate}:
            raise DatabaseFailed(sqlstate)
        case {"disk": [number, words]}:
            raise OSError(number, words)
        case _:
            raise Broken(said.get("broken", ""))
