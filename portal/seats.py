"""Choosing whom to look after: several companies, several artists, or one's own pages."""

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app import sessions
from app.db.session import transaction
from app.services import sessions as kept_sessions
from portal import gate


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/seats", view_func=seats)
    portal.add_url_rule("/seats", view_func=take_seat, methods=["POST"])


def seats() -> str | AnyResponse:
    """Show the seats behind the address; the answer is one tap."""
    live = sessions.live()
    if live is None:
        return gate.turn_away()
    with transaction() as db:
        found = gate.seats(db, live)
    wanted = gate.inside(request.args.get("next", ""))
    return render_template("portal/seats.html", seats=found, next=wanted)


def take_seat() -> AnyResponse:
    """Look from another seat from now on."""
    here, live = sessions.current(), sessions.live()
    if live is None or here.hashed is None:
        return gate.turn_away()
    with transaction() as db:
        known = {found.key: found for found in gate.seats(db, live)}
        chosen = known.get(request.form.get("seat", ""))
        if chosen is None:
            abort(404)
        kept_sessions.take_seat(db, here.hashed, chosen.seat)
    return redirect(gate.inside(request.form.get("next", "")), 303)
