"""Take a paper back from a provider: called back, signed here instead, or because it ended with us."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus, SignatureRequestEvent, SignatureRequestStatus
from app.domain.envelopes import BUILTIN, EnvelopeStatus, later
from app.domain.errors import Refused
from app.domain.outbox import MessageState
from app.domain.providers import name_of
from app.models.contracts import Contract, SignatureRequest
from app.services import attention
from app.services.contracts.locks import locked
from app.services.contracts.opening import open_to_signer
from app.services.esign.promises import promise_look, take_back
from app.services.esign.requests import elsewhere, page_of, sending_of, taken

PATIENCE: Final = timedelta(minutes=2)
"""How long signing here waits for a provider to let go, before it goes on in doubt."""
NOT_VOIDED: Final = "envelope_not_voided"
IN_DOUBT: Final = "envelope_in_doubt"
INSTEAD: Final = "Signed in the company's own portal instead."
CAN_LEAVE: Final = (
    SignatureRequestStatus.waiting,
    SignatureRequestStatus.sent,
    SignatureRequestStatus.part_signed,
)
SETTLED: Final = (MessageState.done, MessageState.dead, MessageState.cancelled)


@dataclass(frozen=True, slots=True)
class VoidJob:
    """Which envelope a worker takes back, or under which key it may be found."""

    provider: str
    envelope: str
    key: str
    reason: str
    is_settled: bool
    """Nobody is sending it any more: what cannot be found now was never there."""


def sign_here(session: Session, contract: Contract) -> SignatureRequest:
    """Have a contract signed here instead: the envelope is voided first, then ours is opened."""
    locked(session, contract)
    request = elsewhere(session, contract)
    session.refresh(request, with_for_update=True)
    if request.status not in CAN_LEAVE:
        raise Refused(
            f"The artist has signed at {name_of(request.provider)} already. "
            "Sign for the company there, or void the contract."
        )
    if request.leaving_at is None:
        request.leaving_at = now()
        take_back(session, request, reason=INSTEAD)
    return request


def call_back(session: Session, contract: Contract) -> None:
    """Stop a contract that is still on its way out; it is ready to be changed or sent again."""
    locked(session, contract)
    request = elsewhere(session, contract)
    session.refresh(request, with_for_update=True)
    if request.status is not SignatureRequestStatus.waiting:
        raise Refused("It is out already. Void the contract instead.")
    end(session, request, "Called back before it went out.")
    contract.last_event_at = now()


def end(session: Session, request: SignatureRequest, reason: str) -> None:
    """End a request on our side and have its provider let go of it."""
    request.advance(SignatureRequestEvent.void)
    request.reason = reason
    take_back(session, request, reason=reason)


def job_of(session: Session, request_id: int, reason: str) -> VoidJob:
    """Gather what a worker needs to take an envelope back."""
    request = session.get_one(SignatureRequest, request_id)
    sending = sending_of(session, request)
    return VoidJob(
        provider=request.provider,
        envelope=request.external_id or "",
        key=str(sending.id),
        reason=reason,
        is_settled=sending.state in SETTLED,
    )


def record_voided(session: Session, request_id: int) -> None:
    """Write down that the provider let go, and open the paper here where that was waited for."""
    contract, request = taken(session, request_id)
    if request.external_id:
        request.envelope_status = later(request.envelope_status, EnvelopeStatus.voided)
    request.is_in_doubt = False
    for problem in (NOT_VOIDED, IN_DOUBT):
        attention.settle(
            session, provider=request.provider, subject=f"request:{request.id}", problem=problem,
            how=f"{name_of(request.provider)} let go of it.",
        )  # fmt: skip
    if request.leaving_at is not None and request.status in CAN_LEAVE:
        _open_here(session, contract, request)


def record_not_voided(session: Session, request_id: int, error: str) -> None:
    """Ask a person about an envelope that its provider would not let go of, and read how it stands."""
    contract, request = taken(session, request_id)
    request.leaving_at = None
    provider = name_of(request.provider)
    attention.ask(
        session,
        provider=request.provider,
        problem=NOT_VOIDED,
        subject=f"request:{request.id}",
        title=f"{provider} did not let go of {contract.number}",
        advice=f"{error} Look at the envelope in {provider} and void it there, "
        "or go on with what was signed.",
        href=page_of(contract),
        deed="Open the contract",
        facts={"envelope": request.external_id or "", "said": error},
    )
    if request.external_id:
        promise_look(session, request, "not-voided")


def open_impatient(session: Session, at: datetime) -> int:
    """Open here what a provider has not let go of in time, in doubt; say how many there were."""
    late = session.scalars(
        select(SignatureRequest.id)
        .where(SignatureRequest.leaving_at <= at - PATIENCE, SignatureRequest.status.in_(CAN_LEAVE))
        .order_by(SignatureRequest.id)
    ).all()
    for request_id in late:
        contract, request = taken(session, request_id)
        if request.leaving_at is not None and request.status in CAN_LEAVE:
            request.is_in_doubt = True
            _ask_about(session, contract, request)
            _open_here(session, contract, request)
    return len(late)


def _ask_about(session: Session, contract: Contract, request: SignatureRequest) -> None:
    provider = name_of(request.provider)
    attention.ask(
        session,
        provider=request.provider,
        problem=IN_DOUBT,
        subject=f"request:{request.id}",
        title=f"{contract.number} may still be open at {provider}",
        advice=f"{provider} did not answer, so it is signed here now. We go on asking {provider} "
        "to void the envelope; if it stays silent, void it there by hand.",
        href=page_of(contract),
        deed="Open the contract",
        facts={"envelope": request.external_id or "not known"},
    )


def _open_here(session: Session, contract: Contract, old: SignatureRequest) -> None:
    old.advance(SignatureRequestEvent.void)
    old.reason = INSTEAD
    was_out = contract.status is ContractStatus.sent
    made = SignatureRequest(
        organisation_id=contract.organisation_id,
        contract_version=contract.current,
        provider=BUILTIN,
        sent_at=now(),
        expires_at=old.expires_at,
        reminder_days=old.reminder_days,
    )
    session.add(made)
    session.flush()
    open_to_signer(session, contract, made, again=was_out, copy_to_agent=False)
