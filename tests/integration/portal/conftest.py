"""People who sign in to the portal, and what stands in their letters."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.db.clock import now
from app.domain.codes import show_code
from app.domain.people import EngagementStatus
from app.domain.schedules import CallStatus, CallType
from app.models import (
    Call,
    CallAssignment,
    CallSnapshot,
    Engagement,
    Organisation,
    Person,
    Production,
    ScheduleVersion,
    Venue,
)
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
            select(OutboxMessage)
            .where(OutboxMessage.kind.like("%.sign_in"))
            .order_by(OutboxMessage.id.desc())
            .limit(1)
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


@dataclass(slots=True)
class Tour:
    """A production at a place where it is now about noon, so that a day lies around the test."""

    session: Session
    production: Production
    venue: Venue
    zone: str

    @property
    def local_now(self) -> datetime:
        """Return the hour there."""
        return now().astimezone(ZoneInfo(self.zone)).replace(second=0, microsecond=0)

    def engage(self, person: Person, *, production: Production | None = None) -> Engagement:
        """Engage somebody for a year around today."""
        made = Engagement(
            organisation_id=person.organisation_id,
            number=f"ENG-{next(_numbers)}",
            person_id=person.id,
            production_id=(production or self.production).id,
            status=EngagementStatus.confirmed,
            starts_on=self.local_now.date() - timedelta(days=180),
            ends_on=self.local_now.date() + timedelta(days=180),
        )
        self.session.add(made)
        self.session.commit()
        return made

    def call(self, *engaged: Engagement, hours: float = 2, **facts: Any) -> Call:
        """Call people ``hours`` from now, for an hour."""
        begins = self.local_now + timedelta(hours=hours)
        ends = begins + timedelta(hours=1)
        made = Call(
            **{
                "organisation_id": self.production.organisation_id,
                "production_id": self.production.id,
                "type": CallType.rehearsal,
                "title": "Spacing call",
                "venue_id": self.venue.id,
                "day_of": begins.date(),
                "local_start": begins.time(),
                "local_end": ends.time(),
                "zone": self.zone,
                "starts_at": begins,
                "ends_at": ends,
                "status": CallStatus.published,
                **facts,
            }
        )
        made.assignments = [
            CallAssignment(organisation_id=made.organisation_id, engagement_id=each.id)
            for each in engaged
        ]
        self.session.add(made)
        self.session.commit()
        return made

    def publish(self, call: Call, number: int = 1) -> ScheduleVersion:
        """Put a call as it stands into a version of the schedule."""
        version = ScheduleVersion(
            organisation_id=call.organisation_id, production_id=call.production_id, number=number,
            published_at=now(), published_by="staff:1", starts_on=call.day_of, ends_on=call.day_of,
        )  # fmt: skip
        facts = {
            "day_of": call.day_of.isoformat(), "type": call.type, "title": call.title,
            "venue": str(self.venue), "space": None, "time_kind": call.time_kind, "zone": call.zone,
            "local_start": f"{call.local_start:%H:%M}", "local_end": f"{call.local_end:%H:%M}",
            "starts_at": call.starts_at.isoformat(), "ends_at": call.ends_at.isoformat(),
            "note": call.note, "status": call.status, "cancelled_reason": call.cancelled_reason,
            "called": [each.engagement_id for each in call.assignments],
        }  # fmt: skip
        version.snapshots = [
            CallSnapshot(organisation_id=call.organisation_id, call_id=call.id, facts=facts)
        ]
        self.session.add(version)
        self.session.commit()
        return version


@pytest.fixture
def tour(owner_session: Session, organisation: Organisation) -> Tour:
    """Return a production on tour."""
    ahead = 12 - now().hour
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
    production = Production(organisation_id=organisation.id, code="GIS", title="Giselle")
    venue = Venue(organisation_id=organisation.id, name="Her Majesty’s", city="Adelaide", zone=zone)
    owner_session.add_all([production, venue])
    owner_session.commit()
    return Tour(owner_session, production, venue, zone)
