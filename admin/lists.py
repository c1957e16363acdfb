"""Reading one page of a list: which rows, in what order, how many there are, where to go next.

Few statements whatever the size: one for the counts of the saved views and of what the filters leave,
one for the rows with their relations. No related table is ever read whole.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import ColumnElement, Numeric, and_, asc, desc, func, inspect, true
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from werkzeug.datastructures import MultiDict

from admin.columns import Column
from admin.filters import Control, SavedView, control
from app.db.clock import now
from app.db.session import session


@dataclass(frozen=True, slots=True)
class Row:
    """One record as a line."""

    pk: Any
    name: str
    href: str
    cells: list[Any]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as the head of the table draws it."""

    label: str
    classes: str
    is_number: bool
    phone_label: bool
    sort_href: str
    sorted: str


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as a tab."""

    label: str
    href: str
    count: int
    current: bool


@dataclass(slots=True)
class ListPage:
    """Everything ``desk/list.html`` shows."""

    title: str
    nouns: str
    columns: list[Heading]
    rows: list[Row]
    views: list[View]
    filters: list[Control]
    kept: list[tuple[str, str]]
    is_filtered: bool
    clear_href: str
    count: int
    first: int
    last: int
    size: int
    earlier: str
    later: str
    at: datetime
    empty: str
    lead: str = ""
    add_href: str = ""
    add_deed: str = ""
    actions: list[Any] = field(default_factory=list)
    action_href: str = ""


def read(view: Any) -> ListPage:
    """Read the page of ``view`` that the address asks for."""
    arguments = request.args
    saved = _saved(view, arguments)
    conditions = [
        c for f in view.filters if (c := f.condition(arguments.get(f.name, ""))) is not None
    ]
    page = max(0, _number(arguments.get("page", "")))
    first = page * view.page_size + 1
    order = _order(view, arguments)
    statement = view.statement().options(*view.load, *view.list_load).order_by(*order)
    if conditions:
        counts, total, keys = _narrowed(view, saved, conditions, order, first)
        statement = statement.where(view.datamodel.get_pk().in_(keys))
    else:
        counts, _ = _counts(view)
        total = counts[saved.name]
        statement = statement.where(_within(view, saved)).limit(view.page_size).offset(first - 1)
    records = session.scalars(statement).unique().all()
    is_open = view.may("show")
    last = first - 1 + len(records)
    return ListPage(
        title=view.list_title,
        nouns=view.nouns,
        columns=[_heading(view, column, arguments) for column in view.shown_columns()],
        rows=[_row(view, record, is_open=is_open) for record in records],
        views=_tabs(view, saved, counts),
        filters=[control(f, arguments.get(f.name, "")) for f in view.filters],
        kept=[(n, v) for n in ("view", "sort") if (v := arguments.get(n))],
        is_filtered=bool(conditions),
        clear_href=_href(arguments, page="", **dict.fromkeys((f.name for f in view.filters), "")),
        count=total,
        first=first,
        last=last,
        size=view.page_size,
        earlier=_href(arguments, page=page - 1 or "") if page else "",
        later=_href(arguments, page=page + 1) if last < total else "",
        at=now(),
        empty=_emptiness(view, saved, counts),
    )


def _emptiness(view: Any, saved: SavedView, counts: dict[str, int]) -> str:
    """Say that there is nothing at all, or that what there is stands under another tab."""
    if any(counts.values()):
        return f"No {view.nouns} under “{saved.label}” now."
    return str(view.empty)


def everything(view: Any) -> list[SavedView]:
    """Return the saved views with those every list has: All, and Archived where that exists."""
    shown = list(view.saved_views)
    if view.is_archivable:
        shown = [
            *(shown or [SavedView("all", "All")]),
            SavedView("archived", "Archived", archived=True),
        ]
    return shown or [SavedView("all", "All")]


def _saved(view: Any, arguments: MultiDict[str, str]) -> SavedView:
    offered = everything(view)
    return next((v for v in offered if v.name == arguments.get("view")), offered[0])


def _within(view: Any, saved: SavedView) -> ColumnElement[bool]:
    parts = [*view.base_where()]
    if view.is_archivable:
        away = view.datamodel.obj.archived_at
        parts.append(away.is_not(None) if saved.archived else away.is_(None))
    if saved.where is not None:
        parts.append(saved.where())
    return and_(true(), *parts)


def _counts(view: Any, *more: ColumnElement[Any]) -> tuple[dict[str, int], list[Any]]:
    """Count all saved views, and whatever more is asked, in one pass over the table."""
    offered = everything(view)
    sums = [func.count().filter(_within(view, each)) for each in offered]
    statement = view.statement().with_only_columns(*sums, *more, maintain_column_froms=True)
    found = session.execute(statement).one()
    counts = {each.name: count for each, count in zip(offered, found, strict=False)}
    return counts, list(found[len(offered) :])


def _narrowed(
    view: Any, saved: SavedView, conditions: list[ColumnElement[bool]], order: list[Any], first: int
) -> tuple[dict[str, int], int, list[Any]]:
    """Count, and find the keys of a page, where filters narrow the list.

    Words are looked for in every row; so it is done once, and the rows are then read by their keys.
    """
    key = view.datamodel.get_pk()
    meant = and_(_within(view, saved), *conditions)
    keys = func.array_agg(aggregate_order_by(key, *order), type_=ARRAY(key.type))
    page = keys.filter(meant)[first : first + view.page_size - 1]
    counts, (total, found) = _counts(view, func.count().filter(meant), page)
    return counts, total, found or []


def _order(view: Any, arguments: MultiDict[str, str]) -> list[Any]:
    key = view.datamodel.get_pk()
    asked = arguments.get("sort", "")
    for column in view.shown_columns():
        expression = _sortable(view, column)
        if expression is not None and column.name == asked.removeprefix("-"):
            way = desc if asked.startswith("-") else asc
            return [way(expression).nulls_last(), way(key)]
    return [*view.order_by, key]


def _sortable(view: Any, column: Column) -> Any:
    if column.order is not None:
        return column.order
    mapped = inspect(view.datamodel.obj).columns
    return mapped[column.name] if column.value is None and column.name in mapped else None


def _heading(view: Any, column: Column, arguments: MultiDict[str, str]) -> Heading:
    expression = _sortable(view, column)
    asked = arguments.get("sort", "")
    up, down = asked == column.name, asked == f"-{column.name}"
    href = ""
    if expression is not None:
        href = _href(arguments, sort=f"-{column.name}" if up else column.name, page="")
    is_number = isinstance(getattr(expression, "type", None), Numeric)
    return Heading(
        label=column.label or view.label(column.name),
        classes="r" if is_number else "",
        is_number=is_number,
        phone_label=column.phone_label,
        sort_href=href,
        sorted="ascending" if up else "descending" if down else "",
    )


def _row(view: Any, record: Any, *, is_open: bool) -> Row:
    pk = view.datamodel.get_pk_value(record)
    return Row(
        pk,
        view.name_of(record),
        view.href_of(record) if is_open else "",
        [c.show(record) for c in view.shown_columns()],
    )


def _tabs(view: Any, chosen: SavedView, counts: dict[str, int]) -> list[View]:
    offered = everything(view)
    if len(offered) < 2:
        return []
    return [
        View(
            saved.label,
            f"?view={saved.name}",
            counts[saved.name],
            saved is chosen or saved.name == chosen.name,
        )
        for saved in offered
    ]


def _href(arguments: MultiDict[str, str], **changed: Any) -> str:
    """Return the address of this list with some questions asked differently."""
    merged = {**arguments.to_dict(), **{name: str(value) for name, value in changed.items()}}
    asked = urlencode({name: value for name, value in merged.items() if value})
    return f"?{asked}" if asked else request.path


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
