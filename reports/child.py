"""The process that makes one long report: it is told on its standard input, and ends with it.

It answers with lines of JSON: how far it is, again and again, and last what was made or what stopped
it. Started by ``reports.apart``.
"""

import json
import signal
import sys
import traceback
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from app.domain.errors import Refused
from app.domain.reports import Job, ReportFormat
from reports.reading import read


def main() -> None:
    """Make what is asked for, and say what came of it."""
    # A signal to the house reaches us too; our worker decides whether this is finished.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _say(answer(json.loads(sys.stdin.buffer.read())))


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Make a report and return what is said of it: what was made, or what stopped it."""
    place, total = Path(order["place"]), order["total"]
    try:
        made, as_of = read(job_of(order["job"]), order["url"], place, total, _tell)
    except Refused as refusal:
        return {"refused": refusal.reason}
    except OperationalError as error:
        return {"database": getattr(error.orig, "sqlstate", "") or ""}
    except OSError as error:
        return {"disk": [error.errno, error.strerror]}
    except Exception:  # noqa: BLE001 -- whoever reads our answer writes it into the log
        return {"broken": traceback.format_exc()}
    return {
        "made": [made.row_count, made.data_sha256, made.tables],
        "as_of": as_of.isoformat(),
    }


def job_of(told: dict[str, Any]) -> Job:
    """Return a job from how JSON holds it."""
    return Job(
        **{
            **told,
            "format": ReportFormat(told["format"]),
            "today": date.fromisoformat(told["today"]),
        }
    )


def _tell(done: int, total: int) -> None:
    _say({"so_far": [done, total]})


def _say(words: dict[str, Any]) -> None:
    try:
        sys.stdout.buffer.write(json.dumps(words).encode() + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever asked is gone, and nobody else will look for this file.
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
