"""The post room: what would have left the house, read by those who may.

Open to a client on this machine while only this machine reaches the product, and to a signed-in
Administrator for the letters of their own organisation (architecture.md section 2).
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from flask import Blueprint, Flask, abort, current_app, g, render_template, request

from app.db.session import viewer
from app.integrations.postroom import KeptItem, PostRoom

PASSED_ON: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""What a proxy adds (RFC 7239, RFC 9110 section 7.6.3)."""


def install(app: Flask) -> None:
    """Open the post room, if a post-room backend is on."""
    house = app.config["HOUSE"]
    if not house.has_postroom:
        return
    room = Blueprint("postroom", __name__, url_prefix="/postroom", template_folder="templates")
    room.add_url_rule("/", view_func=index, endpoint="index")
    room.add_url_rule("/<uuid:key>", view_func=show, endpoint="item")
    app.register_blueprint(room)


def index() -> str:
    """List what was kept, newest first."""
    return render_template("desk/postroom.html", items=list(_readable()), item=None)


def show(key: object) -> str:
    """Show one letter or text."""
    item = _room().item(str(key))
    if item is None or not _may_read(item):
        abort(404)
    return render_template("desk/postroom.html", items=[], item=item)


def _readable() -> Iterator[KeptItem]:
    if not _is_on_this_machine() and not _is_administrator():
        abort(404)
    return (item for item in _room().items() if _may_read(item))


def _room() -> PostRoom:
    house = current_app.config["HOUSE"]
    return PostRoom(house.var / "postroom")


def _may_read(item: KeptItem) -> bool:
    known = viewer()
    mine = None if known is None else known.organisation_id
    own = mine is not None and item.organisation_id == mine
    return _is_on_this_machine() or (_is_administrator() and own)


def _is_on_this_machine() -> bool:
    house = current_app.config["HOUSE"]
    # Through a proxy on this machine everybody seems to sit here: who was passed on, does not.
    passed_on = any(name in request.headers for name in PASSED_ON)
    return house.is_loopback and not passed_on and _address().is_loopback


def _is_administrator() -> bool:
    user = g.get("user")
    roles = getattr(user, "roles", ()) if user is not None else ()
    return any(role.name == "Administrator" for role in roles)


def _address() -> IPv4Address | IPv6Address:
    return ip_address(request.remote_addr or "::")
