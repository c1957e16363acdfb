"""A world of three artists: one row of each in every tenant's table, two of one company, one of another.

Row number n belongs to artist n throughout: every key in it is n, but that of its company. Rules of
content are taken out of the throw-away database, the walls stay; so a table that somebody adds
tomorrow is in here without a line of ours.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from psycopg import errors
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from app.models.base import Base

HERE: Final = 1001
"""The company at whose rows people look."""
MINE, COLLEAGUES, STRANGERS = 1001, 1002, 2003
"""Numbers of the three artists and of all their rows; the last is of another company."""
COMPANY: Final = {MINE: 1001, COLLEAGUES: 1001, STRANGERS: 2003}
MONEY: Final = 14
"""The digits of a column that holds a sum."""
SUMS: Final = 8_000_000
"""Every sum of artist n is this and n, which no page shows for another reason."""
UNSENT: Final = {"draft", "in_review", "ready"}
"""A row that is nobody's business yet would prove nothing."""


@dataclass(frozen=True, slots=True)
class World:
    """What was written: the names of the tables."""

    tables: tuple[str, ...]


def fill(
    superuser_url: str,
    words: str = "row",
    *,
    companies: Mapping[int, int] = COMPANY,
    archived: Collection[int] = (),
    plain: Collection[str] = (),
) -> World:
    """Write the world into a database that is thrown away afterwards.

    ``archived`` are the numbers whose rows are put away; tables named ``plain`` say "row" and not
    ``words`` of our own company, for everybody there may read them.
    """
    tenants = [table for table in Base.metadata.sorted_tables if _is_tenants(table)]
    engine = sa.create_engine(superuser_url, poolclass=sa.NullPool)
    with engine.begin() as db:
        db.execute(sa.text("SET session_replication_role = replica"))
        for name, table in db.execute(sa.text(_CONTENT)).all():
            db.execute(sa.text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
        for name, table in db.execute(sa.text(_GUARDS)).all():
            db.execute(sa.text(f'DROP TRIGGER "{name}" ON {table}'))
        for table in tenants:
            for number, company in companies.items():
                if table.name == "organisation" and number != company:
                    continue
                said = "row" if table.name in plain and company == HERE else words
                row = {
                    c.name: value_of(c, number, company, said) for c in table.columns if is_ours(c)
                }
                if number in archived and "archived_at" in row:
                    row["archived_at"] = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
                _write(db, table, row)
    engine.dispose()
    return World(tuple(table.name for table in tenants))


def _write(db: sa.Connection, table: sa.Table, row: dict[str, Any]) -> None:
    """Write a row; a key that allows one row of its content in a company gives way, as rules do."""
    while True:
        point = db.begin_nested()
        try:
            db.execute(insert_into(table), row)
        except IntegrityError as refusal:
            point.rollback()
            if not isinstance(refusal.orig, errors.UniqueViolation):
                raise
            _take_out(db, table, str(refusal.orig.diag.constraint_name))
        else:
            point.commit()
            return


def _take_out(db: sa.Connection, table: sa.Table, key: str) -> None:
    asked = sa.text("SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = :key)")
    if db.scalar(asked, {"key": key}):
        db.execute(sa.text(f'ALTER TABLE {table.name} DROP CONSTRAINT "{key}"'))
    else:
        db.execute(sa.text(f'DROP INDEX "{key}"'))


_CONTENT = """
SELECT conname, conrelid::regclass FROM pg_constraint
WHERE contype IN ('c', 'x') AND connamespace = 'public'::regnamespace AND conrelid <> 0
"""


_GUARDS = """
SELECT tgname, tgrelid::regclass FROM pg_trigger
WHERE NOT tgisinternal AND tgname NOT IN ('audit', 'append_only', 'roles_apart')
"""
"""Triggers about content would answer before the walls do, and so prove nothing about them."""


def _is_tenants(table: sa.Table) -> bool:
    return table.name == "organisation" or "organisation_id" in table.columns


def is_ours(column: sa.Column[Any]) -> bool:
    return column.computed is None


def insert_into(table: sa.Table) -> Any:
    ours = [column for column in table.columns if is_ours(column)]
    names = ", ".join(f'"{column.name}"' for column in ours)
    values = [sa.bindparam(column.name, type_=column.type) for column in ours]
    places = ", ".join(f":{column.name}" for column in ours)
    written = f"INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places})"
    return sa.text(written).bindparams(*values)


ONE_A_CURRENCY: Final = ("approval_limit", "exchange_rate")
CURRENCIES: Final = ("EUR", "GBP", "JPY", "NZD", "USD")
"""Where a company has one row a currency, each has another; none is its own, which is AUD."""


def value_of(column: sa.Column[Any], number: int, company: int, words: str = "row") -> Any:
    """Return something of the column's kind that says whose row it is."""
    name, kind = column.name, column.type
    if name == "organisation_id" or (column.table.name == "organisation" and name == "id"):
        return company
    if isinstance(kind, sa.Enum) and kind.enum_class is not None:
        members = list(kind.enum_class)
        return next((m for m in members if m.value not in UNSENT), members[0])
    if name.endswith("zone"):
        return "Australia/Brisbane"
    if name.endswith("currency"):
        is_rare = name == "currency" and column.table.name in ONE_A_CURRENCY
        return CURRENCIES[number % len(CURRENCIES)] if is_rare else "AUD"
    if name in {"archived_at", "recalled_at", "cancelled_at"}:
        return None
    if isinstance(kind, sa.String):
        return f"{words} {number}"
    if isinstance(kind, sa.Numeric) and kind.precision == MONEY:
        return SUMS + number
    if isinstance(kind, postgresql.JSONB):
        return [] if name in LISTS else _facts(number, words) if name == "facts" else {}
    made = next((made for shape, made in _MADE.items() if isinstance(kind, shape)), None)
    if made is not None:
        return made(number)
    raise LookupError(f"{column} is of a kind this world does not know: {kind!r}")


LISTS: Final = {"grounds", "clauses", "reminder_days", "flags", "sheets", "tables", "people"}
"""Columns of JSON that hold a list."""


def _facts(number: int, words: str) -> dict[str, Any]:
    """Return what a version said of call n, to which engagement n alone is called."""
    return {
        "day_of": _MADE[sa.Date](number).isoformat(),
        "type": "rehearsal", "title": f"{words} {number}", "time_kind": "exact",
        "local_start": "10:00", "start_day_offset": 0, "local_end": "11:00", "end_day_offset": 0,
        "zone": "Australia/Brisbane", "starts_at": "2026-11-01T00:00:00+00:00",
        "ends_at": "2026-11-01T01:00:00+00:00", "venue_id": number, "venue": f"{words} {number}",
        "space_id": number, "space": f"{words} {number}", "note": f"{words} {number}",
        "status": "published", "cancelled_reason": "", "called": [number],
    }  # fmt: skip


_MADE: Final[dict[Any, Any]] = {
    sa.Boolean: lambda _number: False,
    sa.Uuid: lambda number: uuid.UUID(int=number),
    sa.DateTime: lambda _number: dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    sa.Date: lambda number: dt.date(2026, 11, 1) + dt.timedelta(days=number % 7),
    sa.Time: lambda _number: dt.time(10, 0),
    sa.LargeBinary: lambda number: str(number).encode(),
    sa.ARRAY: lambda _number: [],
    postgresql.ARRAY: lambda _number: [],
    postgresql.TSTZRANGE: lambda _number: None,
    sa.Integer: lambda number: number,
    sa.Numeric: lambda number: number,
}
