"""Our pages of contracts beside stock FAB's of the same contracts: ``python -m tests.bench.lists``.

One process, one embedded PostgreSQL with its usual durability, the same 10,000 contracts, the same
columns and the same signed-in reader. The pages take turns, so that a busy machine slows both, and
what was built before is kept from the collector for both, as ``wsgi.py`` does.

List: 25 a page. Search: the ten contracts whose number begins alike. Show: one draft. Save: ours keeps a
draft's text, which checks it, draws it and notes who changed what; stock writes the columns of its form.
"""

import gc
import itertools
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from app.cli.db import upgrade
from app.db import session as house
from app.embedded import Postgres, Redis
from app.embedded.postgres import SUPERUSER
from app.factory import create_app
from app.services import sessions
from config import Config
from tests.bench import rows, stock
from tests.bench.pages import Figures, Page, where_time_goes
from tests.load.forms import fields_of

TURNS = 4
SECONDS = 1.0
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


MAY_BE_EMPTY = ("reason", "source_note", "signed_where")
OURS = {
    "list": "list/?view=all",
    "search": f"list/?view=all&q={stock.SOUGHT}",
    "show": "show/{draft}",
    "save": "text/{draft}",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """The product on servers of its own, the owner of its tables, and who fills them."""

    app: Flask
    owner: Engine
    superuser: Engine


def main() -> int:
    """Measure, and print a table for each thing that staff do."""
    begun = time.monotonic()
    with ground() as here:
        company_id, reader_id = rows.fill(here.superuser)
        pages = contract_pages(here, company_id, reader_id)
        figures = {deed: [page.weigh() for page in some] for deed, some in pages.items()}
        gc.collect()
        gc.freeze()
        for _ in range(TURNS):
            for deed, some in pages.items():
                for page, found in zip(some, figures[deed], strict=True):
                    page.look(found, SECONDS)
        print(f"\n{rows.CONTRACTS:,} contracts, one process")
        for deed, found in figures.items():
            tell(deed, found)
        sizes = ", ".join(
            f"{n} on a page {count}" for n, count in by_size(here.app, pages["list"][0])
        )
        print(f"\nStatements of our list: {sizes}")
        print(
            "\nWhere the time of our list goes (cProfile, which counts calls dearer than they are):"
        )
        for name, share in where_time_goes(pages["list"][0], looks=60):
            print(f"  {name:42}{share:6.0%}")
    print(f"\n{time.monotonic() - begun:.0f} s in all")
    return 0


def tell(deed: str, figures: list[Figures]) -> None:
    """Print what was measured, and each page's cost as a multiple of ours."""
    ours = figures[0]
    print(f"\n{deed:16}" + "".join(f"{name:>14}" for name in HEADINGS))
    for found in figures:
        print(
            f"{found.name:16}{found.per_second:14.1f}{found.median_ms:14.1f}{found.work_ms:14.1f}"
            f"{found.statements:14}{found.html:14,}{found.assets:14,}{found.files:14}"
        )
    for found in figures[1:]:
        weight = (found.html + found.assets) / (ours.html + ours.assets)
        print(
            f"  against {found.name}: {ours.per_second / found.per_second:.1f} times as many a second, "
            f"Python's work 1/{found.work_ms / ours.work_ms:.1f}, "
            f"statements 1/{found.statements / ours.statements:.1f}, "
            f"HTML 1/{found.html / ours.html:.1f}, HTML and assets 1/{weight:.1f}"
        )


def contract_pages(here: Ground, company_id: int, reader_id: int) -> dict[str, list[Page]]:
    """Return what staff do, each as our page, the stock one and the trimmed stock one."""
    with here.superuser.connect() as db:
        drafts = text("SELECT id FROM contract WHERE status = 'draft' ORDER BY id LIMIT 1")
        draft: int = db.execute(drafts).scalar_one()
    ours = signed_in(here.app, company_id, reader_id)
    theirs = stock.create(here.owner).test_client()
    theirs.post("/login/", data={"username": rows.EMAIL, "password": rows.PASSWORD})
    own = {deed: f"/admin/contracts/{href}" for deed, href in OURS.items()}
    pages = {
        deed: [Page("ours", href.format(draft=draft), ours, house.factory.kw["bind"])]
        for deed, href in own.items()
    }
    for name, base in stock.BASES.items():
        for deed, href in stock.HREFS.items():
            pages[deed].append(Page(name, base + href.format(draft=draft), theirs, here.owner))
    for page, field in zip(pages["save"], ("source", "title", "title"), strict=True):
        page.form = changing(page.get(), field)
    return pages


def changing(form: str, field: str) -> Callable[[], dict[str, Any]]:
    """Return a maker of what the form sends, with something else in one field each time."""
    typed, numbers = fields_of(form), itertools.count(1)
    # FAB takes a text that may be empty for one that must not.
    typed |= {name: ["-"] for name in MAY_BE_EMPTY if typed.get(name) == [""]}
    return lambda: {**typed, field: f"Guest artist agreement, as of draft {next(numbers)}"}


def by_size(app: Flask, page: Page) -> Iterator[tuple[int, int]]:
    """Yield how many statements the list costs with more or fewer rows on a page.

    Now and then it is one more: what roles may do is read again after half a minute.
    """
    views = app.extensions["appbuilder"].baseviews
    view = next(each for each in views if type(each).__name__ == "ContractView")
    for size in (10, 25, 100, 500):
        view.page_size = size
        yield size, min(page.weigh().statements for _ in range(2))
    view.page_size = 25


def signed_in(app: Flask, company_id: int, reader_id: int) -> FlaskClient:
    """Sign the reader in to the product."""
    with app.app_context(), house.transaction() as db:
        token = sessions.open_staff(
            db, user_id=reader_id, organisation_id=company_id, device=sessions.Device()
        )
    house.forget()
    browser = app.test_client()
    browser.set_cookie("__Host-staff", token, secure=True)
    return browser


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
