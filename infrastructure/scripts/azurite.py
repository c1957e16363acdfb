"""Azurite, the vendor's own emulator of Blob Storage: installed beside its lock while the browser is looked for.

Only what ``tests/azurite/package-lock.json`` names, each by its hash, and no script of any of it runs.
Without npm or a registry the tests that need it skip and say why.
"""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PLACE: Final = Path(__file__).resolve().parents[2] / "tests" / "azurite"
WORDS: Final = [
    "ci",
    "--loglevel=error",
    "--ignore-scripts",
    "--omit=optional",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-timeout=20000",
]
PATIENCE: Final = 120
"""Seconds after which an installation is given up; it takes five to fifteen."""


@dataclass(slots=True)
class Installing:
    """An installation under way, or the reason why there is none."""

    place: Path = PLACE
    npm: subprocess.Popen[str] | None = None
    away: str = ""

    def begin(self) -> "Installing":
        """Install what the lock names, unless that was done before."""
        program = shutil.which("npm")
        if is_there(self.place):
            return self
        if program is None:
            self.away = "npm is not installed here"
            return self
        print("Installing Azurite ...", flush=True)
        self.npm = subprocess.Popen(
            [program, *WORDS], cwd=self.place, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return self

    def end(self) -> str:
        """Wait for it; return why Azurite is not there, or nothing."""
        if self.npm is None:
            return self.away
        try:
            said, _ = self.npm.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.npm.kill()
            self.npm.communicate()
            return f"npm did not install it within {PATIENCE} s"
        if self.npm.returncode:
            return f"npm could not install it: {reason(said)}"
        stamp(self.place).write_text(named(self.place))
        return ""


def reason(said: str) -> str:
    """Return the line of npm's answer that says why; the last ones only name its own log."""
    lines = [line.removeprefix("npm error").strip() for line in said.splitlines()]
    words = [
        line for line in lines if line and not line.startswith(("code ", "errno ", "syscall "))
    ]
    return words[0] if words else "it did not say why"


def tell(away: str) -> dict[str, str]:
    """Say what is left out, loudly where CI is set; return what the tests are told of it."""
    if not away:
        return {}
    words = f"Azurite is away ({away}): the tests against it are skipped."
    if os.environ.get("CI"):
        bar = "!" * len(words)
        words = f"{bar}\n{words}\n{bar}"
    print(words, flush=True)
    return {"AZURITE_AWAY": away}


def is_there(place: Path) -> bool:
    """Tell whether what the lock names was installed to its end."""
    return stamp(place).is_file() and stamp(place).read_text() == named(place)


def stamp(place: Path) -> Path:
    """Return the file that is written when an installation ended well."""
    return place / "node_modules" / ".installed"


def named(place: Path) -> str:
    """Return what the lock names, as one hash."""
    return hashlib.sha256((place / "package-lock.json").read_bytes()).hexdigest()
