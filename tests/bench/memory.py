"""What each process of the product holds at the start and after work: ``python -m tests.bench.memory``.

A house of its own is started as ``make run`` does it, with the embedded providers alone; with
``--vendors`` a second one beside the simulators of every vendor, which plays the tour of the sandbox.
RSS counts what processes share in each of them, PSS divides it among them.
"""

import argparse
import contextlib
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.reports import ReportFormat, ReportStatus
from app.first_start import addresses
from app.models import ReportRun, StaffProfile
from app.services import reports as runs
from app.services import sessions
from tests.load.__main__ import owner_of, running
from tests.load.memory import holdings
from tests.sandbox.tour import Tour
from tests.simulators.everybody import Everybody

CALM = 15.0
"""Seconds after the start until what the demo company promised is kept."""
PAGES = ("", "contracts/list/", "people/list/", "reports/", "integrations/")
REPORTS = 8
"""Of each format: enough that every worker makes some."""
LONGEST = 300.0


def main() -> int:
    """Measure the house of the embedded providers and, if asked, the one of every vendor."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=8000)
    asked.add_argument("--vendors", action="store_true")
    told = asked.parse_args()
    measure("embedded providers", told.port, {}, lambda _: None)
    if told.vendors:
        with contextlib.ExitStack() as stack:
            base = f"http://127.0.0.1:{told.port}"
            everybody = Everybody(stack, base, first_port=told.port + 100)
            settings = everybody.environment()
            measure(
                "every vendor", told.port, settings,
                lambda var: Tour(everybody, settings, var).play(),
            )  # fmt: skip
    return 0


def measure(
    name: str, port: int, settings: Mapping[str, str], more: Callable[[Path], None]
) -> None:
    """Start a house, let it work, and print what its processes hold before and after."""
    with tempfile.TemporaryDirectory(prefix="portal-memory-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o711)
        with running(folder, port=port, **settings) as (base, pid):
            time.sleep(CALM)
            show(f"{name}, at the start", pid)
            more(folder / "var")
            work(folder, base)
            show(f"{name}, after work", pid)


def show(title: str, root: int) -> None:
    """Print what every process holds, and the sum of what is theirs alone."""
    rows = list(holdings(root))
    print(f"\n{title}\n{'process':12}{'RSS MB':>9}{'PSS MB':>9}{'peak MB':>9}")
    for process, _, resident, proportional, peak in rows:
        print(f"{process:12}{resident:9.1f}{proportional:9.1f}{peak:9.1f}")
    print(f"{'in all':12}{'':9}{sum(row[3] for row in rows):9.1f}", flush=True)


def work(folder: Path, base: str) -> None:
    """Read pages of the desk, and have reports made of every format by every worker."""
    with Session(owner_of(folder)) as db:
        company, reader = db.execute(
            select(StaffProfile.organisation_id, StaffProfile.user_id).order_by(StaffProfile.id)
        ).first() or (1, 1)
    house.bind(addresses(folder / "var")["DATABASE_URL"])
    with transaction() as db:
        desk = sessions.Device(label="Firefox")
        token = sessions.open_staff(db, user_id=reader, organisation_id=company, device=desk)
    for page in PAGES * 4:
        asked = urllib.request.Request(
            f"{base}/admin/{page}", headers={"Cookie": f"__Host-staff={token}"}
        )
        urllib.request.urlopen(asked, timeout=30).close()
    act_as(Viewer(company, actor=f"staff:{reader}"))
    parameters = dict.fromkeys(("production", "artist", "since", "until"))
    for each in list(ReportFormat) * REPORTS:
        with transaction() as db:
            wish = runs.Wish("expenses", "Expenses", each, parameters, "All productions", fees=True)
            runs.ask(db, wish, organisation_id=company, requested_by=reader)
    _await_reports()
    forget()


def _await_reports() -> None:
    end = time.monotonic() + LONGEST
    open_ones = select(func.count()).where(
        ReportRun.status.in_([ReportStatus.waiting, ReportStatus.running])
    )
    while time.monotonic() < end:
        with transaction() as db:
            if not db.scalar(open_ones):
                return
        time.sleep(0.5)
    raise SystemExit("The reports were not made in time.")


if __name__ == "__main__":
    sys.exit(main())
