"""People who sign in to the portal, and what stands in their letters."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.codes import show_code
from app.models import Organisation, Person
from app.models.outbox import OutboxMessage
from app.services.sign_in import pair_of
from tests.fixtures_sign_in import address_for

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Received:
    """What stands in the newest letter."""

    link: str
    code: str
    target: str = ""


@pytest.fixture
def browser(app: Flask) -> Callable[[], FlaskClient]:
    """Return a maker of browsers that nobody has signed in with."""
    return app.test_client


@pytest.fixture
def reader(owner_session: Session, organisation: Organisation) -> Callable[..., Person]:
    """Return a maker of people who read at an address: ``reader("me@example.com")``."""

    def make(email: str, *, name: str = "Noémie Lefèvre", is_agent: bool = False) -> Person:
        made = Person(
            organisation_id=organisation.id,
            name=name,
            name_key=f"{name} {next(_numbers)}",
            is_agent=is_agent,
        )
        owner_session.add(made)
        owner_session.flush()
        owner_session.add(address_for(made, email))
        owner_session.commit()
        return made

    return make


@pytest.fixture
def newest_letter(owner_session: Session) -> Callable[[], Received]:
    """Return what the newest promise of a letter will say."""

    def read() -> Received:
        owner_session.rollback()
        message = owner_session.scalars(
            select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)
        ).one()
        pair = pair_of(UUID(message.payload["letter"]))
        return Received(pair.link, show_code(pair.code))

    return read


def form_token(page: TestResponse) -> str:
    """Return the token against forged forms that a page carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def send(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Fill in and send a form, as a person does who has just loaded a page with it."""
    token = form_token(browser.get("/portal/in"))
    return browser.post(path, data={**fields, "csrf_token": token})


def ask(browser: FlaskClient, email: str, **fields: str) -> TestResponse:
    """Ask for a letter."""
    return send(browser, "/portal/link", email=email, **fields)
