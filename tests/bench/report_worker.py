"""One worker that makes one report, and says what it took: a part of ``tests.bench.reports``.

It holds what ``tasks.worker`` holds, and nothing of the bench's own.
"""

import json
import os
import sys
import time
from pathlib import Path
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
    config = Config.load(os.environ)
    providers.configure(config)
    bind(config.database_worker_url, pool_size=worker.WORKERS, max_overflow=2)
    crew = gather(engage(config))
    before = peak()
    message = ask(company, reader, each)
    begun = time.monotonic()
    crew.courier.run(message)
    seconds = time.monotonic() - begun
    most = peak()
    act_as(Viewer(company, actor="task:bench"), role="portal_app")
    with transaction() as db:
        run = db.scalars(select(ReportRun).order_by(ReportRun.id.desc()).limit(1)).one()
        if run.file is None:
            raise SystemExit(f"{each} was not made: {run.status} {run.error}")
        made = {"rows": run.row_count, "size": run.file.size}
    print(json.dumps({**made, "seconds": seconds, "before": before, "peak": most}))


def ask(company: int, reader: int, each: ReportFormat) -> UUID:
    """Ask for the report and return the promise."""
    act_as(Viewer(company, actor=f"staff:{reader}"), role="portal_app")
    asked = {"production": None, "artist": None, "since": None, "until": None}
    with transaction() as db:
        wish = runs.Wish("expenses", "Expenses", each, asked, "All productions", fees=True)
        key = f"report-{runs.ask(db, wish, organisation_id=company, requested_by=reader).id}"
    forget()
    with transaction() as db:
        return db.scalars(select(OutboxMessage.id).where(OutboxMessage.dedup_key == key)).one()


def peak() -> float:
    """Return the most this process ever held, in megabytes, as the kernel counted it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    told = next(line for line in lines if line.startswith("VmHWM"))
    return int(told.split()[1]) / 1024


if __name__ == "__main__":
    main()
