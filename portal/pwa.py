"""The portal on a phone's home screen: its manifest, its worker, and being told there that something changed."""

from functools import cache
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    request,
    url_for,
)
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app import sessions
from app.assets import asset_url, shelf
from app.db.session import transaction
from app.domain.errors import Refused
from app.integrations.push.keys import public_key
from app.models.push import PushSubscription
from app.services import push
from portal import gate
from portal.gate import needs_seat

WORKER = "worker.js"


def routes(portal: Blueprint) -> None:
    """Name the pages of this room. The worker stands under /portal/: that is as far as it reaches."""
    portal.add_url_rule("/manifest.webmanifest", view_func=manifest)
    portal.add_url_rule("/worker.js", view_func=worker)
    portal.add_url_rule("/push", "push_subscribe", subscribe, methods=["POST"])
    portal.add_url_rule("/push/<uuid:phone>/end", "push_end", end, methods=["POST"])


def manifest() -> Response:
    """Say how the portal looks on a home screen. It names no company: anybody may read it."""
    icons = [
        {"src": asset_url(name), "sizes": sizes, "type": media, "purpose": purpose}
        for name, sizes, media, purpose in (
            ("mark.svg", "any", "image/svg+xml", "any"),
            ("icon-192.png", "192x192", "image/png", "any"),
            ("icon-512.png", "512x512", "image/png", "any maskable"),
        )
    ]
    answer = jsonify(
        id="/portal/",
        name="BIG Live",
        short_name="BIG Live",
        start_url="/portal/",
        scope="/portal/",
        display="standalone",
        background_color="#ffffff",
        theme_color="#8a1c4c",
        icons=icons,
    )
    answer.content_type = "application/manifest+json"
    return answer


def worker() -> Response:
    """Hand out the worker that shows notices; the browser asks for it anew by itself."""
    answer = Response(shelf().assets[WORKER].body, content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@needs_seat
def subscribe() -> AnyResponse:
    """Tell whoever looks, artist or agent, on this browser from now on."""
    if not push_key():
        abort(404)
    typed = request.form
    hosts = current_app.config["HOUSE"].vendor["PUSH_HOSTS"].replace(",", " ").split()
    try:
        with transaction() as db:
            push.subscribe(
                db,
                organisation_id=gate.company(db).id,
                person_id=gate.taken().reader_id,
                endpoint=typed.get("endpoint", ""),
                point=typed.get("point", ""),
                secret=typed.get("secret", ""),
                label=sessions.device_label(request.user_agent.string),
                hosts=tuple(hosts),
            )
    except Refused as refusal:
        flash(refusal.reason, "error")
    else:
        flash("This phone is told from now on.", "success")
    return redirect(url_for("portal.you"), 303)


@needs_seat
def end(phone: UUID) -> AnyResponse:
    """Tell whoever looks nothing more on a phone."""
    with transaction() as db:
        known = db.scalars(
            select(PushSubscription).where(
                PushSubscription.public_id == phone, PushSubscription.ended_at.is_(None)
            )
        ).one_or_none()
        if known is None:
            abort(404)
        push.end(known, "its owner stopped it")
    flash("That phone is told nothing more.", "success")
    return redirect(url_for("portal.you"), 303)


def phones(db: Session) -> list[PushSubscription]:
    """Return the phones on which whoever looks is told."""
    return push.devices(db, gate.taken().reader_id) if push_key() else []


def push_key() -> str:
    """Return the key a browser subscribes with; nothing where the product has none."""
    private: str = current_app.config["HOUSE"].vapid_private_key
    return _public(private) if private and gate.seat() is not None else ""


@cache
def _public(private: str) -> str:
    return public_key(private)
