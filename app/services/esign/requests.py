"""The contract behind a request to sign, both taken for oneself in one order."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts import SignatureRequestStatus
from app.domain.envelopes import BUILTIN
from app.domain.errors import Refused
from app.models.contracts import Contract, SignatureRequest
from app.models.outbox import OutboxMessage
from app.services import outbox
from app.services.contracts.locks import locked
from app.services.contracts.requests import newest_request
from app.services.esign.promises import SEND

OPEN = (
    SignatureRequestStatus.sent,
    SignatureRequestStatus.part_signed,
    SignatureRequestStatus.signed_by_artist,
)
OUT = (SignatureRequestStatus.waiting, *OPEN)


def contract_of(request: SignatureRequest) -> Contract:
    """Return the contract a request is about; amendments are signed here and never elsewhere."""
    if request.contract_version is None:
        raise Refused("This request is about no contract.")
    return request.contract_version.contract


def taken(session: Session, request_id: int) -> tuple[Contract, SignatureRequest]:
    """Return a request and its contract, both locked until the transaction ends."""
    request = session.get_one(SignatureRequest, request_id)
    contract = locked(session, contract_of(request))
    session.refresh(request, with_for_update=True)
    return contract, request


def elsewhere(session: Session, contract: Contract) -> SignatureRequest:
    """Return the request that is out at a provider, or refuse."""
    found = newest_request(session, contract) if contract.versions else None
    if found is None or found.provider == BUILTIN or found.status not in OUT:
        raise Refused(f"{contract.number} is not out at a signing provider.")
    return found


def is_on_its_way(session: Session, contract: Contract) -> bool:
    """Tell whether a contract is just going out to a provider."""
    found = newest_request(session, contract) if contract.versions else None
    return found is not None and found.status is SignatureRequestStatus.waiting


def refuse_on_its_way(session: Session, contract: Contract) -> None:
    """Refuse to change a contract that is just going out to a provider."""
    if is_on_its_way(session, contract):
        raise Refused("It is on its way to its signers. Call it back first, then change it.")


def by_envelope(session: Session, provider: str, envelope: str) -> SignatureRequest | None:
    """Return the request a provider means by its own name for it."""
    return session.scalars(
        select(SignatureRequest).where(
            SignatureRequest.provider == provider, SignatureRequest.external_id == envelope
        )
    ).one_or_none()


def sending_of(session: Session, request: SignatureRequest) -> OutboxMessage:
    """Return the promise by which a paper went out, or goes."""
    message_id: UUID = outbox.promised(
        session, organisation_id=request.organisation_id, kind=SEND, key=f"request-{request.id}"
    )
    return session.get_one(OutboxMessage, message_id)


def page_of(contract: Contract) -> str:
    """Return the desk's address of a contract."""
    return f"/admin/contracts/show/{contract.id}"
