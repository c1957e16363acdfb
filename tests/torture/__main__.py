"""``make torture``: kill, freeze, flush and crash the real processes at random; lose and double nothing.

The random torture of reliability.md A7, with the time constants divided by 20. ``--mutant``
drops one of the algorithm's five rules: the run must then find what follows from it, and ends as soon as it
has, which shows that the checker can see it. ``--at twilio`` lets the run promise to that vendor alone.
"""

import argparse
import shutil
import socket
import sys
import time

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.crash.checker import check, open_count
from tests.crash.history import breaches, places, seen_already
from tests.torture.torturer import OF_MUTANTS, POINTS, Client, Torturer
from tests.torture.town import Town

MUTANTS = ("doubt", "sent_at", "fence", "lease", "dedup")

PACE = 0.02
PACE_OUTSIDE = 0.3
"""Seconds between two facts: over vendors' libraries as many as two cores keep up with, so that it is
fresh work that the faults meet and not a queue."""
DRAIN = 1800.0
STANDSTILL = 120.0
"""Seconds without one more ending after which what is open stays open; the longest wait is 45 s."""


def main():
    words = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    words.add_argument("--deeds", type=int, default=1000, help="kills and faults in all")
    words.add_argument("--minutes", type=float, default=45, help="the longest it may take")
    words.add_argument("--seed", type=int, default=20261125)
    words.add_argument("--mutant", default="", choices=["", *MUTANTS])
    words.add_argument(
        "--vendors", action="store_true", help="over the real adapters and simulators"
    )
    words.add_argument(
        "--at", default="", help="the one vendor, or class (k, n, r, u), to promise to"
    )
    asked = words.parse_args()
    town = Town(_ports(), asked.seed, asked.mutant, asked.vendors, asked.at)
    began = time.monotonic()
    try:
        found, torturer, client = _run(town, asked, began)
        if found:
            return _caught(town, found, torturer, time.monotonic() - began)
        verdict = _judge(town, client)
        _tell(verdict, torturer, client, time.monotonic() - began)
        broken = town.violations() if asked.vendors else []
        if asked.vendors:
            print(f"{len(broken)} words broke a vendor's contract {broken[:5] or ''}")
    finally:
        town.close()
        shutil.rmtree(town.folder, ignore_errors=True)
    if asked.mutant:
        caught = verdict.wrong or broken
        print("The mutant was caught." if caught else "The mutant got away.")
        return 0 if caught else 1
    return 1 if verdict.wrong or broken else 0


def _run(town, asked, began):
    town.open()
    client, torturer = (
        Client(town.door_port, _pace(asked)),
        Torturer(town, asked.seed, asked.mutant),
    )
    client.start()
    _wait_for(lambda: len(client.accepted) > 5, 120)
    told = 0
    while torturer.done.total() < asked.deeds and time.monotonic() - began < asked.minutes * 60:
        torturer.hurt()
        torturer.thaw()
        town.keep_alive()
        if asked.mutant and (found := _seen(town)):
            client.ending.set()
            return found, torturer, client
        if torturer.done.total() >= told + 100:
            told = torturer.done.total()
            print(f"{told} deeds, {len(client.accepted)} accepted", flush=True)
    client.ending.set()
    torturer.thaw(everybody=True)
    for fuse in town.fuses.iterdir():
        fuse.unlink(missing_ok=True)
    client.join()
    _drain(town)
    return {}, torturer, client


def _pace(asked):
    """Return the seconds between two facts: who is to be overtaken must not wait behind a queue."""
    if not asked.vendors:
        return PACE
    return PACE_OUTSIDE * (4 if asked.mutant in OF_MUTANTS else 1)


def _judge(town, client):
    """Compare what was accepted, what happened outside and what the tables say."""
    with town.session() as db:
        _tell_of_the_dead(db)
        verdict = check(db, client.accepted, town.book_lines())
        verdict.broken = breaches(db, **town.forgetful)
        return verdict


def _seen(town):
    """Return what is wrong already, while the run goes on."""
    try:
        with town.session() as db:
            return seen_already(db, town.book_lines(), **town.forgetful)
    except OperationalError:
        return {}


def _caught(town, found, torturer, seconds):
    """Say by what a mutant was caught and where, and end well."""
    with town.session() as db:
        for name, ids in found.items():
            print(f"{name}: {len(ids)} at {', '.join(places(db, ids))}")
    print(f"The mutant was caught after {torturer.done.total()} deeds in {seconds:.0f} s.")
    return 0


def _tell_of_the_dead(db):
    """Say why promises ended dead: in a run without refusals none does."""
    asked = "SELECT kind, last_error, count(*) FROM outbox_message WHERE state = 'dead' GROUP BY 1, 2 LIMIT 9"
    for kind, reason, count in db.execute(text(asked)):
        print(f"dead: {count} of {kind}: {reason}")


def _drain(town):
    """Wait until everything has ended, however slow the machine, or nothing moves any more."""
    left, moved = None, time.monotonic()

    def is_over():
        nonlocal left, moved
        town.keep_alive()
        with town.session() as db:
            found = open_count(db)
        if found != left:
            left, moved = found, time.monotonic()
        return found == 0 or time.monotonic() - moved > STANDSTILL

    _wait_for(is_over, DRAIN)


def _wait_for(condition, limit):
    end = time.monotonic() + limit
    while time.monotonic() < end and not condition():
        time.sleep(0.2)


def _tell(verdict, torturer, client, seconds):
    kills = sum(n for deed, n in torturer.done.items() if deed.startswith(("kill", "point")))
    print(f"\n{torturer.done.total()} deeds in {seconds / 60:.1f} min, {kills} of them kill -9:")
    for deed, count in torturer.done.most_common():
        print(f"  {deed:20}{count:6}")
    print("Kills at each named point:")
    for point in POINTS:
        print(f"  {point:22}{torturer.points[point]:6}")
    print(
        f"{verdict.accepted} accepted, {verdict.applied} effects, {verdict.done} done, "
        f"{verdict.in_doubt} of class U in doubt, {client.notices} notices, {verdict.ticks[0]} ticks"
    )
    wrong = {
        name: f"{len(found)}, such as {list(found)[:3]}" for name, found in verdict.wrong.items()
    }
    print(f"lost {len(verdict.lost)}, doubled {len(verdict.doubled)}, wrong: {wrong or 'nothing'}")


def _ports():
    found = []
    for _ in range(2):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            found.append(listener.getsockname()[1])
    return found


if __name__ == "__main__":
    sys.exit(main())
