"""Calendar addresses of a person, looked after by staff: made, shown, renewed and closed."""

from typing import Any

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.roles import ADMINISTRATOR, CONTRACTS, SCHEDULE, may
from app.db.session import session, transaction
from app.domain.feeds import FeedKind
from app.models import CalendarFeed, Person
from app.services.feeds import addresses


class FeedView(BaseView):
    """Addresses of calendars, reached from a person's page."""

    route_base = "/admin/calendars"
    default_view = "show"

    @expose("/make/<int:pk>", methods=["POST"])
    @has_access
    def make(self, pk: int) -> Response:
        """Make an address of a kind for a person, then show it."""
        person = session.get(Person, pk) or abort(404)
        kind = request.form.get("kind", "")
        if kind not in set(FeedKind) or person.is_agent or person.archived_at is not None:
            abort(404)
        with transaction() as db:
            made = addresses.make(
                db,
                organisation_id=person.organisation_id,
                person_id=person.id,
                kind=FeedKind(kind),
                by=_actor(),
            )
        return redirect(url_for("FeedView.show", pk=made.id), 303)

    @expose("/<int:pk>")
    @has_access
    def show(self, pk: int) -> str:
        """Show an address once more; that somebody looked is written down."""
        with transaction() as db:
            feed = _open(db, pk)
            addresses.note_look(db, feed)
            path = url_for("feed", token=addresses.token_of(feed.public_id))
            is_readable = addresses.is_readable(feed)
            address = current_app.config["HOUSE"].base_url + path if is_readable else ""
            return str(self.render_template("desk/feed.html", feed=feed, address=address))

    @expose("/<int:pk>/renew", methods=["POST"])
    @has_access
    def renew(self, pk: int) -> Response:
        """Put another address in the place of this one."""
        with transaction() as db:
            made = addresses.renew(db, _open(db, pk), by=_actor())
        flash("This is the new address. The old one shows nothing any more.", "success")
        return redirect(url_for("FeedView.show", pk=made.id), 303)

    @expose("/<int:pk>/revoke", methods=["POST"])
    @has_access
    def revoke(self, pk: int) -> Response:
        """Close an address."""
        with transaction() as db:
            feed = _open(db, pk)
            addresses.revoke(db, feed, by=_actor())
        flash("The address is closed.", "success")
        return redirect(url_for("PersonView.show", pk=feed.person_id), 303)


def feeds_of(person: Person) -> dict[str, Any]:
    """Return what a person's page shows of their calendars."""
    return {"feeds": addresses.live_of(session(), person.id), "feed_kinds": tuple(FeedKind)}


def _open(db: Session, pk: int) -> CalendarFeed:
    feed = db.get(CalendarFeed, pk)
    return feed if feed is not None and feed.revoked_at is None else abort(404)


def _actor() -> str:
    return f"staff:{g.user.id}"


may(
    "FeedView",
    {(ADMINISTRATOR, CONTRACTS, SCHEDULE): ("can_show", "can_make", "can_renew", "can_revoke")},
)
