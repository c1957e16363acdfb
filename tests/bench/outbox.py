"""``python -m tests.bench.outbox``: from the commit of a promise to the provider's receipt, and a backlog.

The product's own worker and sweeper, a PostgreSQL that flushes to disk, a provider over HTTP. First
promises one by one with an idle queue (p50, p95), then as many as ``--waiting`` at once (messages/s).
"""

import argparse
import http.client
import os
import statistics
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.outbox import EffectClass
from app.models import Organisation
from app.services import outbox
from tasks.crew import engage
from tasks.handlers import Handler
from tests.bench.working_house import serve, working


def crew(config):
    """Engage couriers that hand a key to the provider: one of ours, one with a vendor's limits."""
    made = engage(config)
    port = int(os.environ["BENCH_PORT"])
    lines = {}

    def send(_request, key):
        line = lines.setdefault(
            os.getpid(), http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        )
        line.request("PUT", f"/{key}")
        line.getresponse().read()
        return key

    for kind, provider in (("bench.own", "local"), ("bench.vendor", "azure_blob")):
        made.carry(Handler(kind, EffectClass.K, lambda _db, m: m.payload, send, provider=provider))
    return made


class Receipts:
    """When each key arrived."""

    def __init__(self):
        self.at = {}
        receipts = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self):
                receipts.at[self.path[1:]] = time.monotonic()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


def promise(organisation_id, kind, keys):
    """Promise in one transaction; return the ids and the moment of the commit."""
    act_as(Viewer(organisation_id, actor="staff:1"))
    with transaction() as db:
        ids = [
            outbox.promise(
                db,
                organisation_id=organisation_id,
                kind=kind,
                key=key,
                payload={},
                cls=EffectClass.K,
            )
            for key in keys
        ]
    forget()
    return [str(one) for one in ids], time.monotonic()


def main():
    words = argparse.ArgumentParser(prog="python -m tests.bench.outbox", description=__doc__)
    words.add_argument("--idle", type=int, default=100)
    words.add_argument("--waiting", type=int, default=10_000)
    asked = words.parse_args()
    receipts = Receipts()
    with working("tests.bench.outbox", receipts.server.server_port) as (postgres, _):
        organisation_id = _company(postgres)
        for kind in ("bench.own", "bench.vendor"):
            _idle(receipts, organisation_id, kind, asked.idle)
        _backlog(receipts, organisation_id, asked.waiting)
    return 0


def _company(postgres):
    engine = create_engine(postgres.url("portal_migrator"))
    with Session(engine) as db:
        db.execute(text("SET ROLE portal_owner"))
        company = Organisation(name="Northern Ballet", slug="northern")
        db.add(company)
        db.commit()
        return company.id


def _idle(receipts, organisation_id, kind, count):
    took = []
    for number in range(count + 5):
        (key,), committed = promise(organisation_id, kind, [f"{kind}-{number}"])
        end = time.monotonic() + 30
        while key not in receipts.at and time.monotonic() < end:
            time.sleep(0.001)
        if number >= 5:
            took.append((receipts.at[key] - committed) * 1000)
        time.sleep(0.1)
    took.sort()
    print(
        f"{kind}: commit to receipt, idle queue: p50 {statistics.median(took):.1f} ms, "
        f"p95 {took[int(len(took) * 0.95)]:.1f} ms, longest {took[-1]:.0f} ms ({count} promises)",
        flush=True,
    )


def _backlog(receipts, organisation_id, count):
    before = len(receipts.at)
    for start in range(0, count, 1000):
        promise(organisation_id, "bench.own", [f"many-{n}" for n in range(start, start + 1000)])
    began, had = time.monotonic(), len(receipts.at) - before
    while len(receipts.at) - before < count and time.monotonic() - began < 600:
        time.sleep(0.05)
    kept, lasted = len(receipts.at) - before - had, time.monotonic() - began
    print(f"{kept:,} of {count:,} waiting kept in {lasted:.1f} s: {kept / lasted:.0f} messages/s")


if __name__ == "__main__":
    if sys.argv[1:] in (["worker"], ["sweeper"]):
        serve(sys.argv[1], crew)
        sys.exit(0)
    sys.exit(main())
