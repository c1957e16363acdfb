"""Who is there: Flask's session over rows, in two cookies chosen by the part of the house.

Decision 22 of architecture.md: ``__Host-staff`` under ``/admin/``, ``__Host-artist`` under
``/portal/``, opaque ids, rows in PostgreSQL. Somebody not signed in has only ``__Host-pre``, a short
signed cookie with a random name for the browser (reliability.md C2) and what a form needs.
"""

import secrets
from copy import deepcopy
from datetime import timedelta
from typing import Any, Final, cast

from flask import Flask, Request, Response, request
from flask.globals import request_ctx
from flask.sessions import SessionInterface, SessionMixin
from flask_login import UserMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict

from app.db.clock import now
from app.db.session import factory
from app.db.session import session as house_session
from app.domain.sign_in import SESSION_LIMITS, SessionKind
from app.services import sessions
from app.services.sessions import LiveSession, fingerprint
from app.session_cache import Buried, SessionCache

COOKIES: Final = {SessionKind.staff: "__Host-staff", SessionKind.artist: "__Host-artist"}
PRE: Final = "__Host-pre"
DEVICE: Final = "__Host-device"
PRE_SECONDS: Final = 24 * 3600
DEVICE_SECONDS: Final = 400 * 24 * 3600
TOUCH_EVERY: Final = timedelta(minutes=1)

NO_SESSION: Final = ("/hooks/", "/api/", "/feeds/", "/health/", "/metrics", "/static/")
"""Where machines knock and files are fetched: no cookie is read or set there."""

TRAIL: Final = "page_history"
"""FAB notes every page here; it is kept in Redis alone, so that looking writes no row."""

UNKEPT: Final = frozenset({TRAIL, "_user_id", "_fresh", "_id", "_remember", "locale"})
"""What follows from the row or is not worth one."""


class SignedInArtist(UserMixin):
    """An address that is signed in to the portal, as flask-login sees it. It has no staff role."""

    roles: tuple[()] = ()
    groups: tuple[()] = ()

    def __init__(self, live: LiveSession) -> None:
        self.live = live

    def get_id(self) -> str:
        """Return the namespaced id, which no staff view takes."""
        return f"artist:{self.live.public_id}"


class HouseSession(CallbackDict[str, Any], SessionMixin):
    """What a request knows of its visitor: a live row behind it, or only the browser's own cookie."""

    def __init__(
        self,
        kind: SessionKind | None,
        data: dict[str, Any] | None = None,
        *,
        live: LiveSession | None = None,
        hashed: bytes | None = None,
        browser: str = "",
    ) -> None:
        super().__init__(data or {}, _note_change)
        self.kind = kind
        self.live = live
        self.hashed = hashed
        self.browser = browser
        self.browser_is_new = False
        self.fresh_token: str | None = None
        self.over = False
        # Copied whole: Flask appends a second message to the list that holds the first.
        self.before = deepcopy(kept(self))
        self.trail = deepcopy(self.get(TRAIL))
        self.modified = False

    def begin(self, token: str) -> None:
        """Continue under a session just opened: nothing of what was before is carried over."""
        self.clear()
        self.fresh_token, self.hashed, self.live, self.over = token, fingerprint(token), None, False

    def finish(self) -> None:
        """Let the browser forget the session; the row was ended by a service."""
        self.clear()
        self.hashed, self.live, self.fresh_token, self.over = None, None, None, True


def _note_change(changed: "CallbackDict[str, Any]") -> None:
    cast("HouseSession", changed).modified = True


def kept(data: "CallbackDict[str, Any]") -> dict[str, Any]:
    """Return what of a session's data is worth a row."""
    return {name: value for name, value in data.items() if name not in UNKEPT}


def current() -> HouseSession:
    """Return the session of this request."""
    found = request_ctx.session
    if not isinstance(found, HouseSession):
        raise TypeError("This request has no session of ours.")
    return found


def live() -> LiveSession | None:
    """Return the signed-in session of this request, if somebody is signed in."""
    found = request_ctx.session
    return found.live if isinstance(found, HouseSession) else None


def browser_hash() -> bytes:
    """Return the hash that names this browser, giving it a name first if it has none."""
    here = current()
    if not here.browser:
        here.browser, here.browser_is_new = secrets.token_urlsafe(32), True
    return fingerprint(here.browser)


def known_browser_hash() -> bytes | None:
    """Return the hash that names this browser, or None where it has never been given a name."""
    browser = current().browser
    return fingerprint(browser) if browser else None


