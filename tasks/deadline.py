"""A hard limit on how long a call to a provider may take in all, connecting and reading."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from app.integrations.errors import Unclear


class _Late(BaseException):
    """Not an ``Exception``, so that no library on the way takes it for a hiccup and goes on."""


@contextmanager
def total_timeout(seconds: float) -> Iterator[None]:
    """Stop whatever runs inside after ``seconds``: nobody knows then whether it happened.

    Workers and the sweeper run messages in their main thread, where a signal can interrupt any
    call. An alarm that was already set (a test's) is put back with what is left of it.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Messages are delivered in the main thread of a process.")

    def ring(_number: int, _frame: FrameType | None) -> NoReturn:
        raise _Late

    began = time.monotonic()
    previous = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _Late:
        raise Unclear(f"No answer within {seconds:g} s.") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        if left:
            rest = max(0.001, left - (time.monotonic() - began))
            signal.setitimer(signal.ITIMER_REAL, rest, interval)


@contextmanager
def suspended() -> Iterator[None]:
    """Stop the clock of the call at hand while we wait for our own permission."""
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, interval)


def restart(seconds: float) -> None:
    """Give the call that follows its full time."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
