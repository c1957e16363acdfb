"""Send a contract to its signers through a provider: addressed, promised, and written down when it is there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import SignatureRequestStatus, SignerRole
from app.domain.documents import safe_name
from app.domain.envelopes import EnvelopeStatus, later
from app.domain.errors import Refused
from app.domain.providers import name_of
from app.models.contracts import Contract, SignatureRequest
from app.models.documents import StoredFile
from app.models.organisations import Organisation
from app.models.people import Person
from app.services import attention, messages
from app.services.contracts import telling
from app.services.contracts.opening import open_to_signer
from app.services.esign.promises import promise_sending
from app.services.esign.requests import contract_of, page_of, taken

NOT_SENT: Final = "envelope_not_sent"


@dataclass(frozen=True, slots=True)
class SendJob:
    """Everything a worker needs to send a paper out."""

    provider: str
    title: str
    file_name: str
    sha256: str
    sent_to: dict[str, Any] = field(repr=False)
    expires_at: datetime | None
    message: str
    public_id: str


def ask(
    session: Session,
    contract: Contract,
    request: SignatureRequest,
    *,
    again: bool,
    copy_to_agent: bool,
) -> None:
    """Address a paper and promise that it goes out. The contract stays what it is until it is there."""
    letters = {"again": again, "tell_agent": copy_to_agent}
    request.sent_to = {**_addressed(session, contract, copy_to_agent), **letters}
    session.flush()
    promise_sending(session, request)


def job_of(session: Session, request_id: int) -> SendJob:
    """Gather what goes out; refused when somebody has taken it back meanwhile."""
    request = session.get_one(SignatureRequest, request_id)
    contract = contract_of(request)
    if request.status is not SignatureRequestStatus.waiting or request.leaving_at is not None:
        raise Refused("It was called back before it went out.")
    version = request.contract_version
    if version is None or version.document_file_id is None:
        raise Refused(f"{contract.number} has no paper to send.")
    company = session.get_one(Organisation, contract.organisation_id).name
    return SendJob(
        provider=request.provider,
        title=f"{contract.title}: {contract.number}",
        file_name=safe_name(f"{contract.number} v{version.number}.pdf"),
        sha256=session.get_one(StoredFile, version.document_file_id).sha256,
        sent_to=request.sent_to,
        expires_at=request.expires_at,
        message=f"{company} asks you to sign {contract.number}.",
        public_id=str(contract.public_id),
    )


def record_sent(session: Session, request_id: int, envelope: str) -> None:
    """Write down that the envelope is there, open it to the artist and tell her. Again changes nothing."""
    contract, request = taken(session, request_id)
    request.external_id = envelope
    request.envelope_status = later(request.envelope_status, EnvelopeStatus.sent)
    attention.settle(
        session, provider=request.provider, subject=f"request:{request.id}", problem=NOT_SENT,
        how="It went out.",
    )  # fmt: skip
    if request.status is not SignatureRequestStatus.waiting:
        return
    request.sent_at = now()
    open_to_signer(
        session, contract, request,
        again=bool(request.sent_to["again"]), copy_to_agent=bool(request.sent_to["tell_agent"]),
    )  # fmt: skip


def record_not_sent(session: Session, request_id: int, error: str, *, is_in_doubt: bool) -> None:
    """Ask a person what is to happen with a paper that did not go out."""
    contract, request = taken(session, request_id)
    if request.status is not SignatureRequestStatus.waiting or request.leaving_at is not None:
        return
    provider = name_of(request.provider)
    attention.ask(
        session,
        provider=request.provider,
        problem=NOT_SENT,
        subject=f"request:{request.id}",
        title=f"{contract.number} may or may not have reached {provider}"
        if is_in_doubt
        else f"{contract.number} did not go out to {provider}",
        advice=f"{error} Put right what {provider} complains of and try again, or have it signed here instead.",
        href=page_of(contract),
        deed="Open the contract",
        facts={"said": error},
    )


def _addressed(session: Session, contract: Contract, copy_to_agent: bool) -> dict[str, Any]:
    """Return who signs and who gets a copy, by the names and addresses of this moment."""
    artist_id = contract.engagement.person_id
    person = session.get_one(Person, contract.signer_id or artist_id)
    company = telling.member_of_staff(session, contract.company_signatory_id)
    if company is None:
        raise Refused("Choose who signs for the company.", field="company_signatory_id")
    signer = {
        "role": SignerRole.artist if person.id == artist_id else SignerRole.agent,
        "name": person.legal_name or person.name,
        "email": messages.addressee(session, person).address,
        "client_id": str(person.public_id),
    }
    agent = contract.engagement.agent
    copies = []
    if copy_to_agent and agent is not None and agent.id != person.id:
        to = messages.addressee(session, agent)
        copies = [{"name": agent.name, "email": to.address}] if to.address else []
    return {
        "artist": signer,
        "company": {"name": company.name, "email": company.address},
        "copies": copies,
    }
