"""A few child processes that open files for us, each replaced after fifty or when one harms it."""

import atexit
import json
import queue
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Final

from app.pipes import is_readable

CHILDREN: Final = 2
FILES_EACH: Final = 50
PATIENCE_SECONDS: Final = 30.0
ROOT: Final = Path(__file__).resolve().parents[3]


Answer = tuple[dict[str, Any], bytes, bytes]
"""What is known, the copy to show, and the clean paper."""


class Harmed(Exception):
    """The child died or took too long over a file."""


class Child:
    """One process, and how many files it has opened."""

    def __init__(self) -> None:
        self.opened = 0
        # Only our own module, and nothing of our environment: no address, no key.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.integrations.scan.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"LC_ALL": "C.UTF-8"},
        )

    def ask(self, content: bytes, media_type: str) -> Answer:
        """Have a file looked at."""
        self.opened += 1
        body = media_type.encode("ascii") + b"\n" + content
        into, out = self._pipes()
        try:
            into.write(len(body).to_bytes(8, "big") + body)
            into.flush()
        except OSError as error:
            raise Harmed from error
        until = time.monotonic() + PATIENCE_SECONDS
        size = int.from_bytes(_read(out, 8, until), "big")
        told, _, made = _read(out, size, until).partition(b"\n")
        facts = json.loads(told)
        first = facts["sizes"][0]
        return facts, made[:first], made[first:]

    def end(self) -> None:
        """Stop the process and wait for it."""
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes():
            try:
                pipe.close()
            except BrokenPipeError:
                continue

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        into, out = self._process.stdin, self._process.stdout
        if into is None or out is None:
            raise Harmed
        return into, out


class Pool:
    """Hands out children; at most ``CHILDREN`` work at a time, and the others wait their turn."""

    def __init__(self, size: int = CHILDREN) -> None:
        self._places: queue.SimpleQueue[Child | None] = queue.SimpleQueue()
        for _ in range(size):
            self._places.put(None)
        atexit.register(self.close)

    def ask(self, content: bytes, media_type: str) -> Answer:
        """Have a file looked at by the next child that is free."""
        child = self._places.get() or Child()
        try:
            answer = child.ask(content, media_type)
        except BaseException:
            child.end()
            self._places.put(None)
            raise
        if child.opened >= FILES_EACH:
            child.end()
            self._places.put(None)
        else:
            self._places.put(child)
        return answer

    def close(self) -> None:
        """Stop the children that are idle."""
        while not self._places.empty():
            child = self._places.get()
            if child is not None:
                child.end()


def _read(pipe: IO[bytes], size: int, until: float) -> bytes:
    """Read exactly so many bytes, or say that the child is gone or too slow."""
    parts: list[bytes] = []
    while size > 0:
        is_there = is_readable(pipe, until - time.monotonic())
        # A child's pipe is a BufferedReader, which IO[bytes] does not say.
        part = pipe.read1(min(size, 1 << 20)) if is_there else b""  # type: ignore[attr-defined]
        if not part:
            raise Harmed
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
