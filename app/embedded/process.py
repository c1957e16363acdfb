"""Children that never outlive the process that started them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from app.parents import end_with


class EmbeddedError(RuntimeError):
    """A server could not be started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system account a server runs as."""

    uid: int
    gid: int
    name: str


def spawn(
    argv: Sequence[str | Path],
    *,
    last_signal: signal.Signals,
    account: Account | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, sent ``last_signal`` when we die.

    Call it from the main thread: the kernel counts the death of the starting *thread*.
    """
    return subprocess.Popen(
        [str(word) for word in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not subprocess.DEVNULL else output,
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        start_new_session=True,
        preexec_fn=partial(end_with, os.getpid(), last_signal),  # noqa: PLW1509 -- must be set after the change of user, before exec
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def stop(child: subprocess.Popen[bytes], polite: signal.Signals, grace: float = 10.0) -> None:
    """End a child: ask first, then kill its whole session."""
    if child.poll() is None:
        child.send_signal(polite)
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def wait_until(
    ready: Callable[[], bool], child: subprocess.Popen[bytes], name: str, log: Path, limit: float
) -> None:
    """Wait until ``ready``; fail with the end of the log when the child dies or time is up."""
    end = time.monotonic() + limit
    while not ready():
        if child.poll() is not None:
            raise EmbeddedError(f"{name} stopped while starting. Its last words:\n{_tail(log)}")
        if time.monotonic() > end:
            raise EmbeddedError(f"{name} did not answer in {limit:.0f} s:\n{_tail(log)}")
        time.sleep(0.03)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
