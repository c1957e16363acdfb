"""How many rows a statement touched: what decides who was first."""

from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase


def rows_touched(
    session: Session, statement: UpdateBase, values: dict[str, Any] | None = None
) -> int:
    """Run a write and return the number of rows it made or changed.

    It goes to the connection itself: a session runs an INSERT as one of many and does not count,
    and even a connection forgets the count of an INSERT unless it is told to keep it.
    """
    session.flush()
    counted = statement.execution_options(preserve_rowcount=True)
    touched = session.connection().execute(counted, values).rowcount
    if touched < 0:
        raise RuntimeError("The database driver did not count the rows.")
    return touched
