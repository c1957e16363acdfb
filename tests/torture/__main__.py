"""``make torture``: kill, freeze, flush and crash the real processes at random; lose and double nothing.

The random torture of reliability.md A7, with the time constants divided by 20. ``--mutant doubt`` or
``--mutant sent_at`` breaks the algorithm: the run must then find doubled effects, which shows that the
checker can see them.
"""

import argparse
import random
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import psutil
import redis
from sqlalchemy import text

from tests.crash.checker import check, open_count
from tests.torture.town import Town

POINTS = (
    "before_commit", "after_commit", "after_claim", "before_send", "while_sending", "after_answer",
    "after_finish", "sweeper_after_read", "webhook_after_insert", "after_tick",
)  # fmt: skip
LEASE = 3.0
"""60 s divided by 20."""
WEIGHTS = {
    "point": 62, "kill worker child": 14, "kill worker": 3, "kill sweeper": 4, "kill web": 3,
    "flush": 5, "stop redis": 2, "crash postgres": 3, "freeze": 4,
}  # fmt: skip
PACE = 0.02
PACE_OUTSIDE = 0.3
"""Seconds between two facts: over vendors' libraries as many as two cores keep up with, so that it is
fresh work that the faults meet and not a queue."""
DRAIN = 1800.0
STANDSTILL = 120.0
"""Seconds without one more ending after which what is open stays open; the longest wait is 45 s."""


class Client(threading.Thread):
    """Somebody who asks for facts one after the other, each until it is accepted."""

    def __init__(self, port, pause):
        super().__init__(daemon=True)
        self.port = port
        self.pause = pause
        self.accepted = {}
        self.notices = 0
        self.ending = threading.Event()

    def run(self):
        number = 0
        while not self.ending.is_set():
            said = self.ask(f"fact/{number}")
            if said is None:
                continue
            cls, key = said.split()
            self.accepted[key] = cls
            if number % 5 == 0:
                while self.ask(f"notice/{number}/{key}") is None and not self.ending.is_set():
                    pass
                self.notices += 1
            number += 1
            time.sleep(self.pause)

    def ask(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode()
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
            return None


class Torturer:
    """Does one thing after another to the town, drawn by a seed, and counts."""

    def __init__(self, town, seed):
        self.town = town
        self.chance = random.Random(seed)
        self.done = Counter()
        self.points = Counter()
        self.thawing = []

    def hurt(self):
        """Do one thing."""
        deed = self.chance.choices(list(WEIGHTS), WEIGHTS.values())[0]
        match deed:
            case "point":
                self.light()
            case "kill worker child" | "freeze":
                self.seize(deed)
            case "kill worker":
                self.town.kill("worker")
            case "kill sweeper":
                self.town.kill(self.chance.choice(["sweeper-1", "sweeper-2"]))
            case "kill web":
                self.town.kill("web")
            case "flush":
                redis.Redis.from_url(self.town.redis.url()).flushall()
            case "stop redis":
                self.town.stop_redis(self.chance.uniform(0.5, 3))
            case "crash postgres":
                self.town.crash_postgres()
        if deed not in ("point", "kill worker child", "freeze"):
            self.done[deed] += 1
        time.sleep(self.chance.uniform(0, 0.2))

    def light(self):
        """Light the fuse of the point that was passed least, and wait until somebody died of it."""
        least = min(self.points[point] for point in POINTS)
        point = self.chance.choice([p for p in POINTS if self.points[p] <= least + 1])
        fuse = self.town.fuses / point
        fuse.touch()
        end = time.monotonic() + 12
        while fuse.exists() and time.monotonic() < end:
            self.town.keep_alive()
            time.sleep(0.02)
        if fuse.exists():
            fuse.unlink(missing_ok=True)
            return
        self.points[point] += 1
        self.done["point"] += 1

    def seize(self, deed):
        """Kill a worker in whatever it is doing, or freeze one beyond its lease."""
        family = self.town.workers()
        if not family:
            return
        one = self.chance.choice(family)
        try:
            if deed == "freeze":
                one.send_signal(signal.SIGSTOP)
                lease = LEASE * (4 if self.town.vendors else 1)
                until = time.monotonic() + lease * self.chance.uniform(1.1, 2)
                self.thawing.append((until, one))
            else:
                one.kill()
            self.done[deed] += 1
        except psutil.NoSuchProcess:
            return

    def thaw(self, everybody=False):
        """Let those go on whose time has come."""
        for until, one in list(self.thawing):
            if everybody or time.monotonic() >= until:
                self.thawing.remove((until, one))
                try:
                    one.send_signal(signal.SIGCONT)
                except psutil.NoSuchProcess:
                    continue


def main():
    words = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    words.add_argument("--deeds", type=int, default=1000, help="kills and faults in all")
    words.add_argument("--minutes", type=float, default=45, help="the longest it may take")
    words.add_argument("--seed", type=int, default=20261125)
    words.add_argument("--mutant", default="", choices=["", "doubt", "sent_at"])
    words.add_argument(
        "--vendors", action="store_true", help="over the real adapters and simulators"
    )
    asked = words.parse_args()
    town = Town(_ports(), asked.seed, asked.mutant, asked.vendors)
    began = time.monotonic()
    try:
        verdict, torturer, client = _run(town, asked, began)
        _tell(verdict, torturer, client, time.monotonic() - began)
        broken = town.violations() if asked.vendors else []
        if asked.vendors:
            print(f"{len(broken)} words broke a vendor's contract {broken[:5] or ''}")
    finally:
        town.close()
    shutil.rmtree(town.folder, ignore_errors=True)
    if asked.mutant:
        print("The mutant was caught." if verdict.wrong else "The mutant got away.")
        return 0 if verdict.wrong else 1
    return 1 if verdict.wrong or broken else 0


def _run(town, asked, began):
    town.open()
    client, torturer = (
        Client(town.door_port, PACE_OUTSIDE if asked.vendors else PACE),
        Torturer(town, asked.seed),
    )
    client.start()
    _wait_for(lambda: len(client.accepted) > 5, 120)
    told = 0
    while torturer.done.total() < asked.deeds and time.monotonic() - began < asked.minutes * 60:
        torturer.hurt()
        torturer.thaw()
        town.keep_alive()
        if torturer.done.total() >= told + 100:
            told = torturer.done.total()
            print(f"{told} deeds, {len(client.accepted)} accepted", flush=True)
    client.ending.set()
    torturer.thaw(everybody=True)
    for fuse in town.fuses.iterdir():
        fuse.unlink(missing_ok=True)
    client.join()
    _drain(town)
    with town.session() as db:
        _tell_of_the_dead(db)
        return check(db, client.accepted, town.book_lines()), torturer, client


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
