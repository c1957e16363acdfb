"""Writing many rows at once: an import of ten thousand rows is a few dozen statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, update
from sqlalchemy.orm import Session

from app.models.base import Base

Values = dict[str, Any]


def add(session: Session, model: type[Base], rows: Sequence[Values]) -> list[int]:
    """Insert rows and return their ids in the same order."""
    if not rows:
        return []
    table = _table(model)
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, list(rows)))


def change(session: Session, model: type[Base], changes: Mapping[int, Values]) -> None:
    """Write new values into rows by id; the version of a versioned row goes up."""
    table = _table(model)
    by_columns: dict[tuple[str, ...], list[Values]] = defaultdict(list)
    for row_id, values in changes.items():
        if values:
            by_columns[tuple(sorted(values))].append({"row_id": row_id, **values})
    for columns, rows in by_columns.items():
        values = {column: bindparam(column) for column in columns}
        if "version" in table.c:
            values["version"] = table.c.version + 1
        session.connection().execute(
            update(table).where(table.c.id == bindparam("row_id")).values(values), rows
        )


def remove(session: Session, model: type[Base], column: str, ids: Sequence[int]) -> None:
    """Delete the rows whose ``column`` is one of ``ids``."""
    if ids:
        table = _table(model)
        session.execute(delete(table).where(table.c[column].in_(ids)))


def differences(known: Mapping[str, Any], wanted: Values) -> Values:
    """Return what of ``wanted`` is not so yet."""
    return {name: value for name, value in wanted.items() if known[name] != value}


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101  a mapped class of ours always has one
    return table
