"""The demo company at the size of a large one: 1,200 artists on its tour, 10,000 contracts, and their claims."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from app.cli.demo.story import SLUG
from app.db.clock import now
from app.domain.people import ContactKind, EngagementStatus
from app.models import (
    ContactPoint,
    Engagement,
    ExpenseClaim,
    Organisation,
    PortalIdentity,
    Production,
    RoleAssignment,
    StaffProfile,
)
from tests.bench import rows
from tests.bench.expense_rows import WRITE_LINES

TOUR = "GIS"
"""The production of the demo whose calls are for everybody."""
LINES = 5
"""Expenses on one claim; every artist has one claim."""


def enlarge(superuser: Engine) -> dict[str, Any]:
    """Write the rows, none of them into the audit; return who may sign in to what."""
    with Session(superuser) as db:
        db.execute(text("SET LOCAL session_replication_role = replica"))
        company = db.scalars(select(Organisation).where(Organisation.slug == SLUG)).one()
        own = {"organisation_id": company.id}
        people = rows.engage(db, own)
        engagements = _on_tour(db, people, own)
        _claims(db, engagements, own)
        seats = _addresses(db, people, own)
        staff = list(
            db.scalars(
                select(StaffProfile.user_id).where(StaffProfile.organisation_id == company.id)
            )
        )
        db.commit()
        found = {"organisation": company.id, "seats": seats, "staff": staff}
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return found


def _on_tour(db: Session, people: list[int], own: dict[str, Any]) -> list[int]:
    """Engage everybody for the tour, whose published calls are then on their phones."""
    tour = db.scalars(
        select(Production).where(
            Production.organisation_id == own["organisation_id"], Production.code.startswith(TOUR)
        )
    ).first()
    if tour is None or tour.starts_on is None or tour.ends_on is None:
        raise SystemExit("The demo company has no tour to engage anybody for.")
    first: date = tour.starts_on
    made = insert(Engagement).returning(Engagement.id, sort_by_parameter_order=True)
    engagements = list(
        db.scalars(
            made,
            [
                {"number": f"ENG-T-{n:05}", "person_id": person, "production_id": tour.id,
                 "starts_on": first, "ends_on": tour.ends_on, "fee": Decimal(9000 + n),
                 "status": EngagementStatus.confirmed, **own}
                for n, person in enumerate(people)
            ],
        )
    )  # fmt: skip
    db.execute(
        insert(RoleAssignment),
        [{"engagement_id": key, "role": "Wilis", **own} for key in engagements],
    )
    return engagements


def _claims(db: Session, engagements: list[int], own: dict[str, Any]) -> None:
    db.execute(
        insert(ExpenseClaim),
        [
            {"number": f"CL-T-{n:05}", "client_uuid": uuid4(), "engagement_id": engagement,
             "status": "submitted", "claimed_by": "artist:1", "currency": "AUD",
             "submitted_at": now(), **own}
            for n, engagement in enumerate(engagements)
        ],
    )  # fmt: skip
    only_ours = " AND c.number LIKE 'CL-T-%'"
    db.execute(text(WRITE_LINES + only_ours), {"company": own["organisation_id"], "lines": LINES})


def _addresses(db: Session, people: list[int], own: dict[str, Any]) -> list[tuple[int, int]]:
    """Give every artist an address that is proved; return identity and person."""
    letters = [f"artist-{n}@load.example" for n in range(len(people))]
    db.execute(
        insert(ContactPoint),
        [
            {"person_id": person, "kind": ContactKind.email, "value": letter, "normalised": letter,
             "verified_at": now(), **own}
            for person, letter in zip(people, letters, strict=True)
        ],
    )  # fmt: skip
    made = insert(PortalIdentity).returning(PortalIdentity.id, sort_by_parameter_order=True)
    identities = db.scalars(made, [{"email": letter} for letter in letters])
    return list(zip(identities, people, strict=True))
