"""The bulkhead: how many calls to one provider may go out from this machine at once.

A berth is a file that a process has locked. The kernel frees it when the process dies, whatever
becomes of Redis; one that is frozen keeps it, for its call is still under way.
"""

import fcntl
import os
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Berths:
    """The berths of one machine, in a folder that its workers share."""

    folder: Path
    held: dict[str, int] = field(default_factory=dict)
    """Lease -> open file."""

    def take(self, place: str, count: int, lease: str) -> bool:
        """Take one of ``count`` berths of a place, if one is free."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^a-z0-9_]", "-", place)
        for number in range(max(count, 1)):
            file = os.open(self.folder / f"{name}.{number}", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                continue
            self.held[lease] = file
            return True
        return False

    def leave(self, lease: str) -> None:
        """Give a berth back."""
        file = self.held.pop(lease, None)
        if file is not None:
            os.close(file)
