"""How many rows a statement touched: what decides who was first."""

from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase


def rows_touched(session: Session, statement: UpdateBase) -> int:
    """Run a write and return the number of rows it made or changed."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
