"""``make test``: finds or installs a browser for the journeys and Azurite, then runs pytest.

JOURNEYS=skip leaves the journeys out and says so; with CI set that is refused. TEST_PROCESSES is 3, one
more than the two processors it is meant for: the journeys and the crash tests wait much of their time.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import azurite

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def main() -> int:
    """Run the tests; return pytest's exit code."""
    environment = dict(os.environ)
    emulator = azurite.Installing().begin()
    skip = environment.get("JOURNEYS") == "skip"
    if skip and environment.get("CI"):
        print("CI is set: the browser journeys are required here.")
        skip = False
        del environment["JOURNEYS"]
    if not skip:
        browser = find()
        if browser is None:
            print(
                "No Chromium starts here, so the browser journeys cannot run. Install one:\n\n"
                f"    {command()}\n\nor leave the journeys out: make test JOURNEYS=skip"
            )
            return 1
        environment["CHROMIUM"] = browser
    environment |= azurite.tell(emulator.end())
    words = [sys.executable, "-m", "pytest", "-n", environment.get("TEST_PROCESSES", "3")]
    words += ["--dist", "loadgroup"]
    words += environment.get("PYTEST_ARGS", "").split()
    return subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode


def find() -> str | None:
    """Return a browser that starts: the machine's, else one installed now."""
    for candidate in installed():
        if starts(candidate):
            return candidate
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing the distribution's Chromium ...", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
    elif not playwrights().exists():
        print("Installing Playwright's Chromium ...", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return next((candidate for candidate in installed() if starts(candidate)), None)


def installed() -> list[str]:
    """Name the browsers that are there, the one asked for first."""
    found = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in NAMES)]
    found += [MAC, str(playwrights())]
    return [path for path in found if path and Path(path).is_file()]


def playwrights() -> Path:
    """Return where Playwright keeps its own Chromium."""
    question = (
        "from playwright.sync_api import sync_playwright as s\n"
        "with s() as p: print(p.chromium.executable_path)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=False
    )
    return Path(asked.stdout.strip() or "/nonexistent")


def starts(browser: str) -> bool:
    """Tell whether the browser opens an empty page here."""
    with tempfile.TemporaryDirectory() as profile:
        try:
            done = subprocess.run(
                [
                    browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    f"--user-data-dir={profile}", "--dump-dom", "about:blank",
                ],
                capture_output=True,
                timeout=60,
                check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0


def command() -> str:
    """Return the one command that installs a browser on this machine."""
    if shutil.which("apt-get"):
        return "sudo apt-get install -y chromium"
    return f"{Path(sys.executable).parent}/playwright install chromium"


if __name__ == "__main__":
    sys.exit(main())
