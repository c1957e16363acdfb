"""A company with ten thousand contracts, and somebody who reads them."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.models import (
    Contract,
    ContractVersion,
    Engagement,
    Organisation,
    Person,
    Production,
    RoleAssignment,
    StaffProfile,
)

CONTRACTS = 10_000
PEOPLE = 1_200
PRODUCTIONS = 40
FIRST = (
    "Noémie",
    "Łucja",
    "Søren",
    "Imogen",
    "Zoltán",
    "Aroha",
    "Björn",
    "Chloé",
    "Dvořa",
    "Ngaire",
)
LAST = ("Lefèvre", "Wiśniewska", "Ågren", "Tāmihana", "Szőke", "Brown", "Nguyễn", "O'Dea", "Müller",
        "Østergaard", "Singh", "Çelik")  # fmt: skip
TEXT = "The company engages the artist, and the artist accepts, on these terms. " * 80
STATUSES = tuple(ContractStatus)
EMAIL, PASSWORD = "reader@example.com", "ten-thousand-contracts"


def fill(superuser: Engine) -> tuple[int, int]:
    """Write the company, without writing every row into the audit; return its id and the reader's."""
    with Session(superuser) as db:
        db.execute(text("SET LOCAL session_replication_role = replica"))
        company = Organisation(name="Bench", slug="bench", zone="Australia/Brisbane")
        reader = User(
            username=EMAIL, email=EMAIL, first_name="Rosa", last_name="Reader", active=True,
            password=generate_password_hash(PASSWORD),
            roles=list(db.scalars(select(Role).where(Role.name == "Administrator"))),
        )  # fmt: skip
        db.add_all([company, reader])
        db.flush()
        own = {"organisation_id": company.id}
        db.add(StaffProfile(user_id=reader.id, display_name="Rosa Reader", **own))
        engage(db, own)
        db.commit()
        keys = company.id, reader.id
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return keys


def engage(db: Session, own: dict[str, Any]) -> list[int]:
    """Write people, productions, engagements and a contract for each; return the people."""
    people = _written(
        db, Person, ({"name": name, "name_key": name.lower(), **own} for name in _names())
    )
    productions = _written(
        db, Production,
        ({"code": f"P{n}", "title": f"Production {n}", **own} for n in range(PRODUCTIONS)),
    )  # fmt: skip
    engagements = _written(db, Engagement, _engagements(people, productions, own))
    _written(
        db, RoleAssignment,
        ({"engagement_id": key, "role": "Myrtha", **own} for key in engagements),
    )  # fmt: skip
    contracts = _written(db, Contract, _contracts(engagements, own))
    _written(
        db, ContractVersion,
        ({"contract_id": key, "number": 1, "markdown": TEXT, "html": TEXT, "terms": {}, "missing": [], **own}
         for key in contracts),
    )  # fmt: skip
    return people


def _names() -> Iterator[str]:
    pairs = itertools.cycle(itertools.product(FIRST, LAST))
    return (f"{first} {last} {n}" for n, (first, last) in zip(range(PEOPLE), pairs, strict=False))


def _engagements(people: list[int], productions: list[int], own: dict[str, Any]) -> Iterator[Any]:
    for n in range(CONTRACTS):
        first = date(2026, 1, 5) + timedelta(days=n % 400)
        yield {
            "number": f"ENG-{n:05}", "person_id": people[n % PEOPLE],
            "production_id": productions[n % PRODUCTIONS], "starts_on": first,
            "ends_on": first + timedelta(days=60), "fee": Decimal(4000 + n), **own,
        }  # fmt: skip


def _contracts(engagements: list[int], own: dict[str, Any]) -> Iterator[Any]:
    begun = now()
    for n, key in enumerate(engagements):
        yield {
            "number": f"C-2026-{n:05}", "engagement_id": key, "title": "Guest artist agreement",
            "status": STATUSES[n % len(STATUSES)], "last_event_at": begun - timedelta(minutes=n), **own,
        }  # fmt: skip


def _written(db: Session, model: Any, rows: Iterator[Any]) -> list[int]:
    return list(
        db.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), list(rows))
    )
