"""The processes that serve the product: started, listened to, started again, sent home."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.embedded import leash
from app.embedded.process import spawn, stop

LONGEST_WAIT = 30.0
BIG_LOG = 20_000_000
LOUD = (b"WARNING", b"ERROR", b"CRITICAL", b"Traceback", b"[WARN", b'"level": "error"')


@dataclass(slots=True)
class Member:
    """One process of the crew and how often it had to be started."""

    name: str
    words: Sequence[str]
    log: IO[bytes]
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    falls: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Crew:
    """All processes of one ``make run``. Used from the main thread only."""

    environment: Mapping[str, str]
    folder: Path
    logs: Path
    members: list[Member] = field(default_factory=list)
    ears: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)
    guard: subprocess.Popen[str] | None = None

    def watch_over(self, *children: int) -> None:
        """Have these process groups ended should we be killed."""
        if self.guard is None:
            self.guard = subprocess.Popen(
                [sys.executable, "-S", str(leash.__file__)],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        for group in children:
            self._tell_guard(f"+{group}\n")

    def add(self, name: str, *words: str) -> None:
        """Start a process and keep it running."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > BIG_LOG:
            path.replace(path.with_suffix(".log.1"))
        member = Member(name, words, path.open("ab", buffering=0))
        self.members.append(member)
        self._start(member)

    def listen(self, seconds: float) -> None:
        """Keep what the processes say, show what matters, and start again who fell."""
        for key, _ in self.ears.select(seconds):
            self._hear(key.data)
        now = time.monotonic()
        for member in self.members:
            if member.child is not None and member.child.poll() is not None:
                self._fell(member, now)
            elif member.child is None and now >= member.due:
                self._start(member)

    def fallen(self, name: str) -> bool:
        """Tell whether a process had to be started again."""
        return any(member.falls for member in self.members if member.name == name)

    def dismiss(self) -> None:
        """End everybody: all are asked at once, then each is waited for."""
        for member in self.members:
            if member.child is not None and member.child.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(member.child.pid, signal.SIGTERM)
        for member in self.members:
            if member.child is not None:
                stop(member.child, signal.SIGTERM, grace=8.0)
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(member.child.pid, signal.SIGKILL)
            member.log.close()
        self.members.clear()

    def release(self) -> None:
        """Send the guard home, when nothing is left to guard."""
        if self.guard is not None:
            self.guard.kill()
            self.guard.wait()
            if self.guard.stdin is not None:
                self.guard.stdin.close()
            self.guard = None

    def _start(self, member: Member) -> None:
        member.child = spawn(
            member.words,
            last_signal=signal.SIGTERM,
            output=subprocess.PIPE,
            environment=self.environment,
            folder=self.folder,
        )
        member.started = time.monotonic()
        self.watch_over(member.child.pid)
        if member.child.stdout is not None:
            os.set_blocking(member.child.stdout.fileno(), False)
            self.ears.register(member.child.stdout, selectors.EVENT_READ, member)

    def _hear(self, member: Member) -> None:
        stream = member.child.stdout if member.child is not None else None
        said = stream.read() if stream is not None else None
        if not said:
            if stream is not None and said == b"":
                self.ears.unregister(stream)
            return
        member.log.write(said)
        for line in said.splitlines():
            if any(word in line for word in LOUD):
                text = line.decode(errors="replace").strip()
                print(f"{member.name:8}| {text[:200]}", flush=True)

    def _fell(self, member: Member, now: float) -> None:
        child, member.child = member.child, None
        if child is None:
            return
        # What it had started itself lives on without it, and holds the port.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        self._tell_guard(f"-{child.pid}\n")
        if child.stdout is not None:
            if child.stdout in {key.fileobj for key in self.ears.get_map().values()}:
                member.log.write(child.stdout.read() or b"")
                self.ears.unregister(child.stdout)
            child.stdout.close()
        member.falls = 1 if now - member.started > LONGEST_WAIT else member.falls + 1
        pause = min(2.0 ** (member.falls - 1), LONGEST_WAIT)
        member.due = now + pause
        print(
            f"{member.name:8}| stopped (code {child.returncode}), starting again in {pause:.0f} s; "
            f"see {member.log.name}",
            flush=True,
        )

    def _tell_guard(self, line: str) -> None:
        if self.guard is not None and self.guard.stdin is not None:
            with suppress(BrokenPipeError):
                self.guard.stdin.write(line)
                self.guard.stdin.flush()
