"""Many contracts by a bulk run at DocuSign's limits: ``python -m tests.bench.bulk_docusign --rows 1000``.

The product's own worker and sweeper send them over real HTTP to the simulator, which runs in a process
of its own, counts every call in sliding windows and refuses what is above the published limits. After a
quarter and half of them (with one kill: half) the worker with all its forks is killed, the second time
the sweeper, too, and started again. What a killed worker held is free when its lease of a minute has
ended, so a small run with a kill cannot be in time.
Fails if a limit was passed, a call was refused, a contract got no envelope or two, somebody was written
to twice, or it took longer than 1.25 x calls / (475 in 30 s).
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from app.domain.bulk_runs import BulkStatus, RowStatus
from app.domain.outbox import MessageState
from app.models import BulkRun, BulkRunRow, OutboxMessage, SignatureRequest
from config import Config
from tests.bench.docusign_account import running
from tests.bench.processor import Meter
from tests.bench.ready_contracts import prepared
from tests.bench.reports import ground

OURS, WITHIN = 475, 30.0
"""What we allow ourselves of DocuSign's 500 calls in 30 seconds."""
OURS_AN_HOUR = 2850
SLACK = 1.25
LONGEST = 600.0
ROLES = ("worker", "sweeper")
LETTERS = (
    "SELECT count(*), count(*) FILTER (WHERE number > 1) FROM (SELECT count(*) AS number "
    "FROM message WHERE event = 'contract_sent' GROUP BY engagement_id) AS each"
)


@dataclass
class House:
    """The product's processes that keep promises."""

    environment: dict
    processes: dict = field(default_factory=dict)
    kills: int = 0

    def start(self, *roles):
        """Start them as an operator would."""
        for role in roles:
            self.processes[role] = subprocess.Popen(
                [sys.executable, "-m", f"tasks.{role}"], env=self.environment,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, *roles):
        """Kill them with everybody they forked, with no time to say goodbye."""
        self.kills += 1
        self._signal(signal.SIGKILL, roles)

    def stop(self):
        """Ask them to end."""
        self._signal(signal.SIGTERM, tuple(self.processes))

    def _signal(self, number, roles):
        for role in roles:
            process = self.processes.pop(role)
            os.killpg(process.pid, number)
            process.wait()


@dataclass
class Desk:
    """Looks at the run as the database has it."""

    owner: Session
    run_id: int = 0

    def count(self, asked):
        """Count anew."""
        self.owner.rollback()
        return self.owner.scalar(asked) or 0

    def status(self):
        """Return where the run stands."""
        return self.count(select(BulkRun.status).where(BulkRun.id == self.run_id))

    def out(self):
        """Return how many contracts are written down as out at DocuSign."""
        sent = SignatureRequest.external_id.is_not(None)
        return self.count(select(func.count()).select_from(SignatureRequest).where(sent))

    def waiting(self, *kinds):
        """Return how many promises are not kept yet."""
        waits = OutboxMessage.state.in_((MessageState.ready, MessageState.leased))
        # A second start waits until the time to undo is over; then it finds the run done.
        soon = OutboxMessage.not_before < func.now() + text("interval '5 minutes'")
        asked = select(func.count()).select_from(OutboxMessage).where(waits, soon)
        return self.count(asked.where(OutboxMessage.kind.in_(kinds)) if kinds else asked)


