"""How promises are written on the desk: what each is about, asked for once for all of a page."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, g, url_for
from markupsafe import escape

from admin.links import href_to
from app.db.session import session
from app.domain.promise_words import sentence
from app.domain.providers import OWN, PORTS, Port, name_of, port_of
from app.models import OutboxMessage
from app.services.promise_subjects import Subject, subjects_of


def choices() -> Mapping[str, str]:
    """Return who serves each need, as this product is configured."""
    house = current_app.config["HOUSE"]
    return {port.name: getattr(house, port.name) for port in PORTS}


def provider_of(kind: str) -> str:
    """Return what the provider of a kind of promise is called."""
    port = port_of(kind)
    return name_of(OWN.name if port is OWN else choices()[port.name])


def name_at(port: Port) -> str:
    """Return who serves a need, and which: Xero, Payables."""
    if port is OWN:
        return OWN.label
    return f"{name_of(choices()[port.name])}, {port.label.lower()}"


class Said:
    """The sentence of a promise, put together when the page is drawn: then all of them are known."""

    def __init__(self, message: OutboxMessage) -> None:
        self._message = message
        g.setdefault("promises_shown", []).append(message)

    def __str__(self) -> str:
        return said(self._message, _subject(self._message))

    def __html__(self) -> str:
        return str(escape(str(self)))


def said(message: OutboxMessage, subject: Subject) -> str:
    """Say what a promise is: Bill CL-0231 for Petra Novak to Xero."""
    port = port_of(message.kind)
    choice = OWN.name if port is OWN else choices()[port.name]
    return sentence(message.kind, subject.name, choice)


def subject_of(message: OutboxMessage) -> Subject:
    """Return what one promise is about."""
    return subjects_of(session(), [message]).get(message.id, Subject(""))


def href_of_subject(message: OutboxMessage, subject: Subject) -> str:
    """Return the page of what a promise is about; empty where there is none to show."""
    if subject.kind:
        return href_to(subject.kind, subject.record_id)
    return ""


def href_of(message: OutboxMessage) -> str:
    """Return the page of a promise."""
    return url_for("OutboxView.show", key=message.id)


def _subject(message: OutboxMessage) -> Subject:
    known: dict[Any, Subject] | None = g.get("promise_subjects")
    if known is None or message.id not in known:
        known = g.promise_subjects = subjects_of(session(), g.promises_shown)
    return known.get(message.id, Subject(""))


def install(app: Flask) -> None:
    """Let templates call providers by their names, and write out what was said."""
    app.add_template_filter(name_of, "provider")
    app.add_template_filter(spelt_out)


def spelt_out(value: Any) -> str:
    """Write what was said as it is read: in lines, and with the letters of every language."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
