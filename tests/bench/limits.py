"""``make limits``: many processes under pressure at a counting server, with Redis flushed meanwhile.

Prints the most calls in any window, calls in flight at once, and how much of the limit was used; then
what a dead provider gets. Tests run the same with quicker figures.
"""

import argparse
import http.client
import itertools
import multiprocessing
import random
import shutil
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import redis

from app.domain.circuit_breaker import CallOutcome
from app.domain.provider_limits import LIMITS, ProviderLimits, Window
from app.embedded import Redis
from app.integrations.traffic import Asker, Berths, SharedTraffic, SingleTraffic, Tempo, Traffic


@dataclass
class Counter:
    """What came, when, and how many at once."""

    times: list = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_dead: bool = False
    takes: float = 0.0

    def most_within(self, seconds):
        """Return the most calls in any window of that length."""
        times = sorted(self.times)
        return max((bisect_left(times, at + seconds) - i for i, at in enumerate(times)), default=0)


def serve(counter):
    """Start the counting server; return it."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            with counter.lock:
                counter.times.append(time.monotonic())
                counter.in_flight += 1
                counter.most_in_flight = max(counter.most_in_flight, counter.in_flight)
            time.sleep(counter.takes)
            with counter.lock:
                counter.in_flight -= 1
            self.send_response(503 if counter.is_dead else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def scaled(limits, factor):
    """Return the same limits in a quicker world."""
    windows = tuple(
        Window(w.limit, w.seconds / factor, w.capacity, w.header) for w in limits.windows
    )
    return ProviderLimits(windows, limits.at_once, limits.scope)


def tempo(factor):
    """Return the time constants of that world."""
    usual = Tempo()
    names = ("lease", "beat", "grace", "horizon", "probe", "pause", "longest_pause", "within")
    return Tempo(**{name: getattr(usual, name) / factor for name in names})


def traffic_of(url, folder, pace, processes):
    """Return one process's end."""
    return Traffic(
        SharedTraffic(url, pace),
        SingleTraffic(processes, pace.probe, pace.pause, pace.longest_pause),
        Berths(Path(folder)),
        at_machine=processes,
    )


def press(url, folder, port, asker, pace, processes, seconds, waits=0.02):
    """Call as often as is allowed, in one process, for so long."""
    traffic = traffic_of(url, folder, pace, processes)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer, lease = traffic.ask(asker)
        if answer.wait > 0:
            time.sleep(min(answer.wait, random.uniform(0, waits)))
            continue
        line.request("GET", "/")
        said = line.getresponse()
        said.read()
        outcome = CallOutcome.failed if said.status >= 500 else CallOutcome.answered
        traffic.tell(asker, lease, outcome)
        traffic.leave(asker, lease)


def rush(url, limits, pace, *, processes=8, seconds=10.0, flushes=0, takes=0.0, is_dead=False):
    """Let processes press, flush Redis now and then; return what the server counted."""
    counter = Counter(takes=takes, is_dead=is_dead)
    server = serve(counter)
    folder = tempfile.mkdtemp(prefix="berths-")
    asker = Asker("test", None, limits)
    words = (url, folder, server.server_port, asker, pace, processes, seconds)
    context = multiprocessing.get_context("fork")
    pressing = [context.Process(target=press, args=words) for _ in range(processes)]
    for process in pressing:
        process.start()
    _wait_for_first(counter)
    try:
        with redis.Redis.from_url(url) as server_of_keys:
            for _ in range(flushes):
                time.sleep(seconds / (flushes + 2))
                server_of_keys.flushall()
        for process in pressing:
            process.join()
    finally:
        server.shutdown()
        server.server_close()
        shutil.rmtree(folder, ignore_errors=True)
    return counter


def _wait_for_first(counter):
    end = time.monotonic() + 30
    while not counter.times and time.monotonic() < end:
        time.sleep(0.01)


def used(counter, limits):
    """Return the part of the limit that was used, after the first calls."""
    window = min(limits.windows, key=lambda one: one.limit / one.seconds)
    lasted = max(counter.times) - min(counter.times)
    return len(counter.times) / lasted / (window.limit / window.seconds)


def main():
    words = argparse.ArgumentParser(prog="python -m tests.bench.limits", description=__doc__)
    words.add_argument("--seconds", type=float, default=300)
    words.add_argument("--factor", type=float, default=1)
    words.add_argument("--providers", default="xero,docusign")
    asked = words.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="limits-"))
    server = Redis(folder / "redis")
    server.start()
    wrong = False
    try:
        pace = tempo(asked.factor)
        for provider in asked.providers.split(","):
            limits = scaled(LIMITS[provider], asked.factor)
            counter = rush(
                server.url(), limits, pace, seconds=asked.seconds, flushes=10, takes=0.05
            )
            for window in limits.windows:
                most = counter.most_within(window.seconds)
                wrong |= most > window.limit
                print(
                    f"{provider}: at most {most} calls in {window.seconds:g} s (limit {window.limit:g})"
                )
            print(
                f"{provider}: {len(counter.times)} calls, {used(counter, limits):.1%} of the limit, "
                f"{counter.most_in_flight} in flight at most (limit {limits.at_once}), 10 flushes"
            )
            wrong |= counter.most_in_flight > limits.at_once
        redis.Redis.from_url(server.url()).flushall()
        roomy = ProviderLimits((Window(6000, 60, 50),), at_once=8)
        dead = rush(server.url(), roomy, tempo(20), seconds=20, takes=0.02, is_dead=True)
        print(f"dead provider, 8 workers: {told(dead, tempo(20))}")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if wrong else 0


def told(dead, pace):
    """Say how a dead provider was called: before the breaker opened, then by each probe."""
    before, probes = spells(dead, pace)
    return f"{before} calls before the breaker opened, then {probes} at its probes"


def spells(dead, pace):
    """Return the calls before the first pause, and those after each pause."""
    times = sorted(dead.times)
    groups = [[times[0]]]
    for at, following in itertools.pairwise(times):
        if following - at > pace.pause * 0.8:
            groups.append([])
        groups[-1].append(following)
    return len(groups[0]), [len(group) for group in groups[1:]]


if __name__ == "__main__":
    sys.exit(main())
