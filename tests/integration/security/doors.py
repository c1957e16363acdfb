"""Every door of the product, read from the URL map: a new route is in at once.

A rule becomes one door for each method, each move of its view, each saved view, column and filter of
its list. All rows of artist n have the number n, so a door knows its address for anybody's record.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask
from werkzeug.routing import Rule, UUIDConverter
from werkzeug.routing.converters import NumberConverter

from reports.catalogue import REPORTS

Right = tuple[str, str]
"""A permission and the view it is about, as ``admin.roles`` declares it."""

NUMBERS: Final = {"pk", "payee"}
"""Arguments that are numbers although the rule takes any word."""

KINDS: Final = {
    "list": "list", "search": "search", "edit": "edit", "add": "edit", "delete": "delete",
    "action": "action", "action_post": "action", "download": "export", "export": "export",
    "file": "file", "paper": "file", "pdf": "file", "original": "file", "evidence_pack": "file",
    "copy": "file", "feed": "file",
}  # fmt: skip
"""What is done at a method of a view; any other is read where it is fetched, and an action where posted."""


@dataclass(frozen=True, slots=True)
class Door:
    """One way to ask for something."""

    endpoint: str
    method: str
    rule: Rule
    words: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    right: Right | None = None

    @property
    def kind(self) -> str:
        """Return which of read, list, search, edit, delete, action, export, file it is."""
        if self.query:
            return "search"
        last = self.endpoint.rpartition(".")[2]
        return KINDS.get(last, "read" if self.method == "GET" else "action")

    @property
    def names_a_record(self) -> bool:
        """Tell whether the address or the form says whose record is meant."""
        return bool(set(self.rule.arguments) - {"name", "shelf", "move"}) or "rowid" in self.typed

    @property
    def called(self) -> str:
        """Return the door in a line."""
        return " ".join(
            filter(None, (self.method, self.rule.rule, *self.words.values(), self.query))
        )

    def address(self, app: Flask, number: int) -> str:
        """Return the address of somebody's record at this door."""
        path = address_of(app, self.rule, number, self.words)
        return path + self.query.replace("{n}", str(number))

    def form(self, number: int) -> dict[str, str]:
        """Return what is posted for somebody's record."""
        return {name: value.replace("{n}", str(number)) for name, value in self.typed.items()}


def address_of(app: Flask, rule: Rule, number: int, words: Mapping[str, str]) -> str:
    """Return the address of a rule that names somebody's record; ``words`` say the rest."""
    values = {name: words.get(name) or _value(rule, name, number) for name in rule.arguments}
    return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def _value(rule: Rule, name: str, number: int) -> object:
    kind = rule._converters[name]
    if isinstance(kind, UUIDConverter):
        return uuid.UUID(int=number)
    if isinstance(kind, NumberConverter):
        return number
    return str(number) if name in NUMBERS else WORDS.get(name, f"zzrow {number}")


WORDS: Final = {"on": "2026-11-03", "move": "pay", "shelf": "x", "filename": "x"}


def doors(app: Flask, prefix: str) -> Iterator[Door]:
    """Yield every door under a prefix, in the order of their addresses."""
    views = {view.endpoint: view for view in app.extensions["appbuilder"].baseviews}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if not rule.rule.startswith(prefix):
            continue
        for method in sorted(set(rule.methods or ()) & {"GET", "POST"}):
            name, _, last = rule.endpoint.partition(".")
            yield from _at(views.get(name), rule, method, last)


def _at(view: Any, rule: Rule, method: str, last: str) -> Iterator[Door]:
    if view is None:
        yield Door(rule.endpoint, method, rule)
    elif last in {"action", "action_post"}:
        yield from _moves(view, rule, last)
    elif last == "ask" and "name" in rule.arguments:
        for report in REPORTS:
            yield Door(rule.endpoint, method, rule, {"name": report}, right=_right(view, last))
    else:
        right = _right(view, last)
        yield Door(rule.endpoint, method, rule, right=right)
        if last == "list" and hasattr(view, "saved_views"):
            for query in _queries(view):
                yield Door(rule.endpoint, method, rule, query=query, right=right)


def _moves(view: Any, rule: Rule, last: str) -> Iterator[Door]:
    for name in view.actions:
        right = (view.get_action_permission_name(name), view.class_permission_name)
        if last == "action":
            yield Door(rule.endpoint, "POST", rule, {"name": name}, right=right)
        else:
            typed = {"action": name, "rowid": "{n}", "confirmed": "1", "count": "1"}
            yield Door(rule.endpoint, "POST", rule, typed=typed, right=right)


def _right(view: Any, last: str) -> Right:
    permission = getattr(getattr(view, last), "_permission_name", last)
    return (f"can_{permission}", view.class_permission_name)


def _queries(view: Any) -> Iterator[str]:
    """Yield what a list may be asked for: each saved view, each order, each filter with a word."""
    for saved in view.saved_views:
        yield "?" + urlencode({"view": saved.name})
    for column in view.columns:
        yield "?" + urlencode({"view": "all", "sort": column.name})
    for each in view.filters:
        yield "?" + urlencode({"view": "all", each.name: "zzrow "}) + "{n}"
        yield "?" + urlencode({"view": "all", each.name: ""}) + "{n}"
