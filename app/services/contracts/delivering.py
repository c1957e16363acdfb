"""Change how a contract that is out comes back: until when, reminded when, and signed by whom."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.envelopes import BUILTIN
from app.domain.errors import Refused
from app.domain.providers import name_of
from app.models.contracts import Contract, SignatureRequest
from app.models.people import Person
from app.services.contracts import telling
from app.services.contracts.locks import locked
from app.services.contracts.requests import open_request
from app.services.contracts.sending import (
    ASKED,
    Delivery,
    check_future,
    has_verified_address,
    ladder,
    status_words,
    today_of,
)
from app.services.contracts.signing_rights import check_may_sign


def change_delivery(session: Session, contract: Contract, terms: Delivery) -> None:
    """Change until when a contract that is out can be signed, and when its signer is reminded."""
    locked(session, contract)
    if contract.status not in ASKED:
        raise Refused(f"Nobody is asked to sign a contract that is {status_words(contract)}.")
    request = open_request(session, contract)
    request.reminder_days = ladder(session, contract.organisation_id, terms.reminder_days)
    if terms.expires_at is not None:
        check_future(terms.expires_at)
        _check_there(request, terms.expires_at)
        request.expires_at = contract.expires_at = terms.expires_at


def reassign(session: Session, contract: Contract, person: Person) -> None:
    """Ask somebody else to sign a contract that is out: the artist, or an agent with the right to."""
    locked(session, contract)
    if contract.status not in ASKED:
        raise Refused(f"Nobody is asked to sign a contract that is {status_words(contract)}.")
    _refuse_elsewhere(session, contract)
    check_may_sign(session, contract, person, today_of(session, contract))
    if not has_verified_address(session, person):
        raise Refused(
            f"{person.name} has no verified e-mail address. Send an invitation, or choose another.",
            field="signer_id",
        )
    if contract.signer_id == person.id:
        return
    contract.signer_id = person.id
    contract.last_event_at = now()
    request = open_request(session, contract)
    fact = f"{request.id}-to-{person.id}-{contract.version}"
    telling.tell_signer(session, contract, "contract_sent", fact, again=False)
    if person.id != contract.engagement.person_id:
        telling.tell_person(
            session, contract, contract.engagement.person, "contract_reassigned", fact,
            signer=person,
        )  # fmt: skip


def send_link(session: Session, contract: Contract) -> None:
    """Send the signer the link once more, at most one letter an hour."""
    locked(session, contract)
    if contract.status not in ASKED:
        raise Refused(f"Nobody is asked to sign a contract that is {status_words(contract)}.")
    request = open_request(session, contract)
    fact = f"{request.id}-{contract.signer_id}-{now():%Y%m%d%H}"
    telling.tell_signer(session, contract, "contract_link", fact)


def _check_there(request: SignatureRequest, expires_at: datetime) -> None:
    """A provider ends its envelope on the day it was told: only it could put that off."""
    until = request.expires_at
    if request.provider != BUILTIN and until is not None and expires_at > until:
        raise Refused(
            f"{name_of(request.provider)} ends this envelope on {until:%Y-%m-%d}. Choose an earlier "
            "day, or void the contract and send it again.",
            field="expires_on",
        )


def _refuse_elsewhere(session: Session, contract: Contract) -> None:
    request = open_request(session, contract)
    if request.provider != BUILTIN:
        raise Refused(
            f"The envelope at {name_of(request.provider)} is addressed to its signer. Void the "
            "contract and send it to the other, or have it signed here instead.",
            field="signer_id",
        )
