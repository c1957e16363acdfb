"""Follow what a provider says of an envelope: forward only, each step once, whatever the order it is told in."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import (
    ContractEvent,
    ContractStatus,
    SignatureRequestEvent,
    SignatureRequestStatus,
    SignerRole,
)
from app.domain.envelopes import RANK, EnvelopeStatus, Standing, is_behind, later
from app.domain.providers import name_of
from app.models.contracts import Contract, SignatureRequest
from app.services import attention, facts
from app.services.contracts import signing, telling
from app.services.contracts.requests import evidence_of
from app.services.esign.evidence import keep_proof
from app.services.esign.letting_go import IN_DOUBT
from app.services.esign.promises import promise_papers
from app.services.esign.requests import OPEN, page_of, taken
from app.services.esign.sending import record_sent

DIFFERS: Final = "envelope_differs"
SIGNED_TOO: Final = "envelope_signed_too"
ENDED: Final = "envelope_ended_there"
BY_THEM: Final = {
    EnvelopeStatus.declined: SignatureRequestEvent.decline,
    EnvelopeStatus.voided: SignatureRequestEvent.void,
    EnvelopeStatus.expired: SignatureRequestEvent.expire,
}
CONTRACT_ENDS: Final = {
    EnvelopeStatus.declined: ContractEvent.decline,
    EnvelopeStatus.voided: ContractEvent.void,
    EnvelopeStatus.expired: ContractEvent.expire,
}


class Followed(StrEnum):
    """What news of an envelope did to our records."""

    applied = auto()
    nothing_new = auto()
    behind = auto()
    asks = auto()
    """It does not fit what we know: a person was asked."""


def follow(session: Session, request_id: int, standing: Standing) -> Followed:
    """Take in what a provider says of an envelope of ours."""
    contract, request = taken(session, request_id)
    before = request.envelope_status
    request.envelope_status = later(before, standing.status)
    if is_behind(before, standing.status):
        return Followed.behind
    if request.status is SignatureRequestStatus.waiting and request.external_id:
        record_sent(session, request.id, request.external_id)
    if request.status not in OPEN:
        return _after_our_end(session, contract, request, standing)
    applied = _climb(session, contract, request, standing)
    if standing.status in BY_THEM:
        _end(session, contract, request, standing)
        applied = True
    if applied or before != request.envelope_status:
        attention.settle(
            session, provider=request.provider, subject=f"request:{request.id}", problem=DIFFERS,
            how="Our records followed.",
        )  # fmt: skip
        return Followed.applied
    return Followed.nothing_new


def _climb(
    session: Session, contract: Contract, request: SignatureRequest, standing: Standing
) -> bool:
    """Take the steps that lead up to what is told, skipping none of them."""
    rank, applied = RANK[standing.status], False
    if standing.status in BY_THEM:
        return False
    if rank >= RANK[EnvelopeStatus.viewed] and contract.viewed_at is None:
        contract.viewed_at, applied = now(), True
    if rank >= RANK[EnvelopeStatus.signed] and request.status is not _SIGNED:
        _sign(session, contract, request, standing.signed.get(SignerRole.artist))
        applied = True
    if standing.status is EnvelopeStatus.completed:
        _complete(session, contract, request, standing.signed.get(SignerRole.company))
        applied = True
    return applied


_SIGNED: Final = SignatureRequestStatus.signed_by_artist


def _sign(
    session: Session, contract: Contract, request: SignatureRequest, at: datetime | None
) -> None:
    request.advance(SignatureRequestEvent.sign)
    contract.advance(ContractEvent.sign)
    contract.last_event_at = now()
    request.leaving_at = None
    if evidence_of(session, request, *signing.ARTISTS_SIDE) is None:
        keep_proof(session, contract, request, SignerRole.artist, at or now())
    telling.promise_to_tell(session, contract, "contract_signed", str(request.id))
    facts.of_contract(session, "contract.signed", contract)


def _complete(
    session: Session, contract: Contract, request: SignatureRequest, at: datetime | None
) -> None:
    contract.advance(ContractEvent.countersign)
    request.advance(SignatureRequestEvent.complete)
    request.completed_at = at or now()
    if evidence_of(session, request, SignerRole.company) is None:
        keep_proof(session, contract, request, SignerRole.company, request.completed_at)
    signing.bring_into_force(session, contract, now())
    promise_papers(session, request)


def _end(
    session: Session, contract: Contract, request: SignatureRequest, standing: Standing
) -> None:
    """End the contract as the provider ended it; one that was declined by the company is voided."""
    provider = name_of(request.provider)
    request.advance(BY_THEM[standing.status])
    event = CONTRACT_ENDS[standing.status]
    if event is ContractEvent.decline and contract.status is ContractStatus.signed_by_artist:
        event = ContractEvent.void
    contract.advance(event)
    said = standing.reason.strip() or f"Ended at {provider} without a reason."
    request.reason = contract.reason = said
    contract.last_event_at = now()
    request.leaving_at = None
    fact = str(request.id)
    telling.promise_to_tell(session, contract, _letter(event), fact)
    facts.of_contract(session, _letter(event).replace("_", ".", 1), contract)
    if event is ContractEvent.void:
        attention.ask(
            session,
            provider=request.provider,
            problem=ENDED,
            subject=f"request:{request.id}",
            title=f"{contract.number} was taken back in {provider}",
            advice="Somebody ended the envelope there and not here. Send it again or write a new version.",
            href=page_of(contract),
            deed="Open the contract",
            facts={"said": said},
        )


def _letter(event: ContractEvent) -> str:
    return {
        ContractEvent.decline: "contract_declined",
        ContractEvent.void: "contract_voided",
        ContractEvent.expire: "contract_expired",
    }[event]


def _after_our_end(
    session: Session, contract: Contract, request: SignatureRequest, standing: Standing
) -> Followed:
    """Tell a person when a paper we had given up was signed all the same; other ends fit ours."""
    if request.status is SignatureRequestStatus.completed:
        return Followed.nothing_new
    if standing.status is EnvelopeStatus.completed:
        provider = name_of(request.provider)
        attention.ask(
            session,
            provider=request.provider,
            problem=SIGNED_TOO,
            subject=f"request:{request.id}",
            title=f"{contract.number} was signed at {provider} after it had ended here",
            advice=f"Everybody has signed the envelope in {provider}. Decide which paper counts: "
            "upload the one from there, or have it withdrawn in writing.",
            href=page_of(contract),
            deed="Open the contract",
            facts={"ours": request.status.value, "theirs": standing.status.value},
        )
        return Followed.asks
    if standing.status in BY_THEM:
        request.is_in_doubt = False
        attention.settle(
            session, provider=request.provider, subject=f"request:{request.id}", problem=IN_DOUBT,
            how=f"{name_of(request.provider)} says that it has ended.",
        )  # fmt: skip
    return Followed.nothing_new
