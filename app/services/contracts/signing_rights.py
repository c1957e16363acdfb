"""Who may sign for the artist: the artist, or an agent whose right to sign is in force."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts import SignerRole
from app.domain.errors import Refused
from app.domain.people import RepresentationScope
from app.models.contracts import Contract
from app.models.people import Person, Representation


def role_of_signer(
    session: Session, contract: Contract, person_id: int, on: date
) -> SignerRole | None:
    """Return in what capacity a person may sign on that day; None if in none."""
    artist_id = contract.engagement.person_id
    if person_id == artist_id:
        return SignerRole.artist
    seats = session.scalars(
        select(Representation).where(
            Representation.agent_id == person_id, Representation.artist_id == artist_id
        )
    )
    if any(seat.allows(RepresentationScope.sign, on) for seat in seats):
        return SignerRole.agent
    return None


def check_may_sign(session: Session, contract: Contract, person: Person, on: date) -> SignerRole:
    """Return in what capacity a person signs, or refuse."""
    role = role_of_signer(session, contract, person.id, on)
    if role is None:
        artist = contract.engagement.person.name
        raise Refused(
            f"{person.name} has no right to sign for {artist} today. {artist} can sign.",
            field="signer_id",
        )
    return role
