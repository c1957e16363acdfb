"""What changed since somebody last looked: old beside new, and "Got it" for each (journey A3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.db.clock import now
from app.db.session import transaction
from app.services.schedules import notices
from app.services.schedules.notices import OpenChange
from portal.days import version_line
from portal.gate import company, inside, needs_seat, taken

LOOK_BACK = timedelta(days=2)
"""A show day ends after midnight, and Honolulu's two days after Auckland's began."""

MOST = 500
"""So many changes are confirmed with one button."""


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/changes", view_func=changes)
    portal.add_url_rule("/changes/got-it", view_func=got_all, methods=["POST"])
    portal.add_url_rule("/changes/<uuid:change>/got-it", view_func=got_it, methods=["POST"])


@needs_seat
def changes() -> str:
    """Show every change that is not confirmed yet, old beside new."""
    with transaction() as db:
        found = waiting(db, now())
        look_at(db, found)
        zone = company(db).zone
        versions = {one.notice.schedule_version_id: one.notice.schedule_version for one in found}
        lines = {key: version_line(version, zone, named=True) for key, version in versions.items()}
        return render_template("portal/changes.html", changes=found, versions=lines)


@needs_seat
def got_it(change: UUID) -> AnyResponse:
    """Take down that this change is known; pressed again, nothing happens."""
    with transaction() as db:
        if not notices.exists(db, change):
            abort(404)
        confirmed = notices.confirm(db, [change], by=taken().actor)
        is_overtaken = not confirmed and not notices.is_confirmed(db, change)
    return _back(1, is_overtaken=is_overtaken)


@needs_seat
def got_all() -> AnyResponse:
    """Take down that the changes that were on the page are known, and none that came since."""
    keys = _keys(request.form.getlist("change")[:MOST])
    with transaction() as db:
        notices.confirm(db, keys, by=taken().actor)
    return _back(len(keys), is_overtaken=False)


def waiting(db: Session, at: datetime) -> list[OpenChange]:
    """Return the changes that somebody may still have to know of."""
    return notices.open_changes(db, (at - LOOK_BACK).date())


def look_at(db: Session, shown: Sequence[OpenChange]) -> None:
    """Note that these changes were read, by the artist: an agent who looks has told nobody yet."""
    is_looking = request.method == "GET" and "prefetch" not in request.headers.get(
        "Sec-Purpose", ""
    )
    if is_looking and taken().found.seat.agent_person_id is None:
        notices.mark_seen(db, shown)


def _back(count: int, *, is_overtaken: bool) -> AnyResponse:
    if is_overtaken:
        flash("It has changed again since. Look at the newest below.", "warning")
    elif count:
        said = "that change" if count == 1 else f"these {count} changes"
        flash(f"Noted. The company sees that you know of {said}.", "success")
    return redirect(inside(request.form.get("next", "") or url_for("portal.home")), 303)


def _keys(typed: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in typed]
    except ValueError:
        abort(404)
