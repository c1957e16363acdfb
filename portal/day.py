"""One whole day of one's own: every call, what changed, and the day as text to pass on."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.session import transaction
from app.domain.local_time import format_time, offset_label
from app.services.calls import newest_versions, own_calls
from portal.changes import look_at, waiting
from portal.days import Day, day_as_text, days_of, version_line
from portal.gate import company, needs_seat

YEARS = 20
"""How far from today a day may lie."""


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/days/<on>", view_func=day_page)
    portal.add_url_rule("/days/<on>/text", view_func=day_text)


@needs_seat
def day_page(on: str) -> str:
    """Show one day, call by call, with what changed on it."""
    wanted, at = day_of(on), now()
    with transaction() as db:
        shown, versions, checked = _read(db, wanted, at)
        changes = [one for one in waiting(db, at) if one.notice.day_of == wanted]
        look_at(db, changes)
        return render_template(
            "portal/day.html",
            day=shown,
            versions=versions,
            checked=checked,
            changes=changes,
            text=day_as_text(shown, versions),
            before=wanted - timedelta(days=1),
            after=wanted + timedelta(days=1),
        )


@needs_seat
def day_text(on: str) -> Response:
    """Hand the day out as plain text, to pass on in any messenger."""
    with transaction() as db:
        shown, versions, _ = _read(db, day_of(on), now())
    return Response(day_as_text(shown, versions), mimetype="text/plain")


def _read(db: Session, on: date, at: datetime) -> tuple[Day, list[str], str]:
    home = company(db).zone
    shown = next(iter(days_of(own_calls(db, on, on), at, home_zone=home)), Day(on))
    zone = next(iter(shown.zones), home)
    found = newest_versions(db, sorted({call.production_id for call in shown.calls}))
    versions = [version_line(version, zone, named=len(found) > 1) for version in found]
    return (
        shown,
        versions,
        f"{format_time(at.astimezone(ZoneInfo(zone)).time())} {offset_label(zone, at)}",
    )


def day_of(text: str) -> date:
    """Return the day an address names; what is none is not found."""
    try:
        wanted = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if abs(wanted.year - now().year) > YEARS:
        abort(404)
    return wanted
