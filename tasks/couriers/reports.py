"""Makes the reports that staff asked for: long reads, off the desk, in one view of the database."""

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.outbox import EffectClass, MessageState
from app.domain.reports import Job, check_size, is_long
from app.integrations import providers
from app.integrations.errors import Permanent, Retryable, Unclear
from app.models.outbox import OutboxMessage
from app.services import files
from app.services import reports as runs
from reports import apart, reading
from reports.making import MEDIA_TYPES
from reports.reading import viewer_of
from reports.shape import Made
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.heart import beat
from tasks.standing import as_organisation
from tasks.timetable import Entry

log = logging.getLogger(__name__)

EVERY: Final = 0.7
"""Seconds between two looks at whether the report is still wanted."""
TOO_LONG: Final = "57014"
"""SQLSTATE query_canceled: the role's statement_timeout."""


class _NotWanted(Exception):
    """Somebody cancelled the report while it was being made."""


def join(crew: Crew) -> None:
    """Take the couriers of reports on, and clear their old files out every day."""
    maker = Maker(crew.config.database_replica_url, crew.config.var / "reports")
    crew.carry(Handler(runs.MAKE, EffectClass.N, _begin, maker.make, _settle, is_long=True))
    crew.carry(Handler(runs.REMOVE, EffectClass.N, _file_of, _remove))
    crew.repeat(Entry("reports.clear_out", timedelta(days=1), runs.clear_out))


@dataclass(slots=True)
class Maker:
    """Makes reports in a room of its own, reading as ``portal_report``."""

    database_url: str
    room: Path
    beat_at: float = field(default=0.0)

    def make(self, job: Job | None, _key: str) -> str:
        """Make the file and put it into the store; return what is to be written down about it."""
        if job is None:
            return ""
        try:
            with self._place(job) as place:
                made, as_of = self._read(job, place)
                return self._kept(job, made, as_of)
        except _NotWanted:
            return ""
        except Refused as refusal:
            raise Permanent(refusal.reason) from refusal
        except OperationalError as error:
            raise _explained(getattr(error.orig, "sqlstate", "")) from error
        except apart.DatabaseFailed as error:
            raise _explained(error.sqlstate) from error
        except apart.CutShort as error:
            raise Retryable("Its making was cut short; it is tried again.") from error
        except OSError as error:
            raise Retryable(f"The file could not be written: {error.strerror}.") from error
        except (Permanent, Retryable, Unclear):
            raise
        except Exception as error:
            log.exception("a report stopped", extra={"run_id": job.run_id})
            raise Permanent(
                "It could not be made, and nothing of it was kept. Ask for it again; if it stops again, "
                f"tell the platform’s operator: report {job.reference}."
            ) from error

    def _read(self, job: Job, place: Path) -> tuple[Made, datetime]:
        """Read it here, or where it is long in a process that ends with it."""
        if not self.database_url:
            raise Permanent(
                "DATABASE_REPLICA_URL is not set: reports are read as portal_report. Tell the "
                "platform’s operator."
            )
        self.beat_at = 0.0
        total = reading.rows_of(job, self.database_url)
        check_size(job.format, total)
        read = apart.read if is_long(job.format, total) else reading.read
        return read(job, self.database_url, place, total, self._teller(job))

    def _teller(self, job: Job) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            if time.monotonic() - self.beat_at < EVERY:
                return
            beat()
            with as_organisation(viewer_of(job)) as db:
                is_wanted = runs.progress(db, job.run_id, done, total)
            if not is_wanted:
                raise _NotWanted
            self.beat_at = time.monotonic()

        return tell

    def _kept(self, job: Job, made: Made, as_of: datetime) -> str:
        """Put the file into the store, and note what it is for the ending."""
        with as_organisation(viewer_of(job)) as db:
            if not runs.show(db, job.run_id, made.row_count, made.tables):
                raise _NotWanted
        size = made.path.stat().st_size
        sha256 = providers.files().take_in(made.path)
        return json.dumps(
            {
                "sha256": sha256,
                "size": size,
                "media_type": MEDIA_TYPES[job.format],
                "name": f"{job.report.replace('_', '-')}-{as_of:%Y-%m-%d-%H%M}.{job.format.value}",
                "as_of": as_of.isoformat(),
                "rows": made.row_count,
                "data": made.data_sha256,
            }
        )

    @contextmanager
    def _place(self, job: Job) -> Iterator[Path]:
        """Give the file a room of its own, and sweep out what a killed worker left of the same run."""
        self.room.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = f"report-{job.run_id}-"
        for left in self.room.glob(f"{mine}*"):
            shutil.rmtree(left, ignore_errors=True)
        with TemporaryDirectory(prefix=mine, dir=self.room, ignore_cleanup_errors=True) as folder:
            yield Path(folder, f"report.{job.format.value}")


def _begin(session: Session, message: OutboxMessage) -> Job | None:
    return runs.begin(session, message.payload["run_id"])


def _settle(session: Session, message: OutboxMessage, result: Result) -> None:
    run_id = message.payload["run_id"]
    if result.state is not MessageState.done:
        runs.fail(session, run_id, result.error or "It could not be made. Ask for it again.")
        return
    if not result.external_id.startswith("{"):
        return
    note = json.loads(result.external_id)
    kept = files.Kept(note["sha256"], note["size"], note["media_type"], note["name"])
    as_of = datetime.fromisoformat(note["as_of"])
    outcome = runs.Outcome(kept, as_of, note["rows"], note["data"])
    runs.finish(session, run_id, outcome)


def _explained(sqlstate: str) -> Exception:
    if sqlstate == TOO_LONG:
        return Permanent("Reading it took too long. Narrow it down and ask again.")
    return Retryable("The database is away; it is tried again.")


def _file_of(_session: Session, message: OutboxMessage) -> Any:
    return message.payload["sha256"]


def _remove(sha256: Any, _key: str) -> str:
    providers.files().remove(sha256)
    return str(sha256)
