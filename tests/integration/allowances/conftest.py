"""A company on tour with signed contracts, whose schedule is published for real."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.contracts import ContractStatus, EntitlementKind, TermSource
from app.domain.people import EngagementStatus
from app.domain.schedules import CallType, TimeKind
from app.models import (
    AllowanceLine,
    Call,
    Contract,
    Engagement,
    Entitlement,
    Organisation,
    Person,
    Production,
    TermSet,
    Venue,
)
from app.services.allowances import confirming
from app.services.allowances.planning import plan_run
from app.services.schedules.entering import cancel, enter
from app.services.schedules.plan import plan
from app.services.schedules.publishing import publish
from tests.integration.expenses.conftest import worker  # noqa: F401  a fixture of ours too

MONDAY = date(2026, 11, 16)


@dataclass
class Touring:
    """A production with venues; calls are entered and published by the services."""

    db: Session
    organisation: Organisation
    production: Production
    venues: dict[str, Venue]

    def hire(
        self, name: str, *, rate: str | None = "96", home: str = "Brisbane", **facts: Any
    ) -> Engagement:
        """Engage somebody, with a signed contract that gives a per diem; rate None: the place's."""
        own = {"organisation_id": self.organisation.id}
        person = facts.pop("person", None) or Person(**own, name=name, name_key=name.lower())
        self.db.add(person)
        self.db.flush()
        made = Engagement(
            **{
                **own, "number": f"ENG-{person.id:04}{facts.pop('mark', '')}", "person_id": person.id,
                "production_id": self.production.id, "status": EngagementStatus.confirmed,
                "starts_on": MONDAY - timedelta(days=30), "ends_on": MONDAY + timedelta(days=60),
                "currency": "AUD", "fee": Decimal(1000), "home_base": home, **facts,
            }
        )  # fmt: skip
        amount = Decimal(rate) if rate is not None else None
        made.entitlements.append(
            Entitlement(**own, kind=EntitlementKind.per_diem, amount=amount, currency="AUD", rule="a day on tour")
        )  # fmt: skip
        self.db.add(made)
        self.db.flush()
        self.db.add(
            Contract(**own, number=f"C-2026-{made.id:04}", title="Giselle", engagement_id=made.id,
                     status=ContractStatus.executed, executed_at=now())
        )  # fmt: skip
        self.db.commit()
        return made

    def amend(self, engagement: Engagement, rate: str, effective_from: date) -> TermSet:
        """Let other terms be in force from a day on."""
        count = len(
            self.db.scalars(select(TermSet.id).where(TermSet.engagement_id == engagement.id)).all()
        )
        made = TermSet(
            organisation_id=engagement.organisation_id, engagement_id=engagement.id, number=count + 1,
            effective_from=effective_from, source=TermSource.engagement, source_id=engagement.id,
            terms={"entitlements": [{"kind": "per_diem", "amount": rate, "cap": None, "currency": "AUD", "rule": ""}]},
            recorded_at=now(),
        )  # fmt: skip
        self.db.add(made)
        self.db.commit()
        return made

    def call(
        self,
        day: date,
        city: str = "Adelaide",
        kind: CallType = CallType.rehearsal,
        *called: Engagement,
    ) -> int:
        """Enter a call of a whole day's people, or of those named; return its id."""
        with self.acting() as db:
            timed = kind is not CallType.day_off
            made = Call(
                organisation_id=self.organisation.id, production=db.get_one(Production, self.production.id),
                venue=db.get_one(Venue, self.venues[city].id), type=kind, title="", day_of=day,
                time_kind=TimeKind.exact if timed else TimeKind.tbc, local_start=time(10) if timed else None,
                local_end=time(12) if timed else None, start_day_offset=0, end_day_offset=0, starts_fold=0,
                is_for_everyone=not called,
            )  # fmt: skip
            made.called = [db.get_one(Engagement, one.id) for one in called]
            db.add(made)
            enter(db, made)
            db.flush()
            return made.id

    def cancel(self, call_id: int) -> None:
        """Cancel a call."""
        with self.acting() as db:
            cancel(db, db.get_one(Call, call_id), "The hall is flooded.")

    def publish(self) -> int:
        """Publish everything; return the version's number."""
        with self.acting() as db:
            production = db.get_one(Production, self.production.id)
            first, last = MONDAY - timedelta(days=30), MONDAY + timedelta(days=60)
            warned = plan(db, production, first, last).open_warnings
            reasons = {one.key: "Everybody knows." for one in warned}
            return publish(db, production, first, last, by="Imogen", reasons=reasons).number

    def plan(
        self, first: date = MONDAY, last: date = MONDAY + timedelta(days=6), today: date = MONDAY
    ) -> Any:
        """Return what a run would write."""
        with self.acting() as db:
            return plan_run(db, db.get_one(Production, self.production.id), first, last, today)

    def confirm(
        self,
        first: date = MONDAY,
        last: date = MONDAY + timedelta(days=6),
        *,
        by: int,
        digest: str = "",
    ) -> Any:
        """Work a run out and confirm it."""
        with self.acting() as db:
            production = db.get_one(Production, self.production.id)
            if not digest:
                today = confirming.today_of(db, production)
                digest = plan_run(db, production, first, last, today).digest
            return confirming.confirm_run(
                db, production, first, last, digest=digest, by_user_id=by, by_name="Callum Reid"
            )

    def acting(self) -> Any:
        """Open a transaction as staff."""
        house.forget()
        house.act_as(Viewer(self.organisation.id, actor="staff:1"))
        return house.transaction()

    def lines(self, engagement: Engagement) -> list[tuple[int, str]]:
        """Return the lines of somebody, as day of the month and amount, in the order they were written."""
        self.db.rollback()
        self.db.expire_all()
        wanted = select(AllowanceLine).where(AllowanceLine.engagement_id == engagement.id)
        found = self.db.scalars(wanted.order_by(AllowanceLine.id))
        return [(line.day.day, f"{line.amount:.2f}") for line in found]


@pytest.fixture
def touring(app: Flask, owner_session: Session, organisation: Organisation) -> Touring:
    """Return a production on tour, with nothing published yet."""
    own = {"organisation_id": organisation.id}
    production = Production(**own, code="GIS", title="Giselle")
    zones = {
        "Adelaide": "Australia/Adelaide",
        "Perth": "Australia/Perth",
        "Brisbane": "Australia/Brisbane",
    }
    venues = {
        city: Venue(**own, name=f"Theatre {city}", city=city, zone=zone)
        for city, zone in zones.items()
    }
    owner_session.add_all([production, *venues.values()])
    owner_session.commit()
    return Touring(owner_session, organisation, production, venues)


@pytest.fixture
def finance(staff: Callable[..., Any]) -> Any:
    """Return the browser of somebody in finance."""
    return staff("Finance")
