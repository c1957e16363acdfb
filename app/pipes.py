"""Waiting for what a child process has to say, in a process that may hold thousands of sockets."""

import select
from typing import IO


def is_readable(pipe: IO[bytes], seconds: float) -> bool:
    """Wait at most so long for something to read, or for the end; tell whether it came.

    poll(2), because select(2) refuses the descriptors from 1,024 on that a web process has when a
    thousand people are connected.
    """
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    return bool(waiting.poll(max(0.0, seconds) * 1000))
