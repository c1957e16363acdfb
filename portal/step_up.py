"""Proving once more who you are before something that cannot be taken back (domain.md 3.7, points 8 and 10).

A view behind ``require_step_up`` runs only within ten minutes of a code. What was typed into the form
that led here is carried along, so that nothing is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Final, ParamSpec

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask import session as memory
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app import limits, sessions
from app.db.clock import now
from app.db.session import transaction
from app.domain import codes
from app.domain.errors import Refused
from app.domain.people import ContactKind
from app.domain.sign_in import TokenPurpose
from app.models.people import ContactPoint
from app.services import sessions as kept_sessions
from app.services import sign_in
from app.services.contact_points import is_open
from app.services.seats import address_of
from app.services.sessions import Seat
from app.services.sign_in import Asked, Outcome
from portal import gate

P = ParamSpec("P")
View = Callable[P, str | AnyResponse]

CODE: Final = "step_up_code"
AGAIN: Final = "step_up_again"
ZONE: Final = "zone"
OURS: Final = frozenset({CODE, AGAIN, ZONE, "csrf_token", "next"})
VIA: Final = "step_up_via"
ENDINGS: Final = {
    Outcome.wrong_code: "That is not the code we sent last. Look at the newest message.",
    Outcome.used: "That code was used already. Have a new one sent.",
    Outcome.expired: "That code has run out. Have a new one sent.",
    Outcome.spent: "Five wrong codes end a message. Have a new one sent.",
    Outcome.unknown: "No code was sent to this device yet. Have one sent.",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the code goes: another channel than the mail if the person has one."""

    address: str
    mobile: str

    @property
    def words(self) -> str:
        """Return how the code travels, for the page and for the evidence."""
        if self.mobile:
            return f"text to {codes.mask(self.mobile)}"
        return f"e-mail to {codes.mask(self.address)}"


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/prove", view_func=ask_for_proof)
    portal.add_url_rule("/prove", view_func=take_proof, methods=["POST"])


def require_step_up(view: View[P]) -> View[P]:
    """Let a view run only just after a proof; else ask for one, keeping what was typed."""

    @gate.on_a_seat
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> str | AnyResponse:
        if is_fresh():
            return view(*args, **kwargs)
        if request.method != "POST":
            return challenge(onward=gate.wish())
        if request.form.get(CODE) and not request.form.get(AGAIN):
            refusal = prove(request.form[CODE])
            return view(*args, **kwargs) if refusal is None else challenge(error=refusal)
        return challenge(asked=send_code())

    return guarded


def is_fresh() -> bool:
    """Tell whether this session gave a proof within the last ten minutes."""
    if g.get("stepped_up_at"):
        return True
    live = sessions.live()
    at = live.stepped_up_at if live else None
    return at is not None and now() - at <= codes.STEP_UP_LIFE


def proved_by() -> str:
    """Return how the proof was given, for the evidence: channel, masked address, instant."""
    live = sessions.live()
    at: datetime | None = g.get("stepped_up_at") or (live.stepped_up_at if live else None)
    if at is None:
        return ""
    via = memory.get(VIA, "code")
    return f"code by {via}, {at.isoformat(timespec='seconds')}"


def send_code() -> Asked | None:
    """Send a code for this session, unless too many were sent; one that is on its way still works."""
    here = sessions.current()
    with transaction() as db:
        channel = channel_of(db)
        if limits.counters().take(limits.LINK_ADDRESS, "step-up", channel.address) > 0:
            return None
        return sign_in.ask(
            db,
            address=channel.address,
            mobile=channel.mobile,
            browser=here.hashed,
            device=sessions.device(),
            purpose=TokenPurpose.step_up,
            zone=gate.zone_typed(request.form.get(ZONE, "")) or gate.company(db).zone,
        )


def prove(typed: str) -> str | None:
    """Take a typed code. Return None if it was right, else what to say beside the field."""
    here = sessions.current()
    try:
        code = codes.check_code(typed)
    except Refused as refusal:
        return refusal.reason
    with transaction() as db:
        attempt = sign_in.use(db, code=code, browser=here.hashed, purpose=TokenPurpose.step_up)
        if attempt.outcome is not Outcome.ok:
            return ENDINGS.get(attempt.outcome, ENDINGS[Outcome.unknown])
        _renew(db, channel_of(db).words)
    return None


def challenge(*, onward: str = "", error: str = "", asked: Asked | None = None) -> AnyResponse:
    """Show the page that asks for the code, with everything that was typed before it."""
    with transaction() as db:
        channel = channel_of(db)
        zone = gate.company(db).zone
    held = [(name, value) for name, value in request.form.items(multi=True) if name not in OURS]
    is_form = request.method == "POST" and not onward
    page = render_template(
        "portal/step_up.html",
        action=request.full_path.rstrip("?") if is_form else url_for("portal.take_proof"),
        next=onward,
        held=held if is_form else [],
        channel=channel,
        asked=asked,
        was_sent=asked is not None or bool(error) or is_form,
        error=error,
        typed=request.form.get(CODE, ""),
        zone=asked.zone if asked else zone,
    )
    return make_response(page, 422 if error else 403)


@gate.on_a_seat
def ask_for_proof() -> AnyResponse:
    """Show the page that asks for a code before another page."""
    return challenge(onward=gate.inside(request.args.get("next", "")))


@gate.on_a_seat
def take_proof() -> AnyResponse:
    """Send a code, or take one and go on to the page that asked for it."""
    wanted = gate.inside(request.form.get("next", ""))
    if request.form.get(AGAIN) or not request.form.get(CODE):
        return challenge(onward=wanted, asked=send_code())
    refusal = prove(request.form[CODE])
    return redirect(wanted, 303) if refusal is None else challenge(onward=wanted, error=refusal)


def channel_of(db: Session) -> Channel:
    """Return where this session's codes go: a verified mobile, else the address it signed in with."""
    live = sessions.live()
    if live is None or live.identity_id is None:
        raise Refused("You are signed out. Sign in again and go on from there.")
    address = address_of(db, live.identity_id)
    if live.agent_person_id is not None:
        return Channel(address, "")
    mobile = db.scalar(
        select(ContactPoint.normalised)
        .where(
            ContactPoint.person_id == live.person_id,
            ContactPoint.kind == ContactKind.mobile,
            ContactPoint.verified_at.is_not(None),
            is_open(),
        )
        .order_by(ContactPoint.is_preferred.desc(), ContactPoint.id)
        .limit(1)
    )
    return Channel(address, mobile or "")


def _renew(db: Session, via: str) -> None:
    """Go on under a new session id, as after every proof (ASVS 5, 7.2.4)."""
    here, live = sessions.current(), sessions.live()
    if live is None or live.identity_id is None or here.hashed is None:
        raise Refused("You are signed out. Sign in again and go on from there.")
    place = None
    if live.organisation_id is not None and live.person_id is not None:
        place = Seat(live.organisation_id, live.person_id, live.agent_person_id)
    moment = now()
    kept_sessions.end(db, here.hashed, "renewed after a proof")
    token = kept_sessions.open_artist(
        db,
        identity_id=live.identity_id,
        seat=place,
        device=sessions.device(),
        stepped_up_at=moment,
    )
    here.begin(token)
    here[VIA] = via
    g.stepped_up_at = moment
