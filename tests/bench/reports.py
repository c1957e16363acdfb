"""How much memory and time a large report takes: ``python -m tests.bench.reports --rows 1000000``.

A fresh embedded PostgreSQL is filled; then the real courier makes the report on expenses, each format in
a worker process of its own; its peak, and that of the child it has long reports made by, is the kernel's.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from app.cli.db import upgrade
from app.domain.reports import PAPER_ROWS, ReportFormat
from app.embedded import Postgres, Redis
from tests.bench.expense_rows import fill, some

MEMORY = 150
"""Megabytes that the worker, and the process it starts for a CSV or a workbook, may take at most."""
ROLES = {"DATABASE_URL": "portal_app", "DATABASE_WORKER_URL": "portal_worker",
         "DATABASE_OWNER_URL": "portal_migrator", "DATABASE_REPLICA_URL": "portal_report"}  # fmt: skip


def main() -> int:
    """Fill, make the report as CSV, as XLSX and, as long as one may be, as PDF; print what each took."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    rows: int = asked.parse_args().rows
    most = 0.0
    with ground() as (postgres, environment):
        begun = time.monotonic()
        superuser = create_engine(postgres.url("postgres", "portal"))
        company, reader = fill(superuser, rows)
        superuser.dispose()
        print(f"{rows:,} expense lines written in {time.monotonic() - begun:.0f} s", flush=True)
        paper = some(rows, PAPER_ROWS - 100)
        for each, chosen in (
            (ReportFormat.csv, {}),
            (ReportFormat.xlsx, {}),
            (ReportFormat.pdf, paper),
        ):
            most = max(most, measure(environment, company, reader, each, chosen))
    print(
        f"most that a worker, or a child for CSV or XLSX, held: {most:.0f} MB, allowed {MEMORY} MB"
    )
    return 0 if most <= MEMORY else 1


def measure(
    environment: dict[str, str],
    company: int,
    reader: int,
    each: ReportFormat,
    chosen: dict[str, Any],
) -> float:
    """Make the report in a process of its own and return its peak in megabytes."""
    words = [
        sys.executable,
        "-m",
        "tests.bench.report_worker",
        str(company),
        str(reader),
        each.value,
        json.dumps(chosen),
    ]
    told = subprocess.run(
        words, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True
    )
    made = json.loads(told.stdout.splitlines()[-1])
    print(
        f"{each.value}: {made['rows']:,} rows, {made['size'] / 1e6:.0f} MB in {made['seconds']:.0f} s; "
        f"worker {made['before']:.0f} MB before, {made['peak']:.0f} MB at the peak; "
        f"its child {made['child']:.0f} MB at the peak",
        flush=True,
    )
    # Typst holds all pages of a paper at once: the child's memory is told, and given back.
    return max(float(made["peak"]), 0.0 if each is ReportFormat.pdf else float(made["child"]))


@contextmanager
def ground() -> Iterator[tuple[Postgres, dict[str, str]]]:
    """Start a migrated database, and take it down again."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-", dir="/tmp"))
    folder.chmod(0o711)
    postgres, bell = Postgres(folder / "pg"), Redis(folder / "redis")
    try:
        postgres.start()
        bell.start()
        upgrade(postgres.url("portal_migrator", "portal"))
        addresses = {name: postgres.url(role, "portal") for name, role in ROLES.items()}
        yield postgres, {**addresses, "REDIS_URL": bell.url(), "VAR": str(folder / "var")}
    finally:
        bell.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
