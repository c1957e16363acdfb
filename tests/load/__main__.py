"""``make load``: the product with a large company, 1,000 people at it, and what it cost them and us.

``USERS=1000 MINUTES=5 PORT=8000``. A house of its own is started as ``make run`` does it, on the same
processors as those who visit it. Prints the 50th and 95th percentile of every page, the errors, which
must be none, and the memory of every process; ends with 1 where there was an error.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url

from app.db import session as house
from app.embedded.postgres import SUPERUSER
from app.first_start import addresses
from app.services import sessions
from tests.bench.papers import receipt
from tests.load import memory
from tests.load.company import enlarge

ROOT = Path(__file__).parents[2]
STAFF = 100
"""Sessions of staff: several browsers of each of the demo's six."""
READY = 180.0
"""Seconds that the house has to start with its demo company."""


def main() -> int:
    """Start, fill, let everybody in, and tell."""
    users, minutes = int(os.environ.get("USERS") or 1000), float(os.environ.get("MINUTES") or 5)
    with tempfile.TemporaryDirectory(prefix="portal-load-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o711)
        with running(folder, int(os.environ.get("PORT") or 8000)) as (base, pid):
            begun = time.monotonic()
            let_in(folder, enlarge(owner_of(folder)))
            print(f"The company is enlarged ({time.monotonic() - begun:.0f} s).", flush=True)
            over = threading.Event()
            held = folder / "memory.csv"
            watcher = threading.Thread(target=memory.watch, args=(pid, held, over))
            watcher.start()
            try:
                print(
                    f"{users} people for {minutes:g} minutes, from {time.strftime('%H:%M:%S')}",
                    flush=True,
                )
                visit(folder, base, users, minutes)
            finally:
                over.set()
                watcher.join()
            print(f"until {time.strftime('%H:%M:%S')}\n")
            print(memory.summary(held))
            keep(folder)
            return 1 if tell(folder / "visits_stats.csv") else 0


@contextmanager
def running(folder: Path, port: int = 8000, **settings: str) -> Iterator[tuple[str, int]]:
    """Run the product in a folder of its own; return its address and the supervisor's process."""
    base = f"http://127.0.0.1:{port}"
    own = {"VAR": str(folder / "var"), "PORT": str(port), "BASE_URL": base, "LOG_LEVEL": "WARNING"}
    words = {**settings, **own}
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    with (folder / "supervisor.log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "app.supervisor"], cwd=ROOT, env={**os.environ, **words},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            await_answer(f"{base}/health/live", started, folder)
            yield base, started.pid
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(60)


def await_answer(address: str, started: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Wait until the house is open."""
    end = time.monotonic() + READY
    while time.monotonic() < end and started.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit(f"The house did not open:\n{(folder / 'supervisor.log').read_text()[-2000:]}")


def owner_of(folder: Path) -> Engine:
    """Open the house's database as its superuser."""
    known = make_url(addresses(folder / "var")["DATABASE_OWNER_URL"])
    return create_engine(known.set(username=SUPERUSER))


def let_in(folder: Path, known: dict[str, Any]) -> None:
    """Open a real session for every artist and for the staff, and write their cookies down."""
    house.bind(addresses(folder / "var")["DATABASE_URL"])
    company, phone = known["organisation"], sessions.Device(label="Safari on iPhone")
    with house.transaction() as db:
        artists = [
            sessions.open_artist(
                db, identity_id=identity, seat=sessions.Seat(company, person, None), device=phone
            )
            for identity, person in known["seats"]
        ]
        # Ruth may do everything that is asked of staff here; her browsers are many.
        staff = [
            sessions.open_staff(
                db, user_id=known["staff"][0], organisation_id=company, device=phone
            )
            for _ in range(STAFF)
        ]
    house.forget()
    people = [person for _, person in known["seats"]]
    place = folder / "passes.json"
    place.touch(mode=0o600)
    place.write_text(json.dumps({"artists": artists, "staff": staff, "people": people}))
    photo = BytesIO()
    receipt().resize((1800, 2400)).save(photo, "JPEG", quality=85)
    (folder / "receipt.jpg").write_bytes(photo.getvalue())


def visit(folder: Path, base: str, users: int, minutes: float) -> None:
    """Let locust visit; it writes what it measured beside the passes."""
    rate = max(1.0, users / 30)
    words = [
        sys.executable, "-m", "locust", "-f", "tests/load/locustfile.py", "--headless", "--only-summary",
        "--users", str(users), "--spawn-rate", f"{rate:g}", "--run-time", f"{round(minutes * 60)}s",
        "--host", base, "--csv", str(folder / "visits"), "--exit-code-on-error", "0",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "LOAD_PASSES": str(folder / "passes.json"),
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "locust.log").open("wb") as log:
        subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=log, stderr=log)


def tell(place: Path) -> int:
    """Print the table of pages; return how many answers were errors."""
    with place.open(newline="") as read:
        rows = list(csv.DictReader(read))
    print(f"\n{'page':32}{'asked':>8}{'errors':>8}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}")
    for row in rows:
        print(
            f"{row['Name']:32}{row['Request Count']:>8}{row['Failure Count']:>8}"
            f"{row['50%']:>8}{row['95%']:>8}{row['99%']:>8}"
        )
    whole = rows[-1]
    print(f"\n{float(whole['Requests/s']):.1f} pages a second, {whole['Failure Count']} errors")
    failures = place.with_name("visits_failures.csv").read_text()
    if whole["Failure Count"] != "0":
        print(failures)
    return int(whole["Failure Count"])


def keep(folder: Path) -> None:
    """Keep figures and logs where ``LOAD_KEEP`` says, for whoever wants to look."""
    wanted = os.environ.get("LOAD_KEEP")
    if not wanted:
        return
    place = Path(wanted)
    place.mkdir(parents=True, exist_ok=True)
    for name in (
        "memory.csv",
        "visits_stats.csv",
        "visits_failures.csv",
        "locust.log",
        "supervisor.log",
    ):
        if (folder / name).exists():
            (place / name).write_bytes((folder / name).read_bytes())
    for log in (folder / "var" / "log").glob("*.log"):
        (place / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
