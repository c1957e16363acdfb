"""Mutated receipts through the whole upload path: ``python -m tests.bench.uploads --files 10000``.

Real requests against the product's WSGI application, real scan children, a real database. It ends
with 1 where the server erred, something accepted cannot be viewed, or something served acts.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.domain.people import EngagementStatus
from app.models import Engagement, Organisation, Person, PortalIdentity, Production
from app.services import sessions
from tests.bench.lists import Ground, ground
from tests.bench.mutants import BENDS, Mutants
from tests.bench.upload_trial import Verdict, send
from tests.fixtures_sign_in import Browser, address_for, browser_of

PHONES = 2
CHILD = b"app.integrations.scan.child"


class Watch:
    """Notes the most memory that the scan children and this process ever held."""

    def __init__(self) -> None:
        self.children = 0
        self.seen: set[int] = set()
        self._over = threading.Event()

    def look(self) -> None:
        """Look until told to stop."""
        while not self._over.wait(0.1):
            for place in Path("/proc").glob("[0-9]*"):
                self._note(place)

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def _note(self, place: Path) -> None:
        try:
            is_ours = f"PPid:\t{os.getpid()}\n" in (place / "status").read_text()
            if is_ours and CHILD in (place / "cmdline").read_bytes():
                self.children = max(self.children, peak_of(place))
                self.seen.add(int(place.name))
        except (OSError, ValueError):
            return


def peak_of(place: Path) -> int:
    """Return the most memory a process ever held, in kilobytes."""
    rows = (place / "status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM"))


def main() -> int:
    """Send the files and print what became of them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--files", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=20261125)
    wanted = asked.parse_args()
    with ground() as here, watching() as watch:
        phones = [signed_in(here) for _ in range(PHONES)]
        before, begun = peak_of(Path("/proc/self")), time.monotonic()
        verdict = run(phones, Mutants(wanted.seed), wanted.files)
        seconds = time.monotonic() - begun
        tell(verdict)
        print(f"\n{wanted.files:,} files in {seconds:,.0f} s, {len(watch.seen)} scan children")
        print(f"peak memory of a scan child: {watch.children / 1024:,.0f} MB")
        after = peak_of(Path("/proc/self"))
        print(
            f"peak memory of the web process: {after / 1024:,.0f} MB ({before / 1024:,.0f} before)"
        )
    return 1 if verdict.faults else 0


def run(phones: list[Browser], mutants: Mutants, files: int) -> Verdict:
    """Send the files from as many phones as there are scan children."""
    verdict = Verdict()

    def carry(place: int) -> None:
        for number in range(place, files, len(phones)):
            send(phones[place], mutants.make(number), verdict)
            if number % 500 == 0:
                print(f"  {number:,} sent, {verdict.faults} faults", flush=True)

    with ThreadPoolExecutor(len(phones)) as pool:
        list(pool.map(carry, range(len(phones))))
    return verdict


def tell(verdict: Verdict) -> None:
    """Print the table and every fault."""
    print(f"\n{'bent how':22}{'accepted':>10}{'refused':>10}")
    for how in (*BENDS, "enormous"):
        counts = (verdict.outcomes[how, outcome] for outcome in ("accepted", "refused"))
        print(f"{how:22}" + "".join(f"{count:>10,}" for count in counts))
    for words, found in (
        ("server errors", verdict.server_errors),
        ("refused without a sentence", verdict.unspoken),
        ("accepted and not viewable", verdict.not_viewable),
        ("active content served", verdict.active),
        ("originals not kept byte for byte", verdict.not_kept),
    ):
        print(f"{words}: {len(found)}", *found[:20], sep="\n  " if found else "")


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch the memory meanwhile."""
    watch = Watch()
    thread = threading.Thread(target=watch.look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop()
        thread.join()


def signed_in(here: Ground) -> Browser:
    """Return the phone of an artist who may claim."""
    with Session(here.owner, expire_on_commit=False) as db:
        person = _artist(db)
        identity = PortalIdentity(email=f"artist-{person.id}@example.com")
        db.add_all([identity, address_for(person, identity.email)])
        db.commit()
    seat = sessions.Seat(person.organisation_id, person.id, None)
    with here.app.app_context(), house.transaction() as opened:
        token = sessions.open_artist(
            opened, identity_id=identity.id, seat=seat, device=sessions.Device()
        )
    house.forget()
    phone = browser_of(here.app)
    phone.set_cookie("__Host-artist", token, secure=True)
    phone.get("/portal/")
    return phone


def _artist(db: Session) -> Person:
    company = Organisation(name="Company", slug=f"c{time.time_ns()}", zone="Australia/Brisbane")
    db.add(company)
    db.flush()
    own = {"organisation_id": company.id}
    person = Person(**own, name="Noémie Lefèvre", name_key="lefevre noemie")
    production = Production(**own, title="Giselle", code="GIS")
    db.add_all([person, production])
    db.flush()
    today = now().date()
    engaged = Engagement(
        **own, number="ENG-0001", person_id=person.id, production_id=production.id,
        status=EngagementStatus.confirmed, starts_on=today - timedelta(days=30),
        ends_on=today + timedelta(days=30), currency="AUD", fee=Decimal(21600),
    )  # fmt: skip
    db.add(engaged)
    db.flush()
    return person


if __name__ == "__main__":
    sys.exit(main())
