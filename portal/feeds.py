"""Personal calendars: the door that calendars fetch from, and the page where a person makes an address.

A calendar signs in with nothing but the secret in its address. What it opens is asked of the gate,
and then it looks with the eyes of that artist. It gets no session and no cookie.
"""

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from app import limits
from app.db.clock import now
from app.db.session import act_as, session, transaction
from app.db.viewer import Viewer
from app.domain.feeds import FeedKind
from app.models.feeds import CalendarFeed
from app.models.organisations import Organisation
from app.services.feeds import addresses, calendar, entries
from app.services.feeds.addresses import FeedFound
from portal import gate
from portal.gate import needs_seat


def install(portal: Blueprint) -> None:
    """Open the door for calendars, outside of the portal's gate."""
    portal.record_once(_open_door)


def _open_door(state: BlueprintSetupState) -> None:
    state.app.add_url_rule("/feeds/<token>.ics", "feed", fetch)


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/calendar", view_func=calendar_page)
    portal.add_url_rule("/calendar", "make_feed", make_feed, methods=["POST"])
    portal.add_url_rule("/calendar/<uuid:feed>", view_func=feed_address)
    portal.add_url_rule("/calendar/<uuid:feed>/renew", view_func=renew_feed, methods=["POST"])
    portal.add_url_rule("/calendar/<uuid:feed>/revoke", view_func=revoke_feed, methods=["POST"])


def fetch(token: str) -> Response:
    """Hand a calendar out; an address that is unknown or revoked is not found, and both alike."""
    act_as(Viewer(None, actor="calendar", request_id=g.get("request_id", "")))
    with transaction() as db:
        found = addresses.find(db, token)
    if found is None:
        limits.counters().check(limits.FEED_GUESSES, "feed-guess", request.remote_addr or "")
        abort(404)
    limits.counters().check(limits.FEED, "feed", str(found.id))
    act_as(
        Viewer(
            found.organisation_id,
            actor=f"calendar:{found.id}",
            artist_id=found.person_id,
            request_id=g.get("request_id", ""),
        )
    )
    return _answer(found)


def _answer(found: FeedFound) -> Response:
    at = now()
    with transaction() as db:
        company = db.get_one(Organisation, found.organisation_id)
        contents = entries.read(db, found.kind, found.person_id, at, company.zone)
        addresses.note_reading(db, found.id)
    name = calendar.fingerprint(contents, company.name, at, company.zone)
    answer = Response(status=304)
    if not request.if_none_match.contains_weak(name):
        home = current_app.config["HOUSE"].base_url + "/portal"
        answer = Response(
            calendar.write(contents, company.name, at, company.zone, home),
            content_type=f"{calendar.MEDIA_TYPE}; charset=utf-8",
        )
        answer.headers["Content-Disposition"] = 'inline; filename="calls.ics"'
    # Weak: made at another minute it says the same.
    answer.set_etag(name, weak=True)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@needs_seat
def calendar_page() -> str:
    """Show which calendars there are, and which have an address."""
    here = gate.taken()
    with transaction() as db:
        company = gate.company(db)
        live = addresses.live_of(db, here.person_id)
    return render_template(
        "portal/calendar.html",
        kinds=tuple(FeedKind),
        live=live,
        is_own=_is_own(),
        zone=company.zone,
        company=company,
    )


@needs_seat
def make_feed() -> AnyResponse:
    """Make the address of a kind, then show it."""
    _only_oneself()
    kind = request.form.get("kind", "")
    if kind not in set(FeedKind):
        abort(404)
    here = gate.taken()
    with transaction() as db:
        made = addresses.make(
            db,
            organisation_id=gate.company(db).id,
            person_id=here.person_id,
            kind=FeedKind(kind),
            by=here.actor,
        )
    return redirect(url_for("portal.feed_address", feed=made.public_id), 303)


@needs_seat
def feed_address(feed: UUID) -> str:
    """Show the address once more, to its owner alone."""
    kept = _own(feed)
    home = current_app.config["HOUSE"].base_url
    path = url_for("feed", token=addresses.token_of(kept.public_id))
    return render_template(
        "portal/calendar_address.html",
        feed=kept,
        address=f"{home}{path}" if addresses.is_readable(kept) else "",
    )


@needs_seat
def renew_feed(feed: UUID) -> AnyResponse:
    """Put another address in the place of this one."""
    kept = _own(feed)
    with transaction() as db:
        made = addresses.renew(db, kept, by=gate.taken().actor)
    flash("This is the new address. The old one shows nothing any more.", "success")
    return redirect(url_for("portal.feed_address", feed=made.public_id), 303)


@needs_seat
def revoke_feed(feed: UUID) -> AnyResponse:
    """Close the address."""
    kept = _own(feed)
    with transaction() as db:
        addresses.revoke(db, kept, by=gate.taken().actor)
    flash("The address is closed. Remove the calendar from your phone, too.", "success")
    return redirect(url_for("portal.calendar_page"), 303)


def _own(key: UUID) -> CalendarFeed:
    kept = addresses.feed_of(session(), key) if _is_own() else None
    return kept or abort(404)


def _is_own() -> bool:
    """Tell whether the artist looks: an address would outlive an agent's rights."""
    return gate.taken().found.seat.agent_person_id is None


def _only_oneself() -> None:
    if not _is_own():
        abort(403)
