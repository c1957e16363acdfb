"""``python -m tests.bench.outage``: what one organisation's outage costs the others.

The product's own worker, sweeper and times. An organisation's provider takes calls and never answers, with
``--waiting`` promises behind it: first calls time out, then the breaker opens and lets a probe through now and
again. Meanwhile others promise one by one, to accounts of their own at the same provider and for work of the
house; from commit to receipt, p50 and p95. Quiet turns and turns with an outage of yet another organisation
follow each other (quiet, outage, outage, quiet, ...) with the same promises in each, so that what else the machine
does falls on both; two halves of the quiet turns compared in the same way say how much is noise.
"""

import argparse
import http.client
import os
import random
import statistics
import sys
import time
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.domain.outbox import EffectClass
from app.integrations.errors import Unclear
from app.models import Organisation
from tasks.crew import engage
from tasks.handlers import Handler
from tests.bench.outbox import Receipts, promise
from tests.bench.silent_provider import SilentProvider
from tests.bench.working_house import serve, working

PROVIDER = "xero"
"""Each organisation has its own account there: 54 calls a minute for long."""
PEERS = 4
"""Organisations that are well, each with a promise to its own account every 1.3 s."""
PACE = {"b.same": 1.3 / PEERS, "b.house": 0.2}
"""Kind -> seconds between two promises of it."""
ENOUGH = 1.10
SETTLE = 3.0
"""Seconds between two turns."""


def crew(config):
    """Engage couriers to the dead provider, to the living account beside it, and for the house's own work."""
    made = engage(config)

    def call(port):
        def send(_request, key):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                line.request("PUT", f"/{key}")
                line.getresponse().read()
            except (OSError, http.client.HTTPException) as error:
                raise Unclear(str(error)) from error
            finally:
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
    words.add_argument("--seconds", type=float, default=90, help="of each turn")
    words.add_argument("--pairs", type=int, default=4, help="quiet turns, and as many with outages")
    asked = words.parse_args()
    receipts = Receipts()
    port = receipts.server.server_port
    with (
        SilentProvider() as silent,
        working(
            "tests.bench.outage", port, LOG_LEVEL="ERROR", DEAD_PORT=str(silent.port)
        ) as (postgres, _),
    ):  # fmt: skip
        engine = create_engine(postgres.url("portal_migrator"))
        peers = _companies(engine, "Peer", PEERS)
        _watch(receipts, peers, 8.0)
        turns = {"quiet": [], "outage": []}
        for number, what in enumerate(_order(asked.pairs)):
            time.sleep(SETTLE)
            struck = _strike(engine, number, asked.waiting) if what == "outage" else None
            turns[what].append(_turn(engine, receipts, peers, asked.seconds, what, struck))
            if struck is not None:
                _end(engine, struck, silent)
    return 0 if _tell(turns) < ENOUGH else 1


def _order(pairs):
    """Return the turns as A B B A A B ...: what drifts falls on both alike."""
    return [
        what
        for number in range(pairs)
        for what in (("quiet", "outage") if number % 2 == 0 else ("outage", "quiet"))
    ]


def _companies(engine, name, count):
    with Session(engine) as db:
        db.execute(text("SET ROLE portal_owner"))
        made = [Organisation(name=f"{name} {n}", slug=f"{name.lower()}-{n}") for n in range(count)]
        db.add_all(made)
        db.commit()
        return [one.id for one in made]


def _strike(engine, number, waiting):
    """Let a provider die for an organisation that nobody knew before, with so many promises behind it."""
    (struck,) = _companies(engine, f"Struck-{number}", 1)
    for start in range(0, waiting, 500):
        promise(struck, "a.bill", [f"bill-{n}" for n in range(start, min(start + 500, waiting))])
    return struck


def _turn(engine, receipts, peers, seconds, what, struck):
    """Watch for one turn; say what it cost and return the milliseconds of each promise, by kind."""
    before, began = _effort(engine), time.monotonic()
    took = _watch(receipts, peers, seconds)
    lasted = time.monotonic() - began
    spent = {name: value - before.get(name, 0) for name, value in _effort(engine).items()}
    told = ", ".join(
        f"{kind} p50 {statistics.median(some):.1f} p95 {_p95(some):.1f} ms"
        for kind, some in took.items()
    )
    work = f"{spent.pop('claims')} claims, " + ", ".join(
        f"{name} {used / lasted:.1%}" for name, used in sorted(spent.items())
    )
    outage = "" if struck is None else _of_the_struck(engine, struck)
    print(f"{what:7} {told}; {work}, load {os.getloadavg()[0]:.1f}{outage}", flush=True)
    return took


