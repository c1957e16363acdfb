"""People and staff who exist for the sign-in proof, and what the proof counts afterwards."""

import json
from pathlib import Path
from typing import Final

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.db.clock import now
from app.domain.people import ContactKind
from app.domain.sign_in import StaffStatus
from app.models import (
    ContactPoint,
    LoginToken,
    Organisation,
    Person,
    PortalIdentity,
    StaffProfile,
    WebSession,
)

PLACE: Final = "proof.example"


class Rows:
    """The house's tables, read and written as their owner."""

    def __init__(self, var: Path) -> None:
        address = json.loads((var / "embedded.json").read_text())["DATABASE_OWNER_URL"]
        self._engine: Engine = create_engine(address)

    def artists(self, prefix: str, count: int) -> list[str]:
        """Add artists who read at an address each, and return the addresses."""
        addresses = [f"{prefix}-{number:04}@{PLACE}" for number in range(count)]
        with Session(self._engine) as db, db.begin():
            company = _company(db)
            for address in addresses:
                person = Person(organisation_id=company, name=address, name_key=address)
                db.add(person)
                db.flush()
                db.add(
                    ContactPoint(
                        organisation_id=company, person_id=person.id, kind=ContactKind.email,
                        value=address, normalised=address, verified_at=now(),
                    )
                )  # fmt: skip
        return addresses

    def staff(self, prefix: str, count: int) -> list[str]:
        """Add members of staff with one password, and return their addresses."""
        addresses = [f"{prefix}-{number:04}@{PLACE}" for number in range(count)]
        hashed = generate_password_hash("a quiet stage at noon", method="scrypt:32768:8:1")
        with Session(self._engine) as db, db.begin():
            company = _company(db)
            for address in addresses:
                user = User(
                    username=address, email=address, first_name="Sam", last_name="Proof",
                    active=True, password=hashed,
                )  # fmt: skip
                db.add(user)
                db.flush()
                db.add(
                    StaffProfile(
                        organisation_id=company, user_id=user.id, display_name="Sam Proof",
                        status=StaffStatus.active,
                    )
                )  # fmt: skip
        return addresses

    def used(self, prefix: str) -> int:
        """Return how many links and codes of these addresses are used up."""
        asked = select(func.count()).select_from(LoginToken).join(PortalIdentity)
        return self._count(asked.where(LoginToken.used_at.is_not(None)), prefix)

    def alive(self, prefix: str) -> int:
        """Return how many of these addresses have a first link that still works."""
        first = select(func.min(LoginToken.id)).group_by(LoginToken.identity_id)
        asked = select(func.count()).select_from(LoginToken).join(PortalIdentity)
        works = LoginToken.used_at.is_(None), LoginToken.expires_at > now()
        return self._count(asked.where(LoginToken.id.in_(first), *works), prefix)

    def sessions(self, prefix: str) -> int:
        """Return how many sessions of these addresses were ever opened."""
        asked = select(func.count()).select_from(WebSession)
        return self._count(
            asked.join(PortalIdentity, PortalIdentity.id == WebSession.identity_id), prefix
        )

    def close(self) -> None:
        """Hang up."""
        self._engine.dispose()

    def _count(self, asked: "select[tuple[int]]", prefix: str) -> int:
        with Session(self._engine) as db:
            return int(db.scalars(asked.where(PortalIdentity.email.like(f"{prefix}-%"))).one())


def _company(db: Session) -> int:
    return db.scalars(select(Organisation.id).order_by(Organisation.id)).first()
