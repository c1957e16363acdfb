"""Who is there: an address that is signed in, and the seat it looks from (domain.md 3.7, point 9)."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app import sessions
from app.db.clock import now
from app.db.session import act_as, session
from app.db.viewer import Viewer
from app.domain.people import RepresentationScope
from app.models.organisations import Organisation
from app.redirects import safe_target
from app.services.seats import SeatFound, address_of, seats_of
from app.services.sessions import LiveSession, Seat

P = ParamSpec("P")
View = Callable[P, str | AnyResponse]

FORBIDS: dict[RepresentationScope, str] = {
    RepresentationScope.view: "look at these pages",
    RepresentationScope.sign: "sign or decline contracts",
    RepresentationScope.claim: "claim expenses",
    RepresentationScope.paid: "see their money or change how they are paid",
}


class Taken:
    """The seat that a request looks from, and what may be done on it."""

    def __init__(self, found: SeatFound, others: int) -> None:
        self.found = found
        self.has_others = others > 0

    @property
    def title(self) -> str:
        """Return whose pages these are, for the bar."""
        if not self.found.agent_name:
            return self.found.artist_name
        return f"{self.found.artist_name}, by {self.found.agent_name}"

    @property
    def person_id(self) -> int:
        """Return the artist looked at."""
        return self.found.artist_id

    @property
    def reader_id(self) -> int:
        """Return who looks: the agent where it is an agent's seat, else the artist."""
        return self.found.seat.agent_person_id or self.found.artist_id

    @property
    def actor(self) -> str:
        """Return who answers for what is done here."""
        agent = self.found.seat.agent_person_id
        return f"artist:{self.person_id}" if agent is None else f"agent:{agent}"

    def may(self, scope: RepresentationScope) -> bool:
        """Tell whether the seat allows ``scope``; artists may do everything of their own."""
        return scope in self.found.scopes


def install(portal: Blueprint) -> None:
    """Ask at every page who is there, and let its templates know."""
    portal.before_request(greet)
    portal.after_request(_keep_private)
    portal.app_template_global("seat")(seat)
    portal.app_template_global("company_name")(company_name)


def greet() -> None:
    """Let the database show this seat's rows, and no others."""
    g.seat = None
    live = sessions.live()
    if live is None:
        act_as(Viewer(None, actor="visitor", request_id=g.get("request_id", "")))
        return
    act_as(Viewer(None, actor=f"address:{live.identity_id}", request_id=g.get("request_id", "")))
    g.seat = _seat_of(session(), live)
    if g.seat is not None:
        act_as(_viewer(g.seat))


def seat() -> Taken | None:
    """Return the seat of this request, if one is taken."""
    taken: Taken | None = g.get("seat")
    return taken


def taken() -> Taken:
    """Return the seat of this request; only behind ``needs_seat``."""
    found = seat()
    if found is None:
        raise LookupError("This page forgot to ask for a seat.")
    return found


def company(db: Session) -> Organisation:
    """Return the company that the seat belongs to."""
    return db.get_one(Organisation, taken().found.seat.organisation_id)


def company_name() -> str:
    """Return whose portal this is: the seat's company, or the product before anybody is known."""
    here = seat()
    return "BIG Live" if here is None else here.found.organisation_name


def seats(db: Session, live: LiveSession) -> list[SeatFound]:
    """Return the seats behind the address of a session, as of now."""
    if live.identity_id is None:
        return []
    return seats_of(db, address_of(db, live.identity_id), now())


def on_a_seat(view: View[P]) -> View[P]:
    """Let a view be seen from any seat; anybody else is asked to sign in or to choose one."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> str | AnyResponse:
        if seat() is not None:
            return view(*args, **kwargs)
        if sessions.live() is None:
            return turn_away()
        return redirect(url_for("portal.seats", next=wish()), 303)

    return guarded


def needs_seat(view: View[P]) -> View[P]:
    """Let a view be seen only from a seat that may look at the artist's pages."""
    return needs_scope(RepresentationScope.view)(view)


def needs_scope(scope: RepresentationScope) -> Callable[[View[P]], View[P]]:
    """Let a view be used only where the seat allows ``scope``, and else say what is missing."""

    def guard(view: View[P]) -> View[P]:
        @on_a_seat
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> str | AnyResponse:
            here = taken()
            if here.may(scope):
                return view(*args, **kwargs)
            page = render_template("portal/not_yours.html", seat_taken=here, deed=FORBIDS[scope])
            return make_response(page, 403)

        return guarded

    return guard


def turn_away() -> Response:
    """Ask a stranger to sign in, and remember where they wanted to go."""
    return make_response(render_template("portal/sign_in/ask.html", next=wish()), 401)


def wish() -> str:
    """Return the page a visitor asked for, to go there after the sign-in."""
    return request.full_path.rstrip("?") if request.method == "GET" else ""


def inside(path: str) -> str:
    """Return ``path`` if it is a page of this portal to go on to, else the first page."""
    first = url_for("portal.home")
    wanted = safe_target(path, first, under="/portal/")
    return first if wanted.startswith(("/portal/in", "/portal/sign-")) else wanted[:500]


def zone_typed(name: str) -> str:
    """Return the zone that a browser names, if there is such a zone."""
    try:
        return ZoneInfo(name.strip()[:64]).key if name.strip() else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def _seat_of(db: Session, live: LiveSession) -> Taken | None:
    if live.organisation_id is None or live.person_id is None:
        return None
    wanted = Seat(live.organisation_id, live.person_id, live.agent_person_id)
    # Asked anew each time: a representation that has ended ends the seat with it.
    known = seats(db, live)
    found = next((each for each in known if each.seat == wanted), None)
    return None if found is None else Taken(found, len(known) - 1)


def _viewer(taken_seat: Taken) -> Viewer:
    place = taken_seat.found.seat
    is_agent = place.agent_person_id is not None
    return Viewer(
        place.organisation_id,
        actor=taken_seat.actor,
        artist_id=place.person_id,
        on_behalf_of=f"artist:{place.person_id}" if is_agent else "",
        request_id=g.get("request_id", ""),
    )


def _keep_private(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