def _watch(receipts, peers, seconds):
    """Promise for a while as people do; return the milliseconds that each took, by kind."""
    began, sent = time.monotonic(), {kind: [] for kind in PACE}
    due = dict.fromkeys(PACE, began)
    while (now := time.monotonic()) < began + seconds:
        for kind, pause in PACE.items():
            if now >= due[kind]:
                due[kind] += pause
                whose = peers[len(sent[kind]) % len(peers)]
                (key,), at = promise(whose, kind, [f"{kind}-{now}"])
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


def _effort(engine):
    """Return how often work was claimed until now, and the processor's seconds by who spent them."""
    with engine.connect() as db:
        db.execute(text("SET ROLE portal_owner"))
        spent = {"claims": db.scalar(text("SELECT last_value FROM outbox_fence"))}
    for one in psutil.Process().children(recursive=True):
        try:
            used = one.cpu_times()
            words = one.cmdline()
        except psutil.NoSuchProcess:
            continue
        name = words[-1] if words[-1:] in (["worker"], ["sweeper"]) else Path(words[0]).name
        name = name.split()[0].rstrip(":")
        spent[name] = spent.get(name, 0) + used.user + used.system
    return spent


def _of_the_struck(engine, struck):
    """Say what became of the organisation whose provider is dead, so that it really was an outage."""
    with engine.connect() as db:
        db.execute(text("SET ROLE portal_owner"))
        calls, open_ = db.execute(
            text(
                "SELECT (SELECT count(*) FROM outbox_attempt WHERE sent_at IS NOT NULL AND message_id IN"
                " (SELECT id FROM outbox_message WHERE organisation_id = :a)),"
                " (SELECT count(*) FROM outbox_message WHERE organisation_id = :a AND state <> 'done')"
            ),
            {"a": struck},
        ).one()
    return f"; {open_} wait, {calls} calls made and not answered"


def _end(engine, struck, silent):
    """Give up what waits, and let the calls under way end."""
    with engine.begin() as db:
        db.execute(text("SET ROLE portal_owner"))
        db.execute(
            text(
                "UPDATE outbox_message SET state = 'cancelled' WHERE organisation_id = :a AND state <> 'done'"
            ),
            {"a": struck},
        )
    silent.let_go()


def _all(turns):
    return [value for turn in turns for value in turn]


def _p95(some):
    return sorted(some)[int(len(some) * 0.95)]


def _tell(turns):
    """Print each kind's figures and ratio with its spread; return the worst ratio."""
    worst = 0.0
    for kind in PACE:
        quiet, outage = ([turn[kind] for turn in turns[what]] for what in ("quiet", "outage"))
        for name, some in (("quiet", _all(quiet)), ("outage", _all(outage))):
            print(
                f"{kind:8} {name:7} p50 {statistics.median(some):6.1f} ms, p95 {_p95(some):6.1f} ms, "
                f"longest {max(some):6.0f} ms ({len(some)} promises)"
            )
        ratio = _p95(_all(outage)) / _p95(_all(quiet))
        low, high = _spread(quiet, outage)
        pairs = ", ".join(f"{_p95(b) / _p95(a):.2f}" for a, b in zip(quiet, outage, strict=True))
        noise = _p95(_all(quiet[1::2])) / _p95(_all(quiet[::2])) if len(quiet) > 1 else 1.0
        print(
            f"{kind:8} p95 during outages / quiet: {ratio:.2f} (95 of 100 draws: {low:.2f} to {high:.2f}; by pairs: "
            f"{pairs}; one half of the quiet turns / the other: {noise:.2f})",
            flush=True,
        )
        worst = max(worst, ratio)
    return worst


def _spread(quiet, outage, draws=1000):
    """Return between what the ratio lies if turns, and promises in them, are drawn again and again."""
    chance = random.Random(1)

    def drawn(turns):
        return _p95(
            [v for t in chance.choices(turns, k=len(turns)) for v in chance.choices(t, k=len(t))]
        )

    found = sorted(drawn(outage) / drawn(quiet) for _ in range(draws))
    return found[int(draws * 0.025)], found[int(draws * 0.975)]


if __name__ == "__main__":
    if sys.argv[1:] in (["worker"], ["sweeper"]):
        serve(sys.argv[1], crew)
        sys.exit(0)
    sys.exit(main())
