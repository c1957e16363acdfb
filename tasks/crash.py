"""Lets the crash tests kill or freeze a process at a named point; does nothing anywhere else.

``CRASH_AT`` names a folder of fuses, read only while ``TESTING`` is set. A process that reaches a
point and can take the file of that name away kills itself there, as a power cut would: so each
fuse kills once, and a process started again gets past the point. A fuse that says ``freeze`` stops the
process instead, as a machine that is suspended would, until somebody lets it go on.
"""

import os
import signal
from pathlib import Path
from typing import Final

FREEZE: Final = "freeze"
FUSES: Final = os.environ.get("CRASH_AT") if os.environ.get("TESTING") else None


def crash_point(name: str) -> None:
    """Die or freeze here if a fuse of this name is lit."""
    if FUSES is None:
        return
    fuse = Path(FUSES) / name
    try:
        word = fuse.read_text("ascii")
        fuse.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGSTOP if word == FREEZE else signal.SIGKILL)
