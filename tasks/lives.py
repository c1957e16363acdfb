"""Who is alive: whoever holds leases keeps a file locked, and the kernel lets go of it when the process dies.

A file that can be locked was a process that is dead for certain: one that is frozen, swapped out or cut off from
the database keeps its lock. Only files of this start of this kernel are judged; where there is none, or
where files cannot be locked, nobody is thought dead and leases run to their end.
"""

import fcntl
import logging
import os
import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

log = logging.getLogger(__name__)

BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
OLD: Final = 86_400.0
"""Seconds after which what another start of a machine left is cleared away."""


def _kernel() -> str:
    """Return what no other machine and no other start of this one is called; nothing if nobody knows."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


@dataclass(slots=True)
class Lives:
    """The lives of one machine, in a folder that its processes share."""

    folder: Path
    kernel: str = field(default_factory=_kernel)
    process: int = 0
    name: str = ""
    file: int | None = None
    """Never closed: a fork that goes on holds it, too."""

    def mine(self) -> str:
        """Return the name under which this process holds leases, and the database knows it."""
        if self.process != os.getpid():
            self._begin()
        return self.name

    def dead(self) -> list[str]:
        """Return the names of those who lived under this kernel and are dead."""
        names = [path.name for path in self._files() if path.name.endswith(self._suffix)]
        return [
            name.removesuffix(self._suffix)
            for name in names
            if self.kernel and _can_be_locked(self.folder / name)
        ]

    def bury(self, name: str) -> None:
        """Forget one who is dead and left nothing behind any more."""
        (self.folder / f"{name}{self._suffix}").unlink(missing_ok=True)

    @property
    def _suffix(self) -> str:
        return f"@{self.kernel}"

    def _begin(self) -> None:
        """Take a name that nobody had and nobody will have, and lock its file before anybody sees it."""
        self.process = os.getpid()
        host = re.sub(r"[^A-Za-z0-9.]", "-", socket.gethostname())[:20]
        self.name, self.file = f"{host}-{self.process}-{uuid4().hex}", None
        if not self.kernel:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clear()
            draft = self.folder / f"{self.name}.new"
            self.file = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.rename(self.folder / f"{self.name}{self._suffix}")
        except OSError as error:
            log.warning("this life is not on record, its leases will run to their end: %s", error)

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError:
            return []

    def _clear(self) -> None:
        """Take away what another start of this machine left; others may be at it, too."""
        for path in self._files():
            with suppress(OSError):
                is_of_today = path.name.endswith(self._suffix)
                if not is_of_today and time.time() - path.stat().st_mtime > OLD:
                    path.unlink()


def _can_be_locked(path: Path) -> bool:
    """Tell whether nobody holds a file; what cannot be asked counts as held."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
