"""Who the company thinks you are, and where you are signed in."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as AnyResponse

from app import sessions
from app.db.session import transaction
from app.models.people import Person
from app.services import sessions as kept_sessions
from portal import gate, pwa
from portal.gate import needs_seat, on_a_seat
from portal.sign_in import leave


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/you", view_func=you)
    portal.add_url_rule("/devices/<uuid:device>/end", view_func=end_device, methods=["POST"])
    portal.add_url_rule("/devices/others/end", view_func=end_others, methods=["POST"])
    portal.add_url_rule("/devices/all/end", view_func=end_all, methods=["POST"])


@needs_seat
def you() -> str:
    """Show name, contact details and the devices that are signed in."""
    here = sessions.current()
    with transaction() as db:
        person = db.scalars(
            select(Person)
            .where(Person.id == gate.taken().person_id)
            .options(selectinload(Person.contact_points), selectinload(Person.artist))
        ).one()
        company = gate.company(db)
        phones = pwa.phones(db)
        devices = kept_sessions.devices(db, here.hashed) if here.hashed else []
    current = here.live.public_id if here.live else None
    return render_template(
        "portal/you.html",
        person=person,
        company=company,
        devices=devices,
        phones=phones,
        push_key=pwa.push_key(),
        current=current,
        taken=gate.taken(),
        zone=person.artist.home_zone if person.artist and person.artist.home_zone else company.zone,
    )


@on_a_seat
def end_device(device: UUID) -> AnyResponse:
    """Sign one device out."""
    here = sessions.current()
    if here.live is not None and here.live.public_id == device:
        return end_this()
    with transaction() as db:
        ended = here.hashed and kept_sessions.end_device(
            db, here.hashed, device, "signed out by you"
        )
    if not ended:
        abort(404)
    flash("That device is signed out.", "success")
    return redirect(url_for("portal.you"), 303)


@on_a_seat
def end_others() -> AnyResponse:
    """Sign every other device out."""
    here = sessions.current()
    if here.live is None or here.live.identity_id is None:
        abort(404)
    with transaction() as db:
        count = kept_sessions.end_identity(
            db, here.live.identity_id, "signed out by you", spare=here.hashed
        )
    flash(f"Signed out elsewhere: {count}.", "success")
    return redirect(url_for("portal.you"), 303)


@on_a_seat
def end_all() -> AnyResponse:
    """Sign out everywhere, here too, and have this browser drop what it kept."""
    live = sessions.live()
    if live is None or live.identity_id is None:
        abort(404)
    with transaction() as db:
        kept_sessions.end_identity(db, live.identity_id, "signed out everywhere")
    return leave()


def end_this() -> AnyResponse:
    """Sign this device out, chosen from the list."""
    here = sessions.current()
    if here.hashed is not None:
        with transaction() as db:
            kept_sessions.end(db, here.hashed, "signed out by you")
    return leave()
