"""The history of a record: what the audit log says of it and of its parts, old beside new.

The log keeps numbers; a reader wants names. So that a page needs few statements, the names behind
all keys of a page are read together, one statement a table.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Numeric, Table, and_, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.domain.histories import BULKY, PARTS, VERBS, words_of
from app.models import AuditEntry, StaffProfile, accounts
from app.models.base import Base

Ids = dict[str, set[str]]
"""Table -> the numbers of its rows that belong to the record."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field, before and after; values as the log keeps them, keys by name."""

    field: str
    old: Any
    new: Any
    column: Column[Any] | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody did to the record or to a part of it."""

    id: int
    at: datetime
    actor: str
    on_behalf_of: str
    verb: str
    what: str
    reason: str
    request_id: str
    changes: list[Change] = field(default_factory=list)


def history_of(
    session: Session,
    record: Any,
    *,
    money: bool,
    hidden: Collection[str] = (),
    before: int | None = None,
    limit: int = 50,
) -> tuple[list[Step], int | None]:
    """Return what happened to ``record`` and its parts, newest first; without ``money`` no sums.

    Of the tables named ``hidden`` nothing is told.

    ``before`` is the number of an entry: only older ones are returned. The second value is the
    number to go on from, None at the end. Row-level security decides what the viewer may read.
    """
    table = record.__tablename__
    own = {table: {str(record.id)}}
    conditions = [*_live(session, own, table, record.id), *_gone(table, record.id)]
    if isinstance(record, StaffProfile):
        conditions += _account(record.user_id)
    asked = select(AuditEntry).where(or_(*conditions), AuditEntry.entity.not_in(hidden))
    if before is not None:
        asked = asked.where(AuditEntry.id < before)
    entries = session.scalars(asked.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    earlier = entries[limit - 1].id if len(entries) > limit else None
    return steps_of(session, entries[:limit], money=money), earlier


def steps_of(session: Session, entries: Iterable[AuditEntry], *, money: bool) -> list[Step]:
    """Return entries of the log as steps with the names behind their keys."""
    found = list(entries)
    names = _names(session, found)
    return [step for entry in found if (step := _step(entry, names, money=money)) is not None]


def _live(session: Session, ids: Ids, table: str, key: int) -> list[ColumnElement[bool]]:
    """Collect the numbers of the parts that are there, floor by floor, and ask for their entries."""
    waiting = [(table, {str(key)})]
    while waiting:
        owner, numbers = waiting.pop()
        for part, column in PARTS.get(owner, ()):
            rows = Base.metadata.tables[part]
            asked = select(rows.c.id).where(rows.c[column].in_([int(one) for one in numbers]))
            fresh = {str(one) for one in session.scalars(asked)} - ids.get(part, set())
            if fresh:
                ids.setdefault(part, set()).update(fresh)
                waiting.append((part, fresh))
    return [
        and_(AuditEntry.entity == name, AuditEntry.entity_id.in_(sorted(numbers)))
        for name, numbers in ids.items()
    ]


def _gone(table: str, key: int) -> list[ColumnElement[bool]]:
    """Ask for parts that were removed: the log alone still knows whose they were."""
    return [
        and_(
            AuditEntry.action == "delete",
            AuditEntry.entity == part,
            AuditEntry.before[column].astext == str(key),
        )
        for part, column in PARTS.get(table, ())
    ]


def _account(user_id: int) -> list[ColumnElement[bool]]:
    told = func.coalesce(AuditEntry.after, AuditEntry.before)
    return [
        and_(AuditEntry.entity == "ab_user", AuditEntry.entity_id == str(user_id)),
        and_(AuditEntry.entity == "ab_user_role", told["user_id"].astext == str(user_id)),
    ]


def _step(entry: AuditEntry, names: "Names", *, money: bool) -> Step | None:
    table = Base.metadata.tables.get(entry.entity)
    before, after = entry.before or {}, entry.after or {}
    if entry.action == "view":
        changes = [Change(name, None, None) for name in after.get("fields", [])]
    else:
        changes = list(_changes(table, before, after, names, money=money))
    if entry.action == "update" and not changes:
        return None
    return Step(
        id=entry.id,
        at=entry.happened_at,
        actor=entry.actor,
        on_behalf_of=entry.on_behalf_of,
        verb=VERBS.get(entry.action, entry.action),
        what=words_of(entry.entity),
        reason=entry.reason,
        request_id=entry.request_id,
        changes=changes,
    )


def _changes(
    table: Table | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    names: "Names",
    *,
    money: bool,
) -> Iterable[Change]:
    currency = str(after.get("currency") or before.get("currency") or "")
    for name in dict.fromkeys([*before, *after]):
        column = None if table is None else table.c.get(name)
        if name in BULKY or (not money and column is not None and _tells_money(column)):
            continue
        old, new = (names.of(column, values.get(name)) for values in (before, after))
        if old not in (None, "") or new not in (None, ""):
            yield Change(name, old, new, column, currency)


def _tells_money(column: Column[Any]) -> bool:
    return isinstance(column.type, Numeric | JSONB)


class Names(dict[tuple[str, str], str]):
    """(table, number) -> what the row is called."""

    def of(self, column: Column[Any] | None, value: Any) -> Any:
        """Return the name behind a key; any other value as it is."""
        if column is None or value is None:
            return value
        for key in column.foreign_keys:
            return self.get((key.column.table.name, str(value)), value)
        return value


def _names(session: Session, entries: Iterable[AuditEntry]) -> Names:
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        table = Base.metadata.tables.get(entry.entity)
        for values in (entry.before or {}, entry.after or {}):
            for name, value in values.items():
                column = None if table is None else table.c.get(name)
                if column is not None and isinstance(value, int):
                    for key in column.foreign_keys:
                        wanted[key.column.table.name].add(value)
    names = Names()
    for table_name, numbers in wanted.items():
        names.update(_read_names(session, table_name, numbers))
    return names


def _read_names(session: Session, table_name: str, numbers: set[int]) -> dict[tuple[str, str], str]:
    if table_name == "ab_user":
        asked = select(StaffProfile.user_id, StaffProfile.display_name)
        rows = session.execute(asked.where(StaffProfile.user_id.in_(numbers))).all()
        return {(table_name, str(key)): name for key, name in rows}
    if table_name == "ab_role":
        roles = accounts.ROLES
        rows = session.execute(
            select(roles.c.id, roles.c.name).where(roles.c.id.in_(numbers))
        ).all()
        return {(table_name, str(key)): name for key, name in rows}
    model = _model(table_name)
    if model is None or model.__str__ is object.__str__:
        return {}
    found = session.scalars(select(model).where(model.id.in_(numbers)))
    return {(table_name, str(record.id)): str(record) for record in found.unique()}


def _model(table_name: str) -> Any:
    classes = (mapper.class_ for mapper in Base.registry.mappers)
    return next((each for each in classes if each.__tablename__ == table_name), None)
