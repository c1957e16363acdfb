"""How long the season workbooks take and how much memory: ``python -m tests.bench.import_season``.

Each book goes through ``flask import season`` in a process and a company of its own, on a fresh
embedded PostgreSQL with its usual durability, audit triggers and policies; a trial, the import, and
the import again.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from app.cli.db import upgrade
from app.embedded import Postgres, Redis

ROOT = Path(__file__).parents[2]
BOOKS = ROOT.parent / "shared" / "data" / "nyphil"
COMPANIES = {"one-season": "season-2024-25.xlsx", "seven-seasons": "seasons-2004-2011.xlsx"}
NEW_COMPANY = (
    "INSERT INTO organisation (public_id, name, slug, legal_name, registration_number, address,"
    " contact_name, contact_phone, base_currency, zone, jurisdiction, pay_run_weekday,"
    " pay_run_lead_days) VALUES (gen_random_uuid(), :slug, :slug, '', '', '', '', '', 'AUD',"
    " 'Australia/Brisbane', 'AU', 4, 3)"
)


def main() -> int:
    """Bring every book in and print what each command says."""
    if not BOOKS.is_dir():
        print("NOT RUN: ../shared/data/nyphil is not beside the project.")
        return 0
    with ground() as environment:
        for slug, name in COMPANIES.items():
            for title, extra in (("a trial", ["--dry-run"]), ("for good", []), ("again", [])):
                print(f"\n== {name}, {title}", flush=True)
                command = ["import", "season", str(BOOKS / name), "--organisation", slug, *extra]
                failed = subprocess.run(
                    [sys.executable, "-m", "flask", "--app", "wsgi", *command],
                    cwd=ROOT,
                    env=environment,
                    check=False,
                ).returncode
                if failed:
                    return failed
    return 0


@contextmanager
def ground() -> Iterator[dict[str, str]]:
    """Start a database with a company for each book, and take it down again."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-", dir="/tmp"))
    folder.chmod(0o711)
    postgres, bell = Postgres(folder / "pg"), Redis(folder / "redis")
    try:
        postgres.start()
        bell.start()
        upgrade(postgres.url("portal_migrator", "portal"))
        owner = create_engine(postgres.url("portal_migrator", "portal"))
        with owner.begin() as db:
            for slug in COMPANIES:
                db.execute(text(NEW_COMPANY), {"slug": slug})
        owner.dispose()
        roles = {"DATABASE_URL": "portal_app", "DATABASE_WORKER_URL": "portal_worker",
                 "DATABASE_OWNER_URL": "portal_migrator", "DATABASE_REPLICA_URL": "portal_report"}  # fmt: skip
        addresses = {name: postgres.url(role, "portal") for name, role in roles.items()}
        yield {**os.environ, **addresses, "REDIS_URL": bell.url(), "VAR": str(folder / "var")}
    finally:
        bell.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
