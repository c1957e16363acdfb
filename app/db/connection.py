"""A connection that remembers the statements it has prepared, so that PostgreSQL plans them once, and
describes the columns of an answer only to whoever asks.

psycopg forgets them all at each ROLLBACK, for a table made in that transaction may come again as another.
Pages make no tables, and every page that only reads ends with a rollback: with psycopg's way a page was
planned anew each time, which took PostgreSQL longer than reading it.
"""

from collections.abc import Sequence
from typing import Any, Final, overload

import psycopg
from psycopg import Column
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine, event

REMEMBERED: Final = 400
"""Statements that one connection keeps; some 250 are asked all the time. psycopg's usual 100 are too few:
they push each other out before any is prepared."""
ONCE_SEEN: Final = 2
"""So often a statement was asked before it is prepared."""


class Columns(Sequence[Column]):
    """The columns of a cursor's answer (PEP 249's ``description``), each described when it is looked at.

    psycopg describes all of them at every answer, and SQLAlchemy looks at the first answer to a statement
    only: with the five hundred columns of a page, that was a tenth of Python's work.
    """

    def __init__(self, cursor: psycopg.Cursor[Any], width: int) -> None:
        self.cursor, self.width = cursor, width

    def __len__(self) -> int:
        return self.width

    @overload
    def __getitem__(self, place: int) -> Column: ...
    @overload
    def __getitem__(self, place: slice) -> list[Column]: ...
    def __getitem__(self, place: int | slice) -> Column | list[Column]:
        if isinstance(place, slice):
            return [self[each] for each in range(self.width)[place]]
        return Column(self.cursor, range(self.width)[place])


class TacitCursor(psycopg.Cursor[Any]):
    """A cursor that describes columns only when they are looked at."""

    @property
    def description(self) -> Any:
        """Return the columns of the answer; nothing where a statement returns no rows."""
        answer = self.pgresult
        if answer is None or not answer.nfields:
            return super().description
        return Columns(self, answer.nfields)


class LastingConnection(psycopg.Connection[Any]):
    """A connection whose prepared statements outlive a rollback, as they do in PostgreSQL itself."""

    def rollback(self) -> None:
        """Take back what was not committed; raise ``OperationalError`` if nobody answers."""
        with self.lock:
            if self.pgconn.transaction_status == TransactionStatus.IDLE:
                return
            answer = self.pgconn.exec_(b"ROLLBACK")
        if answer.status != ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError(self.pgconn.get_error_message())


def let_last(engine: Engine) -> None:
    """Have every connection of the engine remember."""
    event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, words: Any, settings: Any) -> LastingConnection:
    made = LastingConnection.connect(*words, cursor_factory=TacitCursor, **settings)
    made.prepared_max, made.prepare_threshold = REMEMBERED, ONCE_SEEN
    return made
