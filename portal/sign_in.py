"""Signing in with a link or a code, as mail scanners cannot and people can (domain.md 3.7)."""

import math
import secrets
from dataclasses import dataclass, field

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app import limits, sessions
from app.db.clock import now
from app.db.session import transaction
from app.domain import codes
from app.domain.errors import Refused
from app.domain.sign_in import TokenPurpose
from app.services import sessions as kept_sessions
from app.services import sign_in
from app.services.seats import address_of, seats_of
from app.services.sessions import fingerprint
from app.services.sign_in import Asked, Attempt, Held, Outcome
from portal.gate import inside, zone_typed

TYPING = frozenset({Outcome.other_browser, Outcome.wrong_code, Outcome.invitation})
"""Where the code of the mail still helps."""


@dataclass(slots=True)
class CodePage:
    """What the page that takes a code shows."""

    link: str = ""
    email: str = ""
    next: str = ""
    code: str = ""
    error: str = ""
    asked: Asked | None = None
    held: Held | None = None
    is_other_browser: bool = False
    is_invitation: bool = False
    zone: str = field(default_factory=lambda: zone_typed(request.form.get("zone", "")) or "UTC")


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/sign-in", view_func=ask, endpoint="sign_in")
    portal.add_url_rule("/link", view_func=send, endpoint="send_link", methods=["POST"])
    portal.add_url_rule("/in", view_func=opened, methods=["GET"])
    portal.add_url_rule("/in", view_func=come_in, methods=["POST"])
    portal.add_url_rule("/in/again", view_func=again, endpoint="send_again", methods=["POST"])
    portal.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])


def ask() -> str | AnyResponse:
    """Show the form that asks for an address."""
    if sessions.live() is not None:
        return redirect(url_for("portal.home"), 303)
    return _quiet(render_template("portal/sign_in/ask.html", next=request.args.get("next", "")))


def send() -> Response:
    """Promise a link and a code. The answer is the same whoever is or is not known."""
    typed = request.form.get("email", "")
    try:
        address = codes.check_address(typed)
    except Refused as refusal:
        page = render_template(
            "portal/sign_in/ask.html",
            next=request.form.get("next", ""),
            typed=typed,
            error=refusal.reason,
        )
        return _quiet(page, 422)
    return _sent(address, inside(request.form.get("next", "")))


def opened() -> Response:
    """Answer a tap on the link, a scanner or a preview: nothing is looked up and nothing changes."""
    return _quiet(render_template("portal/sign_in/opened.html", page=CodePage()))


def come_in() -> AnyResponse:
    """Use up a link in the browser that asked for it, or a code that somebody typed."""
    link, typed = request.form.get("token", "").strip(), request.form.get("code")
    page = CodePage(link=link, email=request.form.get("email", ""), code=typed or "")
    code = ""
    if typed is not None:
        try:
            code = codes.check_code(typed)
        except Refused as refusal:
            page.error = refusal.reason
            return _code_page(page, 422)
    with transaction() as db:
        page.held = sign_in.look_at(db, link) if link else None
        attempt = sign_in.use_here(
            db,
            link=link,
            code=code,
            browser=sessions.known_browser_hash(),
            purpose=_purpose(page.held),
        )
        if attempt.outcome is Outcome.ok:
            return _welcome(db, attempt)
    return _explain(page, attempt.outcome)


def again() -> Response:
    """Send a new letter to where the old one went, in one tap.

    Where the old link came from another browser, nobody has typed an address in this one: a scanner
    that presses buttons may have come so far, and may open the new letter, too. That one is asked for
    under the browser's second name, so that its link alone opens nothing; its code does.
    """
    link = request.form.get("token", "")
    with transaction() as db:
        held = sign_in.look_at(db, link) if link else None
    if held is None:
        return send()
    is_own = held.browser is not None and held.browser == sessions.known_browser_hash()
    return _sent(held.email, inside(held.target), link_held=True, is_bound=is_own)


def sign_out() -> AnyResponse:
    """End this session, and have the browser drop what it kept."""
    here = sessions.current()
    if here.hashed is not None:
        with transaction() as db:
            kept_sessions.end(db, here.hashed, "signed out")
    return leave()


