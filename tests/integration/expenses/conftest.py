"""An artist on tour with a phone, receipts to photograph, and finance to decide."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.contracts import EntitlementKind
from app.domain.people import EngagementStatus
from app.models import Engagement, Entitlement, Organisation, Person, Production
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.outbox import OutboxMessage
from config import Config
from tasks import couriers
from tasks.crew import engage
from tests.fixtures_sign_in import Browser


@pytest.fixture
def engaged(owner_session: Session, organisation: Organisation, person: Person) -> Engagement:
    """Return the artist's engagement, with a cap for taxis."""
    return engagement_of(owner_session, person, "ENG-0147")


@pytest.fixture
def phone(phone_of: Callable[..., Browser], person: Person, engaged: Engagement) -> Browser:
    """Return the artist's phone."""
    made = phone_of(person)
    made.get("/portal/")
    return made


@pytest.fixture
def mia(owner_session: Session, organisation: Organisation) -> Person:
    """Return a colleague on the same tour."""
    made = Person(organisation_id=organisation.id, name="Mia Calloway", name_key="calloway mia")
    owner_session.add(made)
    owner_session.commit()
    engagement_of(owner_session, made, "ENG-0148")
    return made


@pytest.fixture
def photo() -> Callable[..., bytes]:
    """Return a maker of photos: each seed is another receipt."""
    return photo_bytes


@pytest.fixture
def expense(photo: Callable[..., bytes]) -> Callable[..., dict[str, Any]]:
    """Return a maker of what a browser sends for an expense."""

    def make(**typed: Any) -> dict[str, Any]:
        return {
            "key": str(uuid4()), "kind": "taxi", "amount": "42.10", "currency": "AUD",
            "spent_on": (now().date() - timedelta(days=3)).isoformat(), "description": "Night tram had stopped",
            "photo": (BytesIO(photo(1)), "receipt.jpg"), "do": "send", **typed,
        }  # fmt: skip

    return make


@pytest.fixture
def sent(
    phone: Browser, expense: Callable[..., dict[str, Any]], owner_session: Session
) -> ExpenseClaim:
    """Return a claim with one taxi that the artist has sent."""
    answer = phone.send("/portal/expenses/new", expense())
    assert answer.status_code == 303
    return owner_session.scalars(select(ExpenseClaim)).one()


@pytest.fixture
def fresh(owner_session: Session) -> Callable[..., Any]:
    """Return a reader of rows as they are now."""

    def read(record: Any) -> Any:
        owner_session.expire_all()
        return owner_session.get_one(type(record), record.id)

    return read


@pytest.fixture
def worker(app: Flask, config: Config, owner_session: Session) -> Callable[[], int]:
    """Keep every promise that waits, as a worker would; return how many."""

    def run() -> int:
        crew = couriers.gather(engage(config))
        house.forget()
        bound = house.factory.kw["bind"]
        worked = house.bind(config.database_worker_url)
        count = 0
        try:
            while ids := _waiting(owner_session):
                for message_id in ids:
                    crew.run_message(str(message_id))
                    count += 1
        finally:
            house.forget()
            worked.dispose()
            house.factory.configure(bind=bound)
        return count

    return run


def _waiting(session: Session) -> list[Any]:
    session.rollback()
    # A text of the night waits for the morning.
    due = OutboxMessage.not_before <= func.clock_timestamp()
    waiting = select(OutboxMessage.id).where(OutboxMessage.state == "ready", due)
    return list(session.scalars(waiting.order_by(OutboxMessage.id)))


@pytest.fixture
def as_staff(app: Flask, organisation: Organisation) -> Callable[..., None]:
    """Let the house's session look as a member of staff."""

    def act(user_id: int) -> None:
        house.forget()
        house.act_as(Viewer(organisation.id, actor=f"staff:{user_id}"))

    return act


def lines_of(session: Session, claim: ExpenseClaim) -> list[ExpenseLine]:
    """Return the lines of a claim as they are now."""
    session.rollback()
    session.expire_all()
    found = select(ExpenseLine).where(ExpenseLine.claim_id == claim.id)
    return list(session.scalars(found.order_by(ExpenseLine.position)))


def engagement_of(session: Session, person: Person, number: str) -> Engagement:
    """Return a confirmed engagement around today."""
    today = now().date()
    own = {"organisation_id": person.organisation_id}
    production = Production(**own, title="Giselle", code=number)
    session.add(production)
    session.flush()
    made = Engagement(
        **own, number=number, person_id=person.id, production_id=production.id,
        status=EngagementStatus.confirmed, starts_on=today - timedelta(days=30),
        ends_on=today + timedelta(days=30), currency="AUD", fee=Decimal(21600),
    )  # fmt: skip
    made.entitlements.append(
        Entitlement(
            **own, kind=EntitlementKind.taxi, cap=Decimal(45), currency="AUD", rule="a ride"
        )
    )
    session.add(made)
    session.commit()
    return made


def photo_bytes(seed: int = 1, kind: str = "JPEG") -> bytes:
    """Return a photo of a receipt: stripes that differ from seed to seed."""
    picture = Image.new("RGB", (480, 640), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(12):
        width = 40 + (seed * 7919 + row * row * seed * 131) % 400
        draw.rectangle((20, 20 + row * 50, 20 + width, 50 + row * 50), fill=(30, row * 20, 90))
    out = BytesIO()
    picture.save(out, kind)
    return out.getvalue()
