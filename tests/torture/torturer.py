"""Who asks for facts while the town is tortured, and who tortures it."""

import contextlib
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import psutil
import redis
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tasks.crash import FREEZE

POINTS = (
    "before_commit", "after_commit", "after_claim", "before_send", "while_sending", "after_answer",
    "after_finish", "sweeper_after_read", "webhook_after_insert", "after_tick",
)  # fmt: skip
OVERTAKEN = ("after_claim", "before_send", "after_answer")
"""Where a process is frozen that wakes at the moment at which another has claimed its message."""
AT_ONCE = 2
"""How many are frozen so at most: somebody must be there to overtake them."""
LEASE = 3.0
"""60 s divided by 20."""
WEIGHTS = {
    "point": 62, "kill worker child": 14, "kill worker": 3, "kill sweeper": 4, "kill web": 3,
    "flush": 5, "stop redis": 2, "crash postgres": 3, "freeze": 4, "overtake": 4,
}  # fmt: skip
OF_MUTANTS = {"lease": ("after_claim",), "fence": ("after_answer",)}
"""Where a mutant is overtaken again and again, which would survive for long otherwise; little else is done to it."""


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

    def __init__(self, town, seed, mutant=""):
        self.town = town
        self.chance = random.Random(seed)
        self.places = OF_MUTANTS.get(mutant, OVERTAKEN)
        self.weights = {"point": 1, "overtake": 2} if mutant in OF_MUTANTS else WEIGHTS
        self.overtaking = []
        self.done = Counter()
        self.points = Counter()
        self.thawing = []

    def hurt(self):
        """Do one thing."""
        deed = self.chance.choices(list(self.weights), self.weights.values())[0]
        match deed:
            case "point":
                self.light()
            case "overtake":
                self.overtake()
            case "kill worker child" | "freeze":
                self.seize(deed)
            case _:
                self.strike(deed)
                self.done[deed] += 1
        time.sleep(self.chance.uniform(0, 0.2))

    def strike(self, deed):
        """Kill a process as a whole, or what all of them use."""
        match deed:
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

    def light(self):
        """Light the fuse of the point that was passed least, and wait until somebody died of it."""
        least = min(self.points[point] for point in POINTS)
        point = self.chance.choice([p for p in POINTS if self.points[p] <= least + 1])
        if self.burnt(point):
            self.points[point] += 1
            self.done["point"] += 1

    def burnt(self, point, word=""):
        """Light a fuse that says so; tell whether somebody took it."""
        fuse = self.town.fuses / point
        draft = fuse.with_name(f"{point}.new")
        draft.write_text(word)
        draft.rename(fuse)
        end = time.monotonic() + 12
        while fuse.exists() and time.monotonic() < end:
            self.town.keep_alive()
            time.sleep(0.02)
        if not fuse.exists():
            return True
        fuse.unlink(missing_ok=True)
        return False

    def overtake(self):
        """Freeze somebody with a message, who goes on in the very moment in which another has it."""
        while sum(waking.is_alive() for _, waking in self.overtaking) >= AT_ONCE:
            self.town.keep_alive()
            time.sleep(0.05)
        asleep = [one.pid for one, waking in self.overtaking if waking.is_alive()]
        known = {*asleep, *(one.pid for _, one in self.thawing)}
        if not self.burnt(self.chance.choice(self.places), FREEZE):
            return
        time.sleep(0.05)
        for one in self.town.stopped():
            if one.pid not in known:
                waking = threading.Thread(target=self.wake, args=(one,), daemon=True)
                waking.start()
                self.overtaking.append((one, waking))
                self.done["overtake"] += 1

    def wake(self, one):
        """Let a process go on once its message has another fence, or when nobody took it over for long."""
        mine = "SELECT id, fence FROM outbox_message WHERE state = 'leased' AND lease_owner LIKE :whose"
        end = time.monotonic() + LEASE * (4 if self.town.vendors else 1) * 3
        message = None
        while time.monotonic() < end:
            try:
                with self.town.session() as db:
                    if message is None:
                        message = db.execute(text(mine), {"whose": f"%-{one.pid}-%"}).first()
                    elif message.fence != db.scalar(
                        text("SELECT fence FROM outbox_message WHERE id = :id"), {"id": message.id}
                    ):
                        break
            except OperationalError:
                time.sleep(0.1)
            time.sleep(0.005)
        _go_on(one)

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
                _go_on(one)
        if everybody:
            for _, waking in self.overtaking:
                waking.join()


def _go_on(one):
    with contextlib.suppress(psutil.NoSuchProcess):
        one.send_signal(signal.SIGCONT)
