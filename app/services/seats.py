"""The seats behind a proved address: which artists it may look after, at which companies (domain.md 3.7)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, bindparam, column, func, select
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.domain.people import RepresentationScope
from app.services.sessions import Seat


@dataclass(frozen=True, slots=True)
class SeatFound:
    """An artist whom an address may look after, at one company, as themselves or as agent."""

    seat: Seat
    artist_id: int
    organisation_name: str
    artist_key: UUID
    artist_name: str
    agent_name: str
    scopes: frozenset[RepresentationScope]

    @property
    def key(self) -> str:
        """Return what names the seat in a form."""
        agent = self.seat.agent_person_id or 0
        return f"{self.seat.organisation_id}-{self.artist_key}-{agent}"


def address_of(session: Session, identity_id: int) -> str:
    """Return the address that a session belongs to."""
    return str(session.scalars(_ADDRESS, {"identity": identity_id}).one())


def seats_of(session: Session, address: str, at: datetime) -> list[SeatFound]:
    """Return the seats behind an address: organisation and artist, as self or as agent.

    An agent's seat lasts as long as the day it ends on lasts at the company.
    """
    return [
        SeatFound(
            Seat(row.organisation_id, row.artist_id, row.agent_id),
            row.artist_id,
            row.organisation_name,
            row.artist_key,
            row.artist_name,
            row.agent_name,
            frozenset(RepresentationScope(scope) for scope in row.scopes),
        )
        for row in session.execute(_SEATS, {"address": address, "at": at})
    ]


# Asked at every page of the phone, and built once.
_ADDRESS = select(
    func.gate_identity(bindparam("identity", type_=BigInteger)).table_valued("email").c.email
)
_SEATS = select(
    func.gate_seats(
        bindparam("address", type_=Text), bindparam("at", type_=DateTime(timezone=True))
    ).table_valued(
        column("organisation_id", BigInteger),
        column("organisation_name", Text),
        column("artist_id", BigInteger),
        column("artist_key", UuidType),
        column("artist_name", Text),
        column("agent_id", BigInteger),
        column("agent_name", Text),
        column("scopes", ARRAY(Text)),
    )
)
