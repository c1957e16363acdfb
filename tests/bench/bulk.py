"""How long a bulk run of many contracts takes: ``python -m tests.bench.bulk --rows 1000``.

A fresh embedded PostgreSQL and Redis, contracts that are ready to be sent, then the real sweeper's
question and the real courier in two worker processes: dry run, start, every row, the report. The
time, the promises kept and the letters promised are printed; more than one letter for a contract,
or a row that is not done, fails.
"""

import argparse
import os
import subprocess
import sys
import time
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.session import bind
from app.domain.bulk_runs import RowStatus
from app.domain.outbox import MessageState
from app.integrations import providers
from app.models import BulkRun, BulkRunRow, Message, OutboxMessage
from config import Config
from tests.bench.ready_contracts import Sender, prepared
from tests.bench.reports import ground

WORKERS: Final = 2
WORK: Final = """
import os, random
from sqlalchemy import select
from app.db.session import bind
from app.integrations import providers
from app.models.outbox import OutboxMessage
from config import Config
from tasks import due
from tasks.couriers import gather
from tasks.crew import engage
from tasks.standing import as_worker
config = Config.load(os.environ)
providers.configure(config)
bind(config.database_worker_url)
crew = gather(engage(config))
while True:
    with as_worker() as db:
        waiting = [each.id for each in due.messages(db, 2000)]
        bulk = OutboxMessage.kind.startswith("bulk.")
        mine = list(db.scalars(select(OutboxMessage.id).where(OutboxMessage.id.in_(waiting), bulk)))
    if not mine:
        break
    random.shuffle(mine)
    for each in mine:
        crew.courier.run(each)
"""


def main() -> int:
    """Prepare, run, and print what it took."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000)
    rows: int = asked.parse_args().rows
    with ground() as (_, environment):
        environment = {**environment, "BASE_URL": "http://localhost", "TESTING": "1"}
        config = Config.load(environment)
        begun = time.monotonic()
        sender = prepared(config, rows)
        print(f"{rows:,} contracts made ready in {time.monotonic() - begun:.0f} s", flush=True)
        return measure(config, environment, sender)


def measure(config: Config, environment: dict[str, str], sender: Sender) -> int:
    """Run it, step by step, and check what came of it."""
    providers.configure(config)
    begun = time.monotonic()
    run_id = sender.begin()
    work(environment, 1)
    tried = time.monotonic()
    sender.start(run_id)
    work(environment, 1)
    work(environment, WORKERS)
    ended = time.monotonic()
    return told(config, run_id, len(sender.ids), tried - begun, ended - tried)


def work(environment: dict[str, str], workers: int) -> None:
    """Let workers keep every promise of the run that is due."""
    started = [
        subprocess.Popen([sys.executable, "-c", WORK], env={**os.environ, **environment})
        for _ in range(workers)
    ]
    for each in started:
        if each.wait():
            raise SystemExit(f"A worker ended with {each.returncode}.")


def told(config: Config, run_id: int, number: int, tried: float, done: float) -> int:
    """Print the figures, and return 1 if a row is not done or somebody was told twice."""
    engine = bind(config.database_owner_url)
    with Session(engine) as db:
        run = db.get_one(BulkRun, run_id)
        good = db.scalar(
            select(func.count()).where(
                BulkRunRow.run_id == run_id, BulkRunRow.status == RowStatus.done
            )
        )
        kinds = dict(db.execute(select(OutboxMessage.kind, func.count()).group_by(OutboxMessage.kind)).all())  # fmt: skip
        twice = db.scalar(text(
            "SELECT count(*) FROM (SELECT engagement_id FROM message WHERE event = 'contract_sent' "
            "GROUP BY engagement_id HAVING count(*) > 1) t"
        ))  # fmt: skip
        letters = db.scalar(select(func.count()).select_from(Message))
        dead = db.scalar(select(func.count()).where(OutboxMessage.state == MessageState.dead))
        print(f"dry run of {number:,}: {tried:.1f} s")
        print(
            f"start to {run.status.value}: {done:.1f} s with {WORKERS} workers, {number / done:.1f} contracts a second"
        )
        print(
            f"promises: {kinds}; letters {letters}, told twice {twice}, dead {dead}, rows done {good}"
        )
    engine.dispose()
    return 0 if good == number and not twice and not dead else 1


if __name__ == "__main__":
    sys.exit(main())
