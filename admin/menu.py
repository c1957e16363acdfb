"""The rail: which pages stand in it, in what order, and how much waits on each.

A page enters with ``appbuilder.add_view(ContractView, "Contracts", icon="i-paper", category="People")``;
here stand only the order and the questions that are asked once for the whole rail.
A ``RecordView`` with a ``waits`` condition shows how many of its rows meet it; a page about several
tables says by ``counted`` what is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, current_app, g, request, url_for
from flask_appbuilder import IndexView
from sqlalchemy import func, select

from app.db.session import session

CATEGORIES: Final = ("", "People", "Season", "Money", "House", "Platform")
ICON: Final = "i-next"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the rail."""

    label: str
    href: str
    icon: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A category of the rail."""

    label: str
    items: list[Item]


class DeskIndex(IndexView):
    """The desk's first page, under /admin/: what waits. Sent to the sign-in if nobody is there."""

    route_base = "/admin"


def desk_rail() -> list[Group]:
    """Return the rail for whoever is signed in; empty for a stranger."""
    if getattr(g.get("user"), "is_authenticated", False) is not True:
        return []
    builder = current_app.extensions["appbuilder"]
    entries = list(_entries(builder.menu.get_list()))
    allowed = builder.sm.get_user_menu_access([entry.name for _, entry in entries])
    entries = [(category, entry) for category, entry in entries if entry.name in allowed]
    counts = waiting(entry.baseview for _, entry in entries)
    home = desk_home()
    first = Item("Waiting for me", home, "i-today", current=request.path == home)
    groups: dict[str, list[Item]] = {category: [] for category in CATEGORIES}
    groups[""].append(first)
    for category, entry in entries:
        groups.setdefault(category, []).append(_item(entry, counts))
    return [Group(label, items) for label, items in groups.items() if items]


def waiting(views: Iterable[Any]) -> dict[str, int]:
    """Count the rows that wait on each view, in one statement, once a request."""
    if "desk_counts" not in g:
        asked = {}
        for view in views:
            condition = getattr(view, "waits", None)
            if condition is not None:
                rows = select(func.count()).select_from(view.datamodel.obj).where(condition())
                asked[type(view).__name__] = rows.scalar_subquery()
            elif (count := getattr(view, "counted", None)) is not None:
                asked[type(view).__name__] = count()
        found = session.execute(select(*asked.values())).one() if asked else ()
        g.desk_counts = dict(zip(asked, found, strict=True))
    counts: dict[str, int] = g.desk_counts
    return counts


def desk_waiting() -> list[dict[str, Any]]:
    """Return the lines of the rail on which something waits, as things to do."""
    return [
        {
            "symbol": item.icon,
            "role": "",
            "title": item.label,
            "href": item.href,
            "hint": f"{item.count} waiting",
            "deed": "Open",
            "name": item.label,
        }
        for group in desk_rail()
        for item in group.items
        if item.count
    ]


def desk_home() -> str:
    """Return the address of the desk's first page."""
    builder = current_app.extensions["appbuilder"]
    return url_for(f"{builder.indexview.__name__}.index")


def desk_search() -> str:
    """Return the address of the search over everything, if a door for it stands."""
    return url_for("SearchView.list") if "SearchView.list" in current_app.view_functions else ""


def desk_seat() -> str:
    """Return the address of one's own page: profile, devices, sign-out."""
    return url_for("SeatView.show") if "SeatView.show" in current_app.view_functions else "#main"


def install(app: Flask) -> None:
    """Give the templates the rail."""
    for tell in (desk_rail, desk_waiting, desk_home, desk_search, desk_seat):
        app.add_template_global(tell)


def _entries(menu: list[Any]) -> Iterable[tuple[str, Any]]:
    for item in menu:
        if item.childs:
            yield from ((item.name, child) for child in item.childs if child.name != "-")
        elif item.name != "-":
            yield "", item


def _item(entry: Any, counts: dict[str, int]) -> Item:
    icon = entry.icon if entry.icon.startswith("i-") else ICON
    href = entry.get_url()
    home = getattr(entry.baseview, "route_base", "") or href
    current = request.path == href or request.path.startswith(f"{home}/")
    return Item(entry.label, href, icon, current, counts.get(type(entry.baseview).__name__))