def main():
    """Prepare, run, and print what it took."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench.bulk_docusign", description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000)
    asked.add_argument("--kills", type=int, default=2, choices=(0, 1, 2))
    words = asked.parse_args()
    with ground() as (_, addresses), running() as (vendor, figures):
        usual = {"LOG_LEVEL": "ERROR", "BASE_URL": "http://127.0.0.1:8000", "WORKERS": "4"}
        environment = {**os.environ, **usual, **addresses, **vendor}
        config = Config.load(environment)
        begun = time.monotonic()
        sender = prepared(config, words.rows)
        print(
            f"{words.rows:,} contracts made ready in {time.monotonic() - begun:.0f} s", flush=True
        )
        engine = create_engine(config.database_owner_url)
        house = House(environment)
        try:
            with Session(engine) as owner:
                return measure(house, Desk(owner), sender, figures, words.kills)
        finally:
            house.stop()
            engine.dispose()


def measure(house, desk, sender, figures, kills):
    """Try, confirm, kill, and see what came of it."""
    rows = len(sender.ids)
    house.start(*ROLES)
    begun = time.monotonic()
    desk.run_id = sender.begin()
    wait(lambda: desk.status() is BulkStatus.checked)
    print(f"dry run: {time.monotonic() - begun:.1f} s", flush=True)
    meter = Meter()
    meter.begin()
    begun = time.monotonic()
    sender.start(desk.run_id)
    for part in range(1, kills + 1):
        at = rows * part // (kills * 2)
        wait(lambda at=at: desk.out() >= at, meter)
        roles = ROLES if part == 2 else ROLES[:1]
        house.kill(*roles)
        print(f"killed at {time.monotonic() - begun:.1f} s, {desk.out()} out: {roles}", flush=True)
        house.start(*roles)
    done = {}
    wait(lambda: told_when(done, "rows", begun, desk.status() is BulkStatus.done)
         and told_when(done, "sent", begun, not desk.waiting("bulk.row", "esign.send")), meter)  # fmt: skip
    wait(lambda: told_when(done, "quiet", begun, not desk.waiting()), meter)
    spent = ", ".join(f"{role} {took / rows * 1000:.0f}" for role, took in meter.seconds().items())
    print(f"processor, ms a contract (all letters included): {spent}")
    return report(house, desk, rows, figures(), done)


def told_when(done, name, begun, is_so):
    """Keep when something came true; say whether it has."""
    if is_so:
        done.setdefault(name, time.monotonic() - begun)
    return is_so


def wait(is_so, meter=None):
    """Wait until something is so."""
    end = time.monotonic() + LONGEST
    while not is_so():
        if meter is not None:
            meter.look()
        if time.monotonic() > end:
            raise SystemExit("It did not come to its end.")
        time.sleep(0.5)


def report(house, desk, rows, told, done):
    """Print every figure; return 1 if one is not as it must be."""
    took, bound = done["sent"], SLACK * told["calls"] / (OURS / WITHIN)
    good = desk.count(
        select(func.count()).where(
            BulkRunRow.run_id == desk.run_id, BulkRunRow.status == RowStatus.done
        )
    )
    stopped = desk.count(
        select(func.count()).where(
            OutboxMessage.state.in_((MessageState.dead, MessageState.in_doubt))
        )
    )
    known = set(desk.owner.scalars(select(SignatureRequest.external_id)))
    letters, twice = desk.owner.execute(text(LETTERS)).one()
    each = told["contracts"].values()
    burst, hour = (told["most"][str(seconds)] for seconds in (WITHIN, 3600.0))
    print(f"rows done: {good} of {rows}; the page said so after {done['rows']:.1f} s")
    print(f"killed with kill -9: {house.kills} times; promises dead or in doubt: {stopped}")
    print(
        f"calls: {told['calls']} ({told['kinds']}), {told['calls'] / rows:.3f} a contract; "
        f"tokens asked for: {told['tokens']}"
    )
    print(f"most calls in 30 s: {burst} (ours {OURS}, DocuSign's 500)")
    print(f"most calls in an hour: {hour} (ours {OURS_AN_HOUR:,}, DocuSign's 3,000)")
    print(f"answered 429: {sum(told['refused'].values())} {told['refused'] or ''}")
    print(f"envelopes: {len(told['envelopes'])}, a contract has {min(each)} to {max(each)}")
    print(f"contracts whose artist was told: {letters}, twice {twice}")
    print(
        f"seconds: {took:.1f}, allowed {bound:.1f} (1.25 x calls / (475 in 30 s)); "
        f"{rows / took:.1f} contracts a second; longest silence {told['silence']:.1f} s; "
        f"every letter out after {done['quiet']:.1f} s"
    )
    holds = {
        "every row done": good == rows,
        "one envelope a contract": len(each) == rows and set(each) == {1},
        "every envelope known": known == set(told["envelopes"]),
        "nobody told twice": (letters, twice) == (rows, 0),
        "nothing stopped": stopped == 0,
        "no 429": not told["refused"],
        "30 s": burst <= OURS,
        "an hour": hour <= OURS_AN_HOUR,
        "in time": took <= bound,
    }
    wrong = [name for name, is_so in holds.items() if not is_so]
    print(f"does NOT hold: {', '.join(wrong)}" if wrong else "all of it holds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
