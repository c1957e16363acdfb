"""Twenty companies over five connections, with rollbacks, time-outs and kills: nobody meets another's row.

The viewer is a setting of a transaction on a connection that the next request gets. If one were ever
left behind, this finds it. ``CROWD=10000`` asks as often as that.
"""

import os
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, event, text

from admin.roles import ROLES
from app.db import session as house
from app.models import Person
from tests.fixtures_sign_in import Browser, browser_of
from tests.integration.security.doors import Door, doors
from tests.integration.security.matrix import WORD, asked
from tests.integration.security.world import fill

COMPANIES = {number: number for number in range(3001, 3021)}
CONNECTIONS, THREADS = 5, 8
REQUESTS = int(os.environ.get("CROWD", "300"))
SEED = int(os.environ.get("CROWD_SEED", "20261125"))
TROUBLE = 0.01
"""How often a statement fails; a request makes about ten."""
KILLED = 0.02
"""How often a request is accompanied by the end of a connection."""
SAID = re.compile(rf"{WORD}(?: |\+|%20)(\d+)", re.IGNORECASE)

KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
    " WHERE usename = 'portal_app' AND datname = current_database() ORDER BY random() LIMIT 1) one"
)
SMUGGLED = f"""
SELECT count(*) FROM person WHERE name LIKE '{WORD} %' AND name <> '{WORD} ' || organisation_id
"""
ASTRAY = """
SELECT count(*) FROM audit_entry e JOIN staff_profile p ON e.actor = 'staff:' || p.user_id
WHERE e.organisation_id <> p.organisation_id
"""


@dataclass
class Crowd:
    """Who asks, at which doors, and what came of it."""

    app: Any
    seats: dict[int, list[Browser]]
    desk: list[Door]
    phone: list[Door]
    killer: Any
    seen: Counter[str] = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, turn: int) -> None:
        """Ask once, at random, from a company and for a record at random."""
        dice = random.Random(f"{SEED} {turn}")
        company = dice.choice(list(self.seats))
        seat = dice.randrange(len(self.seats[company]))
        browser = self._browser(company, seat)
        door = dice.choice(self.phone if seat == 0 else self.desk)
        whose = company if door.query or dice.random() < 0.5 else dice.choice(list(COMPANIES))
        if dice.random() < KILLED:
            with self.lock:
                self.seen["connections killed"] += int(self.killer.execute(KILL).fetchone()[0])
        if seat and dice.random() < 0.2:
            answer = self._writes(browser, company, dice)
        else:
            answer = browser.get(door.address(self.app, whose))
        self._look(answer, company, door, whose)

    def _browser(self, company: int, seat: int) -> Browser:
        """Return the seat in a browser of this request's own: they are not for two threads."""
        known = self.seats[company][seat]
        browser = browser_of(self.app)
        browser.csrf = known.csrf
        for cookie in known._cookies.values():
            browser.set_cookie(cookie.key, cookie.value, secure=True)
        return browser

    def _writes(self, browser: Browser, company: int, dice: random.Random) -> Any:
        typed = {"name": f"{WORD} {company}", "kind": "individual", "note": str(dice.random())}
        if dice.random() < 0.5:
            return browser.send("/admin/people/add", typed)
        return browser.send(f"/admin/people/edit/{dice.choice(list(COMPANIES))}", typed)

    def _look(self, answer: Any, company: int, door: Door, whose: int) -> None:
        heard = answer.get_data().decode("utf-8", "replace")
        spoken = {int(number) for number in SAID.findall(heard)}
        # A word of the address may come back in the page that says there is no such thing.
        strange = spoken - {company} - ({whose} if "run_number" in door.rule.arguments else set())
        with self.lock:
            self.seen[f"status {answer.status_code}"] += 1
            self.seen["answers with rows"] += company in spoken
            if strange:
                self.foreign.append(f"{door.called}: {company} saw {sorted(strange)}")


@pytest.fixture
def crowd(database, seeded, app, staff, phone_of, owner_session) -> Iterator[Crowd]:
    """Return twenty companies, each with a phone and two of staff, over a pool that is too small."""
    fill(database.url("postgres"), WORD, companies=COMPANIES)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    seats = {}
    for turn, company in enumerate(COMPANIES):
        phone = phone_of(owner_session.get_one(Person, company), stepped_up=True)
        roles = ("Contracts", ROLES[turn % len(ROLES)])
        seats[company] = [phone, *(staff(role, organisation_id=company) for role in roles)]
        for browser in seats[company][1:]:
            browser.send("/admin/people/add", {})
    house.session.remove()
    house.session.session_factory.kw["bind"].dispose()
    engine = house.bind(database.url("portal_app"), pool_size=CONNECTIONS, max_overflow=0)
    event.listen(engine, "before_cursor_execute", _trouble)
    killer = psycopg.connect(
        database.url("postgres").replace("postgresql+psycopg", "postgresql"), autocommit=True
    )
    every = [
        [door for door in asked(doors(app, prefix)) if door.method == "GET"]
        for prefix in ("/admin/", "/portal/")
    ]
    yield Crowd(app, seats, *every, killer=killer)
    killer.close()


def _trouble(_connection: Any, cursor: Any, *_rest: Any) -> None:
    """Fail now and then, before a statement: by a time-out of the server, or at our side."""
    dice = random.random()
    if dice < TROUBLE / 2:
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(0.2)")
    elif dice < TROUBLE:
        raise RuntimeError("Something went wrong in the middle of a request.")


def test_nobody_meets_a_row_of_another_company(crowd, database):
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(crowd.ask, range(REQUESTS)):
            pass

    engine = create_engine(database.url("postgres"))
    with engine.connect() as db:
        smuggled, astray = db.scalar(text(SMUGGLED)), db.scalar(text(ASTRAY))
        written = db.scalar(text("SELECT count(*) FROM person WHERE note LIKE '0.%'"))
    engine.dispose()
    counted = ", ".join(f"{name}: {count}" for name, count in sorted(crowd.seen.items()))
    print(f"\ncrowd: {REQUESTS} requests; {counted}; people written: {written};"
          f" foreign rows: {len(crowd.foreign)}")  # fmt: skip
    assert crowd.foreign == []
    assert (smuggled, astray) == (0, 0)
    assert crowd.seen["answers with rows"] > REQUESTS / 20
    assert crowd.seen["connections killed"] > 0
    assert crowd.seen["status 500"] > 0
