"""Two people at one record: what the other saved stands beside what was typed, field by field.

Nothing typed is lost. Whoever comes second chooses for each field, then saves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from flask_wtf import FlaskForm
from sqlalchemy import inspect

from admin import forms
from admin.actors import actor_name
from app.db.session import session
from app.domain.local_time import format_instant, format_time
from app.domain.periods import format_date
from app.marks import word_of
from app.presentation import desk_zone
from app.services import audit

PREFIX: Final = "keep-"
"""``keep-<field>`` says whose value is kept: theirs or yours."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two people differ."""

    name: str
    label: str
    theirs: Any
    yours: Any
    takes_theirs: bool = False


def taken(typed: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields for which the other one's value was chosen."""
    return frozenset(
        name.removeprefix(PREFIX)
        for name, value in typed.items()
        if name.startswith(PREFIX) and value == "theirs"
    )


def is_answered(typed: Mapping[str, Any]) -> bool:
    """Tell whether somebody has chosen between two values here."""
    return any(name.startswith(PREFIX) for name in typed)


def differences(
    view: Any, form: FlaskForm, item: Any, theirs: frozenset[str] = frozenset()
) -> list[Difference]:
    """Return the fields in which the record differs from what was typed."""
    found = []
    for name in forms.names_in(view.form_parts):
        field, saved = form[name], getattr(item, name)
        old, new = _written(field, saved), _written(field, field.data)
        if old != new:
            found.append(Difference(name, field.label.text, old, new, name in theirs))
    return found


def said(view: Any, item: Any) -> str:
    """Say who saved the record meanwhile, and when."""
    table = inspect(item).mapper.local_table.name
    latest = next(iter(audit.history(session(), table, item.id, limit=1)), None)
    who = "Somebody" if latest is None else actor_name(latest.actor)
    when = "" if latest is None else f", {format_instant(latest.happened_at, desk_zone())}"
    return (
        f"{who} saved this {view.noun} while you were typing{when}. Yours is not saved. "
        "Choose whose to keep where the two differ, then save again."
    )


def _written(field: Any, value: Any) -> str:
    """Write a value so that two can be compared and read."""
    if getattr(field, "kind", field.type) == "BooleanField":
        return "Yes" if value else "No"
    match value:
        case None | "":
            return "Empty"
        case list() | tuple():
            return ", ".join(sorted(str(getattr(one, "person", one)) for one in value)) or "Nobody"
        case StrEnum():
            return word_of(value)
        case time():
            return format_time(value)
        case date():
            return format_date(value)
        case Decimal():
            return f"{value.normalize():,f}"
        case _:
            return str(value)
