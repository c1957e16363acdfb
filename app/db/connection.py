"""A connection that remembers the statements it has prepared, so that PostgreSQL plans them once.

psycopg forgets them all at each ROLLBACK, for a table made in that transaction may come again as another.
Pages make no tables, and every page that only reads ends with a rollback: with psycopg's way a page was
planned anew each time, which took PostgreSQL longer than reading it.
"""

from typing import Any, Final

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Engine, event

REMEMBERED: Final = 400
"""Statements that one connection keeps; some 250 are asked all the time. psycopg's usual 100 are too few:
they push each other out before any is prepared."""
ONCE_SEEN: Final = 2
"""So often a statement was asked before it is prepared."""


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
    made = LastingConnection.connect(*words, **settings)
    made.prepared_max, made.prepare_threshold = REMEMBERED, ONCE_SEEN
    return made