def device() -> sessions.Device:
    """Return what this request tells about the browser that sent it."""
    return sessions.Device(
        ip=request.remote_addr or "",
        user_agent=request.user_agent.string,
        label=device_label(request.user_agent.string),
    )


def device_label(user_agent: str) -> str:
    """Name a browser in words a person recognises: Safari on iPhone."""
    browsers = (("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
                ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
                ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
               ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip
    browser = next((name for mark, name in browsers if mark in user_agent), "A browser")
    system = next((name for mark, name in systems if mark in user_agent), "an unknown device")
    return f"{browser} on {system}"


class RowSessions(SessionInterface):
    """Reads a request's session from the cache or its row, and keeps what changed."""

    def __init__(self, cache: SessionCache, secret_key: str) -> None:
        self._cache = cache
        self._signer = URLSafeTimedSerializer(secret_key, salt="pre-session")

    def open_session(self, app: Flask, request: Request) -> HouseSession:
        """Find out who is there."""
        kind = kind_of(request.path)
        if kind is None:
            return HouseSession(None)
        browser, data = self._read_pre(request)
        token = request.cookies.get(COOKIES[kind])
        if not token:
            return HouseSession(kind, data, browser=browser)
        hashed = fingerprint(token)
        found, trail = self._find(hashed, kind)
        if found is None:
            gone = HouseSession(kind, data, browser=browser)
            gone.over = True
            return gone
        data = {**found.session_data, "_user_id": _user_id(found), "_fresh": True}
        if trail is not None:
            data[TRAIL] = trail
        return HouseSession(kind, data, live=found, hashed=hashed, browser=browser)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed: a visit at most once a minute, data when there is new data."""
        here = cast("HouseSession", session)
        if here.kind is None:
            return
        response.vary.add("Cookie")
        if here.over:
            response.delete_cookie(COOKIES[here.kind], secure=True, httponly=True, samesite="Lax")
        if here.hashed is not None:
            self._keep(here, here.kind, here.hashed, response)
        self._keep_pre(here, response)

    def _find(self, hashed: bytes, kind: SessionKind) -> tuple[LiveSession | None, Any]:
        try:
            found, trail = self._cache.find(hashed)
        except Buried:
            return None, None
        if found is None:
            found = sessions.find(house_session(), hashed)
            if found is not None:
                self._cache.remember(hashed, found)
        moment = now()
        if found is None or found.kind is not kind:
            return None, None
        if min(found.expires_at, found.idle_expires_at) <= moment:
            return None, None
        return found, trail

    def _keep(
        self, here: HouseSession, kind: SessionKind, hashed: bytes, response: Response
    ) -> None:
        data = kept(here)
        if here.fresh_token is not None:
            longest = SESSION_LIMITS[kind].absolute
            response.set_cookie(
                COOKIES[kind],
                here.fresh_token,
                max_age=longest if kind is SessionKind.artist else None,
                secure=True,
                httponly=True,
                samesite="Lax",
            )
        seen = here.live.last_seen_at if here.live is not None else None
        is_due = seen is None or now() - seen >= TOUCH_EVERY
        if data != here.before or here.fresh_token is not None or is_due:
            # The view's work is committed or refused by now; what still pends must not be kept.
            house_session.rollback()
            with factory.begin() as db:
                sessions.keep(db, hashed, kind, data if data != here.before else None)
            self._cache.forget(hashed)
        if here.get(TRAIL) != here.trail:
            self._cache.keep_trail(hashed, here.get(TRAIL))

    def _read_pre(self, request: Request) -> tuple[str, dict[str, Any]]:
        try:
            made = self._signer.loads(request.cookies.get(PRE, ""), max_age=PRE_SECONDS)
        except BadSignature:
            return "", {}
        return made["browser"], made["data"]

    def _keep_pre(self, here: HouseSession, response: Response) -> None:
        is_signed_in = here.hashed is not None
        data = {} if is_signed_in else kept(here)
        if not here.browser_is_new and (is_signed_in or data == here.before):
            return
        made = self._signer.dumps({"browser": here.browser, "data": data})
        response.set_cookie(
            PRE,
            made,
            max_age=PRE_SECONDS,
            secure=True,
            httponly=True,
            samesite="Lax",
        )


def kind_of(path: str) -> SessionKind | None:
    """Tell which of the two sessions a path belongs to; machines have none."""
    if path.startswith(NO_SESSION):
        return None
    if path == "/portal" or path.startswith("/portal/"):
        return SessionKind.artist
    return SessionKind.staff


def _user_id(found: LiveSession) -> str:
    if found.kind is SessionKind.staff:
        return f"staff:{found.user_id}"
    return f"artist:{found.public_id}"
