"""One record as a page: its facts in parts, its state, and what can be done with it."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from admin import deeds
from admin.columns import Column
from app.presentation import instant


@dataclass(frozen=True, slots=True)
class Facts:
    """A heading and the names and values under it."""

    label: str
    pairs: list[tuple[str, Any]]

    @property
    def is_filled(self) -> bool:
        """Tell whether anything stands under the heading."""
        return any(value is not None and value != "" for _, value in self.pairs)


@dataclass(slots=True)
class RecordPage:
    """Everything ``desk/record.html`` shows."""

    title: str
    noun: str
    nouns: str
    number: str
    status: Any
    parts: list[Facts]
    stamps: list[tuple[str, Any]]
    list_href: str
    edit_href: str
    delete_href: str
    history_href: str
    actions: list[deeds.Deed]
    edit_is_main: bool = True


def page_of(view: Any, record: Any) -> RecordPage:
    """Return the page of a record."""
    pk = view.datamodel.get_pk_value(record)
    moves = deeds.on_record(view, record)
    return RecordPage(
        title=view.name_of(record),
        noun=view.noun,
        nouns=view.nouns,
        number=str(getattr(record, "number", "") or ""),
        status=getattr(record, "status", None),
        parts=[Facts(label, _pairs(view, record, rows)) for label, rows in view.show_parts],
        stamps=[
            (label, instant(at))
            for label, name in (
                ("Made", "created_at"),
                ("Changed", "updated_at"),
                ("Archived", "archived_at"),
            )
            if (at := getattr(record, name, None)) is not None
        ],
        list_href=view.list_href(),
        edit_href=url_for(f"{view.endpoint}.edit", pk=pk) if view.may("edit") else "",
        delete_href=url_for(f"{view.endpoint}.delete", pk=pk) if view.may("delete") else "",
        history_href=url_for(f"{view.endpoint}.history", pk=pk),
        actions=moves,
        edit_is_main=not any(move.is_main for move in moves),
    )


def _pairs(view: Any, record: Any, rows: Any) -> list[tuple[str, Any]]:
    names = [name for row in rows for name in ((row,) if isinstance(row, str) else row)]
    return [(view.label(name), Column(name).show(record)) for name in names]
