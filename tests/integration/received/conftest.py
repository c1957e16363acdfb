"""A production on tour in the days ahead, with people who are called and versions that tell them."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.local_time import today_in
from app.domain.people import ContactKind, EngagementStatus
from app.domain.schedules import CallType, TimeKind
from app.models import (
    Call,
    CallNotice,
    ContactPoint,
    Engagement,
    Message,
    Organisation,
    Person,
    Production,
    ScheduleVersion,
    Space,
    Venue,
)
from app.services.schedules import entering, publishing
from tests.fixtures_sign_in import address_for

ADELAIDE = "Australia/Adelaide"
_numbers = itertools.count(1)


@dataclass(slots=True)
class Tour:
    """What is planned, published and told."""

    session: Session
    organisation: Organisation
    production: Production
    venue: Venue

    @property
    def today(self) -> date:
        """Return the day it is at the venue."""
        return today_in(ADELAIDE, now())

    @property
    def midnight(self) -> datetime:
        """Return an instant of the venue's clock."""
        return now().astimezone(ZoneInfo(ADELAIDE))

    @property
    def tomorrow(self) -> date:
        return self.today + timedelta(days=1)

    def engage(self, name: str, *, mobile: str = "", email: str | None = None) -> Engagement:
        """Engage somebody for a year around today."""
        number = next(_numbers)
        who = Person(organisation_id=self.organisation.id, name=name, name_key=f"{name} {number}")
        self.session.add(who)
        self.session.flush()
        if email != "":
            self.session.add(address_for(who, email or f"artist-{number}@tour.example"))
        if mobile:
            self.session.add(
                ContactPoint(
                    organisation_id=self.organisation.id, person_id=who.id,
                    kind=ContactKind.mobile, value=mobile, normalised=mobile,
                )
            )  # fmt: skip
        made = Engagement(
            organisation_id=self.organisation.id, number=f"ENG-{number}", person=who,
            production_id=self.production.id, status=EngagementStatus.confirmed,
            starts_on=self.today - timedelta(days=180), ends_on=self.today + timedelta(days=180),
        )  # fmt: skip
        self.session.add(made)
        self.session.commit()
        return made

    def call(self, title: str, start: str = "14:00", end: str = "15:00", **facts: Any) -> Call:
        """Plan a call of tomorrow for everybody."""
        called = facts.pop("called", None)
        made = Call(
            **{
                "organisation_id": self.organisation.id, "production": self.production,
                "type": CallType.rehearsal, "title": title, "venue": self.venue,
                "day_of": self.tomorrow, "time_kind": TimeKind.exact, "note": "",
                "local_start": time.fromisoformat(start) if start else None,
                "local_end": time.fromisoformat(end) if end else None,
                "start_day_offset": 0, "end_day_offset": 0, "starts_fold": 0,
                "is_for_everyone": called is None, **facts,
            }
        )  # fmt: skip
        self.session.add(made)
        if called is not None:
            made.called = called
        entering.enter(self.session, made)
        self.session.commit()
        return made

    def move(self, call: Call, start: str, end: str = "", **facts: Any) -> None:
        """Change the hours of a call, and whatever else."""
        call.local_start = time.fromisoformat(start)
        call.local_end = time.fromisoformat(end) if end else None
        for name, value in facts.items():
            setattr(call, name, value)
        entering.revise(self.session, call)
        self.session.commit()

    def publish(self, *, note: str = "", is_silent: bool = False) -> ScheduleVersion:
        """Publish a fortnight around today."""
        first, last = self.today - timedelta(days=4), self.today + timedelta(days=14)
        made = publishing.publish(
            self.session, self.production, first, last, by="staff:1", note=note, is_silent=is_silent
        )
        self.session.commit()
        return made

    def grow_old(self, minutes: int = 5) -> None:
        """Let time pass since everything that was published."""
        shift = text("UPDATE schedule_version SET published_at = published_at - :by")
        self.session.execute(shift, {"by": timedelta(minutes=minutes)})
        self.session.execute(
            text("UPDATE call_notice SET created_at = created_at - :by"),
            {"by": timedelta(minutes=minutes)},
        )
        self.session.commit()

    def notices(self, person: Person | None = None) -> list[CallNotice]:
        """Read what people were told, oldest first."""
        self.session.rollback()
        self.session.expire_all()
        asked = select(CallNotice).order_by(CallNotice.id)
        return list(
            self.session.scalars(
                asked.where(CallNotice.person_id == person.id) if person else asked
            )
        )

    def letters(self, event: str) -> list[Message]:
        """Read the letters of one kind."""
        self.session.rollback()
        self.session.expire_all()
        asked = select(Message).where(Message.event == event).order_by(Message.id)
        return list(self.session.scalars(asked))


@pytest.fixture
def tour(owner_session: Session, organisation: Organisation) -> Tour:
    """Return a production at Her Majesty's in Adelaide."""
    production = Production(organisation_id=organisation.id, code="GIS", title="Giselle")
    venue = Venue(
        organisation_id=organisation.id, name="Her Majesty’s", city="Adelaide", zone=ADELAIDE
    )
    venue.spaces = [Space(organisation_id=organisation.id, name="Stage")]
    owner_session.add_all([production, venue])
    owner_session.commit()
    return Tour(owner_session, organisation, production, venue)


@pytest.fixture
def noemie(tour: Tour) -> Engagement:
    """Return the engagement of an artist."""
    return tour.engage("Noémie Lefèvre", mobile="+61 400 000 001")


@pytest.fixture
def phone(phone_of: Callable[..., Any], noemie: Engagement) -> Any:
    """Return her phone."""
    return phone_of(noemie.person)
