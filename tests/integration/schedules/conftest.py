"""A production on tour, people engaged for it, and the form of a call as a browser sends it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.people import EngagementStatus
from app.models import Call, Engagement, Message, Organisation, Person, Production, Venue
from app.services.schedules import plan
from tests.fixtures_sign_in import Browser, address_for

_numbers = itertools.count(1)


@dataclass(slots=True)
class House:
    """What the schedule is about."""

    session: Session
    organisation: Organisation
    production: Production
    venue: Venue

    def engage(self, name: str, *, email: str = "", person: Person | None = None) -> Engagement:
        """Engage somebody for the whole of the two seasons."""
        number = next(_numbers)
        one = person or Person(
            organisation_id=self.organisation.id, name=name, name_key=f"{name} {number}"
        )
        self.session.add(one)
        self.session.flush()
        if person is None:
            self.session.add(address_for(one, email or f"artist-{number}@house.example"))
        made = Engagement(
            organisation_id=self.organisation.id, number=f"ENG-{number}", person_id=one.id,
            production_id=self.production.id, status=EngagementStatus.confirmed,
            starts_on=date(2026, 9, 1), ends_on=date(2027, 6, 30),
        )  # fmt: skip
        self.session.add(made)
        self.session.commit()
        return made

    def in_zone(self, zone: str | None, name: str = "") -> Venue:
        """Return a venue in a zone."""
        made = Venue(organisation_id=self.organisation.id, name=name or f"House {zone}", zone=zone)
        self.session.add(made)
        self.session.commit()
        return made

    def calls(self) -> list[Call]:
        """Read the calls as they are kept."""
        self.session.rollback()
        self.session.expire_all()
        return list(self.session.scalars(select(Call).order_by(Call.id)))

    def letters(self) -> list[Message]:
        """Read what people were told, by address."""
        self.session.rollback()
        return list(self.session.scalars(select(Message).order_by(Message.id)))


@pytest.fixture(autouse=True)
def before_the_tour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan as somebody does before the days these tests are about: what is over is told to nobody."""
    monkeypatch.setattr(plan, "now", lambda: datetime(2026, 9, 1, tzinfo=UTC))


@pytest.fixture
def house(owner_session: Session, organisation: Organisation) -> House:
    """Return a production at Her Majesty's in Adelaide."""
    production = Production(
        organisation_id=organisation.id, code="GIS", title="Giselle",
        starts_on=date(2026, 9, 1), ends_on=date(2027, 6, 30),
    )  # fmt: skip
    venue = Venue(
        organisation_id=organisation.id, name="Her Majesty’s", city="Adelaide",
        zone="Australia/Adelaide",
    )  # fmt: skip
    owner_session.add_all([production, venue])
    owner_session.commit()
    return House(owner_session, organisation, production, venue)


@pytest.fixture
def planner(staff: Callable[..., Browser]) -> Browser:
    """Return the browser of somebody who plans."""
    return staff("Schedule")


@pytest.fixture
def enter(planner: Browser, house: House) -> Callable[..., TestResponse]:
    """Return a hand that fills in the form of a call: ``enter(local_start="14:00")``."""

    def fill(path: str = "/admin/calls/add", *, venue: Venue | None = None, **typed: Any) -> Any:
        at = venue or house.venue
        form = {
            "production": house.production.id,
            "production_words": "Giselle",
            "production_asked": "Giselle",
            "type": "rehearsal",
            "title": "Spacing call",
            "day_of": "2026-11-19",
            "time_kind": "exact",
            "local_start": "14:00",
            "local_end": "15:00",
            "venue": at.id,
            "venue_words": at.name,
            "venue_asked": at.name,
            "space_words": "",
            "space_asked": "",
            "zone": "",
            "note": "",
            "is_for_everyone": "y",
            **typed,
        }
        form = {name: value for name, value in form.items() if value is not None}
        return planner.send(path, form)

    return fill


@pytest.fixture
def publish(planner: Browser, house: House) -> Callable[..., TestResponse]:
    """Return a hand that looks at the page that publishes, then presses its button."""

    def press(**typed: str) -> TestResponse:
        path = f"/admin/schedule/publish/{house.production.id}?first=2026-09-01&last=2027-06-30"
        page = planner.get(path).text
        digest = page.partition('name="digest"')[2].partition('value="')[2].partition('"')[0]
        # It may be night in Adelaide when the tests run.
        return planner.send(path, {"digest": digest, "urgency": "now", **typed})

    return press
