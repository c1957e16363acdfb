"""Our list of contracts beside a stock FAB list of the same contracts: ``python -m tests.bench.lists``.

One process, one embedded PostgreSQL with its usual durability, the same 10,000 contracts, the same
columns and the same signed-in reader. The pages take turns, so that a busy machine slows both, and
what was built before is kept from the collector for both, as ``wsgi.py`` does.
"""

import gc
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, create_engine

from app.cli.db import upgrade
from app.db import session as house
from app.embedded import Postgres, Redis
from app.embedded.postgres import SUPERUSER
from app.factory import create_app
from app.services import sessions
from config import Config
from tests.bench import rows, stock
from tests.bench.pages import Figures, Page, where_time_goes

TURNS = 4
SECONDS = 2.0
"""How long each page is looked at in each turn."""

HEADINGS = (
    "pages/s",
    "median ms",
    "of it Python",
    "statements",
    "HTML bytes",
    "asset bytes",
    "asset files",
)
OURS = "/admin/contracts/list/?view=all"


@dataclass(frozen=True, slots=True)
class Ground:
    """The product on servers of its own, the owner of its tables, and who fills them."""

    app: Flask
    owner: Engine
    superuser: Engine


def main() -> int:
    """Measure, and print the table."""
    begun = time.monotonic()
    with ground() as here:
        company_id, reader_id = rows.fill(here.superuser)
        ours = our_page(here.app, company_id, reader_id)
        pages = [ours, *stock_pages(here.owner)]
        figures = [page.weigh() for page in pages]
        gc.collect()
        gc.freeze()
        for _ in range(TURNS):
            for page, found in zip(pages, figures, strict=True):
                page.look(found, SECONDS)
        print(f"\nThe list of {rows.CONTRACTS:,} contracts, 25 on a page, one process\n")
        tell(figures)
        print(
            "\nWhere the time of our page goes (cProfile, which counts calls dearer than they are):"
        )
        for name, share in where_time_goes(ours, looks=60):
            print(f"  {name:42}{share:6.0%}")
    print(f"\n{time.monotonic() - begun:.0f} s in all")
    return 0


def tell(figures: list[Figures]) -> None:
    """Print what was measured, and each page's cost as a multiple of ours."""
    ours = figures[0]
    print(f"{'':16}" + "".join(f"{name:>14}" for name in HEADINGS))
    for found in figures:
        print(
            f"{found.name:16}{found.per_second:14.1f}{found.median_ms:14.1f}{found.work_ms:14.1f}"
            f"{found.statements:14}{found.html:14,}{found.assets:14,}{found.files:14}"
        )
    for found in figures[1:]:
        print(
            f"\nAgainst {found.name}: {ours.per_second / found.per_second:.1f} times the pages a second, "
            f"median time 1/{found.median_ms / ours.median_ms:.1f}, "
            f"Python's work 1/{found.work_ms / ours.work_ms:.1f}, "
            f"statements 1/{found.statements / ours.statements:.1f}, "
            f"HTML 1/{found.html / ours.html:.1f}, assets 1/{found.assets / ours.assets:.1f}"
        )


def our_page(app: Flask, company_id: int, reader_id: int) -> Page:
    """Sign the reader in to the product."""
    with app.app_context(), house.transaction() as db:
        token = sessions.open_staff(
            db, user_id=reader_id, organisation_id=company_id, device=sessions.Device()
        )
    house.forget()
    browser = app.test_client()
    browser.set_cookie("__Host-staff", token, secure=True)
    return Page("ours", OURS, browser, house.factory.kw["bind"])


def stock_pages(owner: Engine) -> list[Page]:
    """Sign the reader in to the stock application."""
    browser = stock.create(owner).test_client()
    browser.post("/login/", data={"username": rows.EMAIL, "password": rows.PASSWORD})
    return [Page(name, href, browser, owner) for name, href in stock.PAGES.items()]


@contextmanager
def ground() -> Iterator[Ground]:
    """Start the servers and the product, and take them down again."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-", dir="/tmp"))
    folder.chmod(0o711)
    postgres, bell = Postgres(folder / "pg"), Redis(folder / "redis")
    try:
        postgres.start()
        bell.start()
        upgrade(postgres.url("portal_migrator"))
        app = create_app(Config.load(settings(postgres, bell, folder)))
        with app.app_context():
            app.extensions["appbuilder"].sm.seed()
            house.session.commit()
            house.forget()
        owner, superuser = (create_engine(postgres.url(n)) for n in ("portal_migrator", SUPERUSER))
        yield Ground(app, owner, superuser)
        for engine in (owner, superuser, house.factory.kw["bind"]):
            engine.dispose()
    finally:
        bell.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def settings(postgres: Postgres, bell: Redis, folder: Path) -> dict[str, str]:
    """Return the environment of a product on these servers."""
    return {
        "DATABASE_URL": postgres.url("portal_app"),
        "DATABASE_WORKER_URL": postgres.url("portal_worker"),
        "DATABASE_OWNER_URL": postgres.url("portal_migrator"),
        "DATABASE_REPLICA_URL": postgres.url("portal_report"),
        "REDIS_URL": bell.url(),
        "BASE_URL": "http://localhost",
        "VAR": str(folder / "var"),
        "LOG_LEVEL": "WARNING",
    }


if __name__ == "__main__":
    sys.exit(main())
