"""``python -m tests.bench.outage``: what one organisation's outage costs the others.

The product's own worker, sweeper and times. Organisation A's provider takes calls and never answers, with
``--waiting`` promises behind it: first every call times out, then the breaker opens, lets a probe through now and
again, and closes nothing. Meanwhile B promises one by one, to its own account at the same provider and for work of the
house; from commit to receipt, p50 and p95, quiet and during the outage, by turns in one run.
"""

import argparse
import http.client
import os
import socket
import statistics
import sys
import time

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.domain.outbox import EffectClass
from app.models import Organisation
from tasks.crew import engage
from tasks.handlers import Handler
from tests.bench.outbox import Receipts, promise
from tests.bench.working_house import serve, working

PROVIDER = "xero"
"""Each organisation has its own account there: 54 calls a minute for long."""
B_KINDS = {"b.same": 1.3, "b.house": 0.25}
"""Kind -> seconds between two promises of it."""
WARM = 8.0


def crew(config):
    """Engage couriers to the dead provider, to the living account beside it, and for the house's own work."""
    made = engage(config)

    def call(port):
        def send(_request, key):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            line.request("PUT", f"/{key}")
            line.getresponse().read()
            line.close()
            return key

        return send

    dead, living = int(os.environ["DEAD_PORT"]), int(os.environ["BENCH_PORT"])
    for kind, port, provider in (
        ("a.bill", dead, PROVIDER), ("b.same", living, PROVIDER), ("b.house", living, "local"),
    ):  # fmt: skip
        made.carry(
            Handler(kind, EffectClass.K, lambda _db, m: m.payload, call(port), provider=provider)
        )
    return made


def main():
    words = argparse.ArgumentParser(prog="python -m tests.bench.outage", description=__doc__)
    words.add_argument(
        "--waiting", type=int, default=2000, help="promises behind the dead provider"
    )
    words.add_argument("--quiet", type=float, default=60, help="seconds before, and again after")
    words.add_argument("--outage", type=float, default=150, help="seconds")
    asked = words.parse_args()
    receipts = Receipts()
    port = receipts.server.server_port
    with (
        socket.create_server(("127.0.0.1", 0), backlog=1024) as hole,
        working(
            "tests.bench.outage", port, LOG_LEVEL="ERROR", DEAD_PORT=str(hole.getsockname()[1])
        ) as (postgres, _),
    ):
        engine = create_engine(postgres.url("portal_migrator"))
        a, b = _companies(engine)
        _watch(receipts, b, WARM)
        before = _watch(receipts, b, asked.quiet)
        for start in range(0, asked.waiting, 500):
            keys = [f"bill-{n}" for n in range(start, min(start + 500, asked.waiting))]
            promise(a, "a.bill", keys)
        during = _watch(receipts, b, asked.outage)
        _tell_of(engine, a)
        _end(engine, a)
        after = _watch(receipts, b, asked.quiet)
        worst = _tell(before, during, after)
    return 0 if worst < 1.10 else 1


def _companies(engine):
    with Session(engine) as db:
        db.execute(text("SET ROLE portal_owner"))
        both = [Organisation(name=name, slug=name.lower()) for name in ("Aurora", "Borealis")]
        db.add_all(both)
        db.commit()
        return [one.id for one in both]


def _watch(receipts, organisation_id, seconds):
    """Promise for a while as people do; return the milliseconds that each took, by kind."""
    began, sent = time.monotonic(), {kind: [] for kind in B_KINDS}
    due = dict.fromkeys(B_KINDS, began)
    while (now := time.monotonic()) < began + seconds:
        for kind, pause in B_KINDS.items():
            if now >= due[kind]:
                due[kind] += pause
                (key,), at = promise(organisation_id, kind, [f"{kind}-{now}"])
                sent[kind].append((key, at))
        time.sleep(0.002)
    end = time.monotonic() + 60
    every = [key for some in sent.values() for key, _ in some]
    while any(key not in receipts.at for key in every) and time.monotonic() < end:
        time.sleep(0.01)
    return {
        kind: [(receipts.at.get(key, end) - at) * 1000 for key, at in some]
        for kind, some in sent.items()
    }


def _tell_of(engine, organisation_id):
    """Say what became of the organisation whose provider is dead, so that it really was an outage."""
    with engine.connect() as db:
        db.execute(text("SET ROLE portal_owner"))
        calls, open_ = db.execute(
            text(
                "SELECT (SELECT count(*) FROM outbox_attempt WHERE sent_at IS NOT NULL AND message_id IN"
                " (SELECT id FROM outbox_message WHERE organisation_id = :a)),"
                " (SELECT count(*) FROM outbox_message WHERE organisation_id = :a AND state <> 'done')"
            ),
            {"a": organisation_id},
        ).one()
    print(
        f"the outage: {open_} promises wait, {calls} calls were made and not answered", flush=True
    )


def _end(engine, organisation_id):
    """Give up what waits, and let the calls under way run out."""
    with engine.begin() as db:
        db.execute(text("SET ROLE portal_owner"))
        db.execute(
            text(
                "UPDATE outbox_message SET state = 'cancelled' WHERE organisation_id = :a AND state <> 'done'"
            ),
            {"a": organisation_id},
        )
    time.sleep(22)


def _tell(before, during, after):
    worst = 0.0
    for kind in B_KINDS:
        quiet = sorted(before[kind] + after[kind])
        took = sorted(during[kind])
        figures = {
            name: (statistics.median(some), some[int(len(some) * 0.95)], some[-1], len(some))
            for name, some in (("quiet", quiet), ("outage", took))
        }
        ratio = figures["outage"][1] / figures["quiet"][1]
        worst = max(worst, ratio)
        for name, (median, p95, longest, count) in figures.items():
            print(
                f"{kind:8} {name:7} p50 {median:6.1f} ms, p95 {p95:6.1f} ms, "
                f"longest {longest:6.0f} ms ({count} promises)"
            )
        print(f"{kind:8} p95 during the outage / quiet: {ratio:.2f}", flush=True)
    return worst


if __name__ == "__main__":
    if sys.argv[1:] in (["worker"], ["sweeper"]):
        serve(sys.argv[1], crew)
        sys.exit(0)
    sys.exit(main())
