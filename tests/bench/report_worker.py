"""One worker that makes one report, and says what it took: a part of ``tests.bench.reports``.

It holds what ``tasks.worker`` holds, and nothing of the bench's own. A long report is made by a child of
it, whose peak is read as well: again and again, since the kernel forgets it with the process.
"""

import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.session import act_as, bind, forget, transaction
from app.db.viewer import Viewer
from app.domain.reports import ReportFormat
from app.integrations import providers
from app.models.outbox import OutboxMessage
from app.models.reports import ReportRun
from app.services import reports as runs
from config import Config
from tasks import worker
from tasks.couriers import gather
from tasks.crew import engage


def main() -> None:
    """Ask for the report as the desk does, carry the promise, and print what it took."""
    company, reader, each = int(sys.argv[1]), int(sys.argv[2]), ReportFormat(sys.argv[3])
    chosen = json.loads(sys.argv[4])
    config = Config.load(os.environ)
    providers.configure(config)
    bind(config.database_worker_url, pool_size=2, max_overflow=2)
    crew = gather(engage(config))
    worker.share()
    before = peak()
    message = ask(company, reader, each, chosen)
    begun, over, of_child = time.monotonic(), threading.Event(), [0.0]
    watcher = threading.Thread(target=watch, args=(over, of_child))
    watcher.start()
    crew.courier.run(message)
    seconds = time.monotonic() - begun
    over.set()
    watcher.join()
    most = peak()
    act_as(Viewer(company, actor="task:bench"), role="portal_app")
    with transaction() as db:
        run = db.scalars(select(ReportRun).order_by(ReportRun.id.desc()).limit(1)).one()
        if run.file is None:
            raise SystemExit(f"{each} was not made: {run.status} {run.error}")
        made = {"rows": run.row_count, "size": run.file.size}
    told = {**made, "seconds": seconds, "before": before, "peak": most, "child": max(of_child)}
    print(json.dumps(told))


def ask(company: int, reader: int, each: ReportFormat, chosen: dict[str, Any]) -> UUID:
    """Ask for the report and return the promise."""
    act_as(Viewer(company, actor=f"staff:{reader}"), role="portal_app")
    asked = {"production": None, "artist": None, "since": None, "until": None, **chosen}
    with transaction() as db:
        wish = runs.Wish("expenses", "Expenses", each, asked, "All productions", fees=True)
        key = f"report-{runs.ask(db, wish, organisation_id=company, requested_by=reader).id}"
    forget()
    with transaction() as db:
        return db.scalars(select(OutboxMessage.id).where(OutboxMessage.dedup_key == key)).one()


def watch(over: threading.Event, found: list[float]) -> None:
    """Read the peak of the child that makes a report, until told to stop."""
    while not over.wait(0.05):
        for task in Path("/proc/self/task").iterdir():
            with suppress(OSError):
                found.extend(peak(pid) for pid in (task / "children").read_text().split())


def peak(pid: str = "self") -> float:
    """Return the most a process ever held, in megabytes, as the kernel counted it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    told = next((line for line in lines if line.startswith("VmHWM")), "VmHWM: 0")
    return int(told.split()[1]) / 1024


if __name__ == "__main__":
    main()
