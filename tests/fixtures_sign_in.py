"""Signed-in browsers for the tests: every test has them (``pytest_plugins`` in tests/conftest.py).

* ``organisation``: a company, its id and slug (``owner_session`` adds what else a test needs).
* ``person``: an artist of that company.
* ``staff("Contracts")``: a browser in which a member of staff with that role is signed in; more than
  one role may be named, and ``organisation_id=`` another company. ``.user_id`` tells who it is;
  ``browser.send("/admin/...", data)`` posts with the token of the session.
* ``phone_of(person)``: a browser in which the artist is signed in, stepped up if asked;
  ``phone_of(person, agent=other)`` for an agent's seat.

Both open a real session row and real cookies; only the typing of password or code is left out.
"""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, User
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.db import session as house
from app.db.clock import now
from app.domain.people import ContactKind, RepresentationScope
from app.models import (
    ContactPoint,
    Organisation,
    Person,
    PortalIdentity,
    Representation,
    StaffProfile,
)
from app.services import sessions

_numbers = itertools.count(1)


class Browser(FlaskClient):
    """A browser that keeps cookies and can answer forms."""

    user_id: int = 0
    csrf: str = ""

    def send(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Post a form as the page would, with the session's token."""
        if not self.csrf:
            self.csrf = token_of(self, path)
        return self.post(path, data={**(data or {}), "csrf_token": self.csrf}, **options)


def token_of(browser: FlaskClient, path: str = "/admin/") -> str:
    """Return a form token of the browser's session, made as a page would make it."""
    app = browser.application
    jar = browser._cookies
    headers = {"Cookie": "; ".join(f"{cookie.key}={cookie.value}" for cookie in jar.values())}
    with app.test_request_context(path, headers=headers) as context:
        token = generate_csrf()
        answer = app.response_class()
        app.session_interface.save_session(app, context.session, answer)
        house.forget()
    for header in answer.headers.getlist("Set-Cookie"):
        name, _, rest = header.partition("=")
        browser.set_cookie(name, rest.split(";")[0], secure=True)
    return token


@pytest.fixture
def organisation(owner_session: Session) -> Organisation:
    """Return a company."""
    number = next(_numbers)
    made = Organisation(
        name=f"Company {number}", slug=f"company-{number}", zone="Australia/Brisbane"
    )
    owner_session.add(made)
    owner_session.commit()
    return made


@pytest.fixture
def person(owner_session: Session, organisation: Organisation) -> Person:
    """Return an artist of the company."""
    made = Person(organisation_id=organisation.id, name="Noémie Lefèvre", name_key="lefevre noemie")
    owner_session.add(made)
    owner_session.commit()
    return made


@pytest.fixture
def seeded(app: Flask) -> Flask:
    """Return the product with roles and permissions written: its database is copied with them."""
    return app


@pytest.fixture
def staff(
    seeded: Flask, owner_session: Session, organisation: Organisation
) -> Callable[..., Browser]:
    """Return a maker of signed-in browsers of staff: ``staff("Finance")``."""

    def make(*roles: str, organisation_id: int | None = None, email: str = "") -> Browser:
        company = organisation_id or organisation.id
        user = user_of(owner_session, *(roles or ("Administrator",)), email=email)
        owner_session.add(
            StaffProfile(
                organisation_id=company,
                user_id=user.id,
                display_name=f"{user.first_name} {user.last_name}",
            )
        )
        owner_session.commit()
        with seeded.app_context(), house.transaction() as db:
            token = sessions.open_staff(
                db, user_id=user.id, organisation_id=company, device=sessions.Device()
            )
        house.forget()
        browser = browser_of(seeded)
        browser.set_cookie("__Host-staff", token, secure=True)
        browser.user_id = user.id
        return browser

    return make


@pytest.fixture
def phone_of(app: Flask, owner_session: Session) -> Callable[..., Browser]:
    """Return a maker of an artist's signed-in phone: ``phone_of(person)``."""

    def make(person: Person, *, agent: Person | None = None, stepped_up: bool = False) -> Browser:
        number = next(_numbers)
        identity = PortalIdentity(email=f"artist-{number}@example.com")
        reader = agent or person
        owner_session.add_all([identity, address_for(reader, identity.email)])
        if agent is not None and not represents(owner_session, agent, person):
            owner_session.add(representation_of(agent, person))
        owner_session.commit()
        seat = sessions.Seat(person.organisation_id, person.id, None if agent is None else agent.id)
        with app.app_context(), house.transaction() as db:
            token = sessions.open_artist(
                db,
                identity_id=identity.id,
                seat=seat,
                device=sessions.Device(),
                stepped_up_at=now() if stepped_up else None,
            )
        house.forget()
        phone = browser_of(app)
        phone.set_cookie("__Host-artist", token, secure=True)
        return phone

    return make


def address_for(reader: Person, email: str) -> ContactPoint:
    """Return the address that makes ``reader`` somebody who can sign in with it."""
    return ContactPoint(
        organisation_id=reader.organisation_id,
        person_id=reader.id,
        kind=ContactKind.email,
        value=email,
        normalised=email,
        verified_at=now(),
    )


def represents(session: Session, agent: Person, artist: Person) -> bool:
    """Tell whether the test gave the agent rights of its own choosing."""
    found = select(Representation).where(
        Representation.agent_id == agent.id, Representation.artist_id == artist.id
    )
    return session.scalars(found).first() is not None


def representation_of(agent: Person, artist: Person) -> Representation:
    """Return the right to do everything for an artist."""
    return Representation(
        organisation_id=artist.organisation_id,
        agent_id=agent.id,
        artist_id=artist.id,
        scopes=[scope.value for scope in RepresentationScope],
        starts_on=date(2020, 1, 1),
    )


def user_of(session: Session, *roles: str, email: str = "", password: str = "unset") -> User:
    """Add a user with roles, as the owner of the tables."""
    number = next(_numbers)
    address = email or f"staff-{number}@example.com"
    user = User(
        username=address, email=address, first_name="Sam", last_name=f"Staff {number}",
        active=True, password=password,
    )  # fmt: skip
    user.roles = list(session.scalars(select(Role).where(Role.name.in_(roles))))
    session.add(user)
    session.commit()
    return user


def browser_of(app: Flask) -> Browser:
    """Return a browser that nobody has signed in with yet."""
    app.test_client_class = Browser
    made = app.test_client()
    assert isinstance(made, Browser)
    return made
