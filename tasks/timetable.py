"""What is done regularly, once per slot however many processes look at the clock.

Whoever inserts the slot into ``cron_tick`` does the work in the same transaction (reliability.md
A4): there is no leader, and a process killed half way leaves the slot to the next one.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.counting import rows_touched
from app.db.session import act_as
from app.db.viewer import Viewer
from app.models.outbox import ClientRequest, CronTick
from app.models.provider_usage import ProviderUsage
from tasks.crash import crash_point
from tasks.standing import BUSINESS_ROLE, as_worker

log = logging.getLogger(__name__)

EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""A Monday, so that slots of a week begin on one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something done once per slot: for the house, or for each organisation as its viewer.

    ``run`` gets the session and the beginning of the slot. ``offset`` shifts the slots: a daily
    entry with an offset of six hours begins at 06:00 UTC. A slot that was slept through entirely
    is not made up for; the current one is, however late.
    """

    name: str
    every: timedelta
    run: Callable[[Session, datetime], object]
    per_organisation: bool = True
    offset: timedelta = timedelta()

    def slot(self, at: datetime) -> datetime:
        """Return when the slot that ``at`` lies in began."""
        return at - (at - EPOCH - self.offset) % self.every


@dataclass(slots=True)
class Timetable:
    """The entries of this release, and the slots this process has seen taken."""

    entries: list[Entry] = field(default_factory=list)
    clock: Callable[[], datetime] = now
    seen: dict[str, datetime] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Put an entry on the timetable. Names are unique: they are in the database."""
        if any(entry.name == other.name for other in self.entries):
            raise ValueError(f"{entry.name} is on the timetable already.")
        self.entries.append(entry)

    def tick(self) -> None:
        """Do what is due and not taken. One entry's failure holds up no other."""
        at = self.clock()
        for entry in self.entries:
            slot = entry.slot(at)
            if self.seen.get(entry.name) == slot:
                continue
            tried = [self._attempt(entry, who, slot) for who in self._whom(entry)]
            if all(tried):
                self.seen[entry.name] = slot

    def _whom(self, entry: Entry) -> list[int | None]:
        if not entry.per_organisation:
            return [None]
        with as_worker() as db:
            return list(db.scalars(select(func.organisation_ids())))

    def _attempt(self, entry: Entry, organisation_id: int | None, slot: datetime) -> bool:
        name = entry.name if organisation_id is None else f"{entry.name}:{organisation_id}"
        try:
            with as_worker() as db:
                self._take(db, entry, organisation_id, slot, name)
        except OperationalError:
            raise
        except Exception:
            log.exception("%s failed", name, extra={"organisation_id": organisation_id})
            return False
        return True

    def _take(
        self, db: Session, entry: Entry, organisation_id: int | None, slot: datetime, name: str
    ) -> None:
        taken = rows_touched(
            db, insert(CronTick).values(name=name, slot=slot).on_conflict_do_nothing()
        )
        if not taken:
            return
        crash_point("after_tick")
        if organisation_id is not None:
            request = f"timetable-{name}-{slot:%Y%m%dT%H%M%SZ}"
            viewer = Viewer(organisation_id, actor=f"task:{entry.name}", request_id=request)
            act_as(viewer, role=BUSINESS_ROLE)
        entry.run(db, slot)
        log.info("%s done", name, extra={"slot": slot.isoformat()})


def forget_old(db: Session, slot: datetime) -> None:
    """Drop the slots and the answers to clients' requests that nobody asks for any more."""
    month = slot - timedelta(days=30)
    db.execute(delete(ProviderUsage).where(ProviderUsage.minute < slot - timedelta(days=2)))
    db.execute(delete(CronTick).where(CronTick.slot < month))
    db.execute(delete(ClientRequest).where(ClientRequest.created_at < month))


def standing_entries() -> list[Entry]:
    """Return what the queue itself needs done."""
    return [Entry("queue.forget_old", timedelta(days=1), forget_old, per_organisation=False)]