def leave() -> AnyResponse:
    """Let the browser forget the session, with everything it stored of it."""
    sessions.current().finish()
    answer = redirect(url_for("portal.sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _sent(address: str, target: str, *, link_held: bool = False, is_bound: bool = True) -> Response:
    zone = zone_typed(request.form.get("zone", "")) or "UTC"
    wait = _seconds_to_wait(address)
    if wait:
        error = f"We have sent several mails there already. The newest works; for another, wait {_minutes(wait)}."
        typed = "" if link_held else address
        page = render_template("portal/sign_in/ask.html", next=target, typed=typed, error=error)
        return _quiet(page, 429)
    here = sessions.browser_hash()
    with transaction() as db:
        asked = sign_in.ask(
            db,
            address=address,
            browser=here if is_bound else sign_in.second_name(here),
            device=sessions.device(),
            target=target,
            zone=zone,
        )
    sent = CodePage(email="" if link_held else address, asked=asked, next=target)
    return _quiet(render_template("portal/sign_in/sent.html", page=sent), 202)


def _seconds_to_wait(address: str) -> float:
    tries = limits.counters()
    network = tries.take(limits.LINK_NETWORK, "link", request.remote_addr or "")
    return max(network, tries.take(limits.LINK_ADDRESS, "link", address))


def _minutes(seconds: float) -> str:
    count = math.ceil(seconds / 60)
    return "1 minute" if count == 1 else f"{count} minutes"


def _welcome(db: Session, attempt: Attempt) -> AnyResponse:
    """Open a session under a new id; one seat is taken at once, several are shown."""
    if attempt.identity_id is None:
        raise LookupError("A link was used up for nobody.")
    address = address_of(db, attempt.identity_id)
    found = seats_of(db, address, now())
    here = sessions.current()
    if here.hashed is not None:
        kept_sessions.end(db, here.hashed, "signed in again")
    token = kept_sessions.open_artist(
        db,
        identity_id=attempt.identity_id,
        seat=found[0].seat if len(found) == 1 else None,
        device=sessions.device(),
    )
    secret = request.cookies.get(sessions.DEVICE) or secrets.token_urlsafe(32)
    label = sessions.device().label
    if not kept_sessions.meet_device(db, secret, label, identity_id=attempt.identity_id):
        sign_in.tell_of_device(db, address=address, label=label, session_hash=fingerprint(token))
    here.begin(token)
    target = inside(attempt.target)
    answer = redirect(target if len(found) == 1 else url_for("portal.seats", next=target), 303)
    answer.set_cookie(
        sessions.DEVICE,
        secret,
        max_age=sessions.DEVICE_SECONDS,
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return _headers(answer)


def _explain(page: CodePage, outcome: Outcome) -> Response:
    if outcome is Outcome.wrong_code:
        page.error = f"That is not the code in our newest e-mail. {_left(page.held)}"
    page.is_other_browser = outcome is Outcome.other_browser
    page.is_invitation = outcome is Outcome.invitation
    if outcome in TYPING:
        return _code_page(page, 422 if page.error else 200)
    held = page.held is not None
    text = render_template("portal/sign_in/over.html", page=page, outcome=outcome, held=held)
    return _quiet(text, 410)


def _purpose(held: Held | None) -> TokenPurpose:
    """Return what a link was made for; a step-up's code never opens the door."""
    is_invitation = held is not None and held.purpose is TokenPurpose.invitation
    return TokenPurpose.invitation if is_invitation else TokenPurpose.sign_in


def _left(held: Held | None) -> str:
    """Say how many tries are left, where the link tells which letter is meant."""
    left = codes.TRIES if held is None else codes.TRIES - held.tries - 1
    if left < 1:
        return "That was the last try. Have a new code sent."
    count = "" if held is None else f" You have {left} {'try' if left == 1 else 'tries'} left."
    return f"Look for the last one we sent.{count}"


def _code_page(page: CodePage, status: int) -> Response:
    return _quiet(render_template("portal/sign_in/code.html", page=page), status)


def _quiet(page: str, status: int = 200) -> Response:
    answer = make_response(page, status)
    _headers(answer)
    return answer


def _headers(answer: AnyResponse) -> AnyResponse:
    """Keep the address of a sign-in page from other sites, caches and search engines."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
