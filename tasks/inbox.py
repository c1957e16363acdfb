"""Reads what providers told us: as the organisation it concerns, all of it or nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.errors import Refused
from app.domain.outbox import NoticeState
from app.domain.outbox_waits import retry_wait
from app.log_lines import work_for
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.services.inbox import TooEarly
from app.services.outbox import leads_to
from tasks.standing import as_worker, stepping_down

log = logging.getLogger(__name__)

TRIES: Final = 16
PATIENCE: Final = timedelta(hours=24)
"""How long a notice may wait for the promise it answers: ours may not be written down yet."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How the notices of one provider are read.

    ``digest`` runs as ``portal_app`` with the organisation's viewer, inside a savepoint. A
    ``Refused`` (it comes too late, it says nothing new) keeps the notice with the reason. What it
    returns says what became of the notice, for whoever looks at the list.
    """

    provider: str
    digest: Callable[[Session, InboxNotice], str | None]
    concerns_all: Callable[[InboxNotice], bool] = lambda _notice: False
    """Whether a notice answers no promise and is read as each company: a person wrote it."""
    company: Callable[[Session, InboxNotice], int | None] | None = None
    """Whose notice it is, where that does not follow from a promise of ours."""


@dataclass(slots=True)
class Inbox:
    """Reads notices with the readers it was given."""

    readers: dict[str, Reader] = field(default_factory=dict)

    def add(self, reader: Reader) -> None:
        """Register a reader. One provider has one."""
        if reader.provider in self.readers:
            raise ValueError(f"{reader.provider} has a reader already.")
        self.readers[reader.provider] = reader

    def run(self, notice_id: int) -> None:
        """Read one notice if it waits and nobody else reads it."""
        with as_worker() as db:
            notice = db.scalars(
                select(InboxNotice)
                .where(InboxNotice.id == notice_id, _is_due())
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if notice is not None:
                self._read(db, notice)

    def _read(self, db: Session, notice: InboxNotice) -> None:
        reader = self.readers.get(notice.provider)
        whom = [] if reader is None else _concerned(db, notice, reader)
        if reader is None or not whom:
            self._wait_for_promise(notice)
            return
        request_id = f"notice-{notice.id}"
        work_for(request_id)
        actor = f"task:inbox.{notice.provider}"
        state: NoticeState = NoticeState.done
        reason: str | None = None
        try:
            with db.begin_nested():
                for organisation_id in whom:
                    with stepping_down(db, Viewer(organisation_id, actor, request_id=request_id)):
                        reason = reader.digest(db, notice) or reason
        except Refused as refusal:
            state, reason = NoticeState.refused, refusal.reason
        except TooEarly as early:
            state, reason = NoticeState.new, str(early)
        except OperationalError:
            raise
        except Exception as error:
            log.exception("reading failed", extra={"notice_id": notice.id})
            state, reason = NoticeState.new, _broke(notice, error)
        notice.organisation_id = whom[0] if len(whom) == 1 else None
        _write(notice, state, reason)

    def _wait_for_promise(self, notice: InboxNotice) -> None:
        """Keep a notice that nobody can read yet, and give up on it after a day."""
        reason = f"No promise of ours is known to {notice.provider} as {notice.reference}."
        late = now() - notice.received_at > PATIENCE
        notice.attempts = min(notice.attempts, TRIES - 2)
        _write(notice, NoticeState.refused if late else NoticeState.new, reason)


def _broke(notice: InboxNotice, error: Exception) -> str:
    """Say that reading broke on our side; what broke is the operator's, and stands in the log."""
    if isinstance(error, LookupError) and not isinstance(error, KeyError | IndexError):
        return str(error)
    return (
        "Reading it broke on our side. It is read again by itself; the platform's operator finds what "
        f"broke in the log under notice-{notice.id}."
    )


def _concerned(db: Session, notice: InboxNotice, reader: Reader) -> list[int]:
    """Return as which companies a notice is read.

    What a person wrote concerns whoever knows the number, and so does a sign-in letter, which belongs
    to an address and to no company.
    """
    organisation_id = notice.organisation_id or whose(db, notice.reference)
    if organisation_id is None and reader.company is not None:
        organisation_id = reader.company(db, notice)
    if organisation_id is not None:
        return [organisation_id]
    if reader.concerns_all(notice) or _is_of_no_company(db, notice.reference):
        return list(db.scalars(select(func.organisation_ids())))
    return []


def _is_of_no_company(db: Session, reference: str | None) -> bool:
    promised = select(OutboxMessage.id).where(leads_to(reference or ""))
    return bool(reference) and db.scalar(promised.limit(1)) is not None


def whose(db: Session, reference: str | None) -> int | None:
    """Return the organisation whose promise a provider's reference leads back to."""
    if not reference:
        return None
    return db.scalar(select(OutboxMessage.organisation_id).where(leads_to(reference)).limit(1))


def due_notices(db: Session, limit: int) -> list[int]:
    """Return the notices that wait to be read, the oldest first."""
    return list(
        db.scalars(
            select(InboxNotice.id)
            .where(_is_due())
            .order_by(InboxNotice.not_before, InboxNotice.id)
            .limit(limit)
        )
    )


def _is_due() -> ColumnElement[bool]:
    # Written into the statement: only then does the partial index match a prepared one.
    new = literal(NoticeState.new, InboxNotice.state.type, literal_execute=True)
    return (InboxNotice.state == new) & (InboxNotice.not_before <= func.clock_timestamp())


def _write(notice: InboxNotice, state: NoticeState, reason: str | None) -> None:
    notice.attempts += 1
    if state is NoticeState.new and notice.attempts >= TRIES:
        state = NoticeState.failed
    wait = retry_wait(notice.attempts, chance=1.0, base=1.0, cap=900.0)
    notice.state, notice.reason = state, reason
    notice.not_before = now() + timedelta(seconds=wait)
