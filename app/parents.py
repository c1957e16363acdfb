"""Processes that do not outlive the one that started them, where the kernel sees to it (Linux)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal the kernel sends a process when its parent dies."""

_prctl: Callable[..., int] | None = (
    ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None
)
"""Found here and now: a fork that still has to run another program should not load libraries."""


def end_with(parent: int, last_signal: signal.Signals) -> None:
    """Let the kernel send us ``last_signal`` when ``parent`` dies, and send it now if it has died already."""
    if _prctl is None:
        return
    _prctl(PR_SET_PDEATHSIG, int(last_signal))
    # Who was killed between the fork and that call told nobody.
    if os.getppid() != parent:
        os.kill(os.getpid(), last_signal)
