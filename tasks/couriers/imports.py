"""Trying and bringing in season workbooks: long work, done whole or not at all.

The book is brought in while the promise is settled, so that the rows and the word that it is done
are one transaction: a worker that is killed leaves nothing half-written, and nothing is done twice.
"""

import logging
from collections.abc import Callable
from functools import lru_cache

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.import_book import Book
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.errors import Permanent
from app.models.documents import StoredFile
from app.models.imports import ImportRun
from app.models.outbox import OutboxMessage
from app.services.imports import runs
from tasks.crew import Crew
from tasks.handlers import Handler, Result

log = logging.getLogger(__name__)

Work = Callable[[Session, ImportRun, Book], None]


def join(crew: Crew) -> None:
    """Take the couriers of imports on."""
    crew.carry(Handler(runs.CHECK, EffectClass.N, _file_of, _read, _settled_by(runs.check)))
    crew.carry(Handler(runs.RUN, EffectClass.N, _file_of, _read, _settled_by(runs.carry_out)))


@lru_cache(maxsize=1)
def book_of(sha256: str) -> Book:
    """Return the workbook of that name; it is read once for the call and once for the ending."""
    return providers.read_workbook(providers.files().read(sha256))


def _file_of(session: Session, message: OutboxMessage) -> str:
    run = session.get_one(ImportRun, message.payload["run_id"])
    return session.get_one(StoredFile, run.file_id).sha256


def _read(sha256: str, _key: str) -> str:
    """See that the workbook can be read before anything is written."""
    try:
        book_of(sha256)
    except Refused as refusal:
        raise Permanent(refusal.reason) from refusal
    return sha256


def _settled_by(work: Work) -> Callable[[Session, OutboxMessage, Result], None]:
    def settle(session: Session, message: OutboxMessage, result: Result) -> None:
        run = session.get_one(ImportRun, message.payload["run_id"])
        if result.state is not MessageState.done:
            runs.fail(session, run, result.error)
            return
        try:
            with session.begin_nested():
                work(session, run, book_of(result.external_id))
        except Refused as refusal:
            session.refresh(run)
            runs.fail(session, run, refusal.reason)
        except OperationalError:
            raise
        except SQLAlchemyError:
            log.exception("an import stopped", extra={"run_id": run.id})
            session.refresh(run)
            runs.fail(session, run, "The database refused the workbook. Nothing of it was kept; tell the platform's operator.")  # fmt: skip

    return settle
