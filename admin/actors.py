"""Who did it, by name: the audit log keeps ``staff:7``; a page says Ruth Adeyemi."""

from flask import Flask, g
from sqlalchemy import select

from app.db.session import session
from app.models import Person, StaffProfile


def actor_name(actor: str) -> str:
    """Return the name behind an actor; read once a request for each."""
    known: dict[str, str] = g.setdefault("actor_names", {})
    if actor not in known:
        known[actor] = _read(actor)
    return known[actor]


def _read(actor: str) -> str:
    kind, _, key = actor.partition(":")
    if kind == "task" or not key.isdigit():
        return "The portal" if kind in ("task", "database") else actor
    column = StaffProfile.display_name if kind == "staff" else Person.name
    owner = StaffProfile.user_id if kind == "staff" else Person.id
    return session.scalar(select(column).where(owner == int(key))) or actor


def install(app: Flask) -> None:
    """Give templates the names."""
    app.add_template_filter(actor_name, "actor")
