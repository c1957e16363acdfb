"""Ends whole families of processes when the supervisor is gone, however it went.

Run as ``python leash.py``: it reads ``+<group>`` and ``-<group>`` from its standard input. The
end of that input means that the supervisor has died, also by kill -9, and on every system.
"""

import os
import signal
import sys
import time
from contextlib import suppress

GRACE = 5.0


def main() -> None:
    """Remember the groups; end those left when the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end = time.monotonic() + GRACE
    _send(groups, signal.SIGTERM)
    while any(_lives(group) for group in groups) and time.monotonic() < end:
        time.sleep(0.1)
    _send(groups, signal.SIGKILL)


def _send(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
