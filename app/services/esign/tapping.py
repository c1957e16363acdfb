"""An artist taps Sign: who she is at the provider, and what she finds when she comes back."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import SignatureRequestStatus
from app.domain.errors import Refused
from app.domain.providers import name_of
from app.models.contracts import Contract
from app.models.people import Person
from app.services.contracts.requests import newest_request
from app.services.esign.comparing import look_once
from app.services.esign.requests import elsewhere

ASKED = (SignatureRequestStatus.sent, SignatureRequestStatus.part_signed)


@dataclass(frozen=True, slots=True)
class Tap:
    """Whose link is to be made, for which envelope, as the provider knows both."""

    provider: str
    envelope: str
    name: str
    email: str
    client_id: str


def tap_of(session: Session, contract: Contract, person: Person) -> Tap:
    """Return whose link is to be made, or refuse with what the artist can do."""
    request = elsewhere(session, contract)
    provider = name_of(request.provider)
    if request.status not in ASKED or not request.external_id or request.leaving_at is not None:
        raise Refused("This contract cannot be signed at the moment. Look again in a few minutes.")
    if request.expires_at is not None and now() > request.expires_at:
        raise Refused("The time to sign has run out. Ask the company to send the contract again.")
    if contract.signer_id not in {None, person.id}:
        asked = request.sent_to["artist"]["name"]
        raise Refused(f"{asked} is asked to sign this at {provider}, nobody else can.")
    said = request.sent_to["artist"]
    return Tap(
        request.provider, request.external_id, said["name"], said["email"], said["client_id"]
    )


def come_back(session: Session, contract: Contract) -> None:
    """Ask the provider once what she did there, as often as it allows: its notice may be late."""
    request = newest_request(session, contract) if contract.versions else None
    if request is not None and request.status in ASKED:
        look_once(session, request, now())
