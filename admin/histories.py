"""The history of a record as a page: who, what, when and why; old beside new.

Whoever may see a record may see its history, without the sums where sums are not theirs to see.
"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, g, request, url_for
from markupsafe import Markup
from sqlalchemy import Boolean, Column, Date, DateTime, Enum, Numeric

from admin.access import remembered, sees_fees
from admin.columns import label_of
from app.db.session import session
from app.presentation import amount, day, desk_zone, moment
from app.services import histories
from app.services.histories import Change, Step

KEPT_APART: Final = {
    "artist_profile": ("can_show", "TravelView"),
    "payee_profile": ("can_show", "TaxNumberView"),
    "bank_detail": ("can_show", "BankDetailView"),
}
"""Parts of a person that not everybody who sees the person sees."""
PAGE: Final = 50
LONGEST: Final = 400
"""Letters of a text that the history shows; the whole stands on the record's page."""


def history_page(view: Any, record: Any) -> str:
    """Draw the history of a record, a page at a time."""
    asked = request.args.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    steps, older = histories.history_of(
        session(), record, money=sees_fees(), hidden=_hidden(), before=before, limit=PAGE
    )
    pk = view.datamodel.get_pk_value(record)
    return str(
        view.render_template(
            "desk/history.html",
            title=view.name_of(record),
            noun=view.noun,
            back=view.href_of(record),
            days=_by_day(steps),
            earlier=url_for(f"{view.endpoint}.history", pk=pk, before=older) if older else "",
            newest=before is None,
        )
    )


def _hidden() -> list[str]:
    """Return the tables of which whoever is signed in is told nothing: their page would be refused."""
    held = remembered(g.user)
    return [table for table, right in KEPT_APART.items() if right not in held]


def shown(change: Change, value: Any) -> Any:
    """Write a value of the log as a page shows it."""
    column = change.column
    if value in (None, ""):
        return ""
    if isinstance(value, dict | list):
        return _cut(", ".join(str(one) for one in value) if value else "")
    if column is None or column.foreign_keys:
        return _cut(str(value))
    return _typed(column, value, change.currency)


def label(change: Change) -> str:
    """Return the words for a field."""
    return label_of(change.field)


def _typed(column: Column[Any], value: Any, currency: str) -> Any:
    match column.type:
        case Boolean():
            return "yes" if value else "no"
        case Enum():
            return str(value).replace("_", " ")
        case Numeric():
            return _number(value, currency)
        case DateTime():
            return moment(datetime.fromisoformat(str(value)))
        case Date():
            return day(date.fromisoformat(str(value)))
        case _:
            return _cut(str(value))


def _number(value: Any, currency: str) -> str:
    try:
        number = Decimal(str(value))
        return f"{amount(number, currency)} {currency}" if currency else f"{number.normalize():f}"
    except (InvalidOperation, ValueError):
        return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …"


def _by_day(steps: list[Step]) -> list[tuple[Markup, list[Step]]]:
    """Put steps under their days, as the desk's clock counts them."""
    zone = ZoneInfo(desk_zone())
    grouped = groupby(steps, key=lambda step: step.at.astimezone(zone).date())
    return [(day(on), list(found)) for on, found in grouped]


def install(app: Flask) -> None:
    """Give templates the writing of the log's values."""
    app.add_template_filter(label, "change_label")
    app.add_template_global(shown, "change_value")
