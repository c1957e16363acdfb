"""Sign a contract: the artist or the agent first, the company last."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import (
    ContractEvent,
    ContractStatus,
    SignatureRequestEvent,
    SignerRole,
    TermSource,
)
from app.domain.envelopes import BUILTIN
from app.domain.errors import Refused
from app.domain.local_time import check_zone, today_in
from app.domain.people import EngagementEvent, EngagementStatus
from app.domain.providers import name_of
from app.models.contracts import Contract, SignatureEvidence, SignatureRequest
from app.models.engagements import TermSet
from app.models.organisations import Organisation
from app.models.people import Person
from app.services import facts, outbox
from app.services.contracts import telling
from app.services.contracts.fitness import check_can_be_signed
from app.services.contracts.locks import locked
from app.services.contracts.requests import evidence_of, open_request
from app.services.contracts.signing_rights import check_may_sign
from app.services.open_work import WAY_OUT, has_left

SEAL: Final = "contract.seal"
"""Kind of the promise to make the sealed PDF of an executed contract."""

ARTISTS_SIDE: Final = (SignerRole.artist, SignerRole.agent)


@dataclass(frozen=True, slots=True)
class Act:
    """What the door saw of an act of signing."""

    intent: str
    """The words on the button."""
    document_sha256: str
    """The version the page showed: nobody signs what they have not seen."""
    address: str
    device: str
    zone: str
    step_up: str
    """How the signer proved themselves just before, as the door saw it; empty if they did not."""


def sign(session: Session, contract: Contract, person: Person, act: Act) -> SignatureEvidence:
    """Sign for the artist. Pressing twice, or on two phones, signs once."""
    locked(session, contract)
    request = open_request(session, contract)
    known = evidence_of(session, request, *ARTISTS_SIDE)
    if known is not None and known.signer_person_id == person.id:
        return known
    at = now()
    _check_signed_here(request)
    _check_still_open(contract, request, at)
    _check_seen(contract, act)
    on = today_in(session.get_one(Organisation, contract.organisation_id).zone, at)
    role = check_may_sign(session, contract, person, on)
    check_step_up(act)
    contract.advance(ContractEvent.sign)
    request.advance(SignatureRequestEvent.sign)
    contract.last_event_at = at
    evidence = new_evidence(request, role, act, at)
    evidence.signer_name = person.legal_name or person.name
    evidence.signer_person_id = person.id
    evidence.on_behalf_of = contract.engagement.person.name if role is SignerRole.agent else ""
    keep_evidence(session, evidence)
    telling.promise_to_tell(session, contract, "contract_signed", str(request.id))
    facts.of_contract(session, "contract.signed", contract)
    return evidence


def countersign(
    session: Session, contract: Contract, *, user_id: int, name: str, act: Act
) -> SignatureEvidence:
    """Sign for the company: the contract is executed, its terms are in force, its seal is promised."""
    locked(session, contract)
    request = open_request(session, contract)
    known = evidence_of(session, request, SignerRole.company)
    if known is not None:
        return known
    at = now()
    _check_signed_here(request)
    check_can_be_signed(contract)
    _check_seen(contract, act)
    _check_signatory(session, contract, user_id)
    check_step_up(act)
    contract.advance(ContractEvent.countersign)
    request.advance(SignatureRequestEvent.complete)
    request.completed_at = at
    evidence = new_evidence(request, SignerRole.company, act, at)
    evidence.signer_name = name
    evidence.signer_user_id = user_id
    evidence.on_behalf_of = contract.current.terms.get("company", "")
    keep_evidence(session, evidence)
    execute(session, contract, at)
    return evidence


def execute(session: Session, contract: Contract, at: datetime) -> None:
    """Bring the terms of a signed contract into force and promise its seal."""
    bring_into_force(session, contract, at)
    outbox.promise(
        session,
        organisation_id=contract.organisation_id,
        kind=SEAL,
        key=f"contract-{contract.id}-version-{contract.current.number}",
        payload={"contract_id": contract.id, "version_id": contract.current.id},
    )


def bring_into_force(session: Session, contract: Contract, at: datetime) -> None:
    """Let the terms of a signed contract hold from now on."""
    contract.executed_at = contract.last_event_at = at
    engagement = contract.engagement
    if engagement.status in {EngagementStatus.pencilled, EngagementStatus.offered}:
        engagement.advance(EngagementEvent.confirm)
    count = select(func.count()).where(TermSet.engagement_id == engagement.id)
    session.add(
        TermSet(
            organisation_id=contract.organisation_id,
            engagement_id=engagement.id,
            number=(session.scalar(count) or 0) + 1,
            effective_from=engagement.starts_on,
            source=TermSource.contract_version,
            source_id=contract.current.id,
            terms=contract.current.terms,
            recorded_at=at,
        )
    )
    session.flush()
    facts.of_contract(session, "contract.executed", contract)


def fingerprint(evidence: SignatureEvidence) -> bytes:
    """Return the SHA-256 over the facts of an act of signing, as the evidence page prints it."""
    said = {
        "request": evidence.request_id,
        "role": evidence.signer_role.value,
        "name": evidence.signer_name,
        "on_behalf_of": evidence.on_behalf_of,
        "document": evidence.document_sha256,
        "signed_at": evidence.signed_at.isoformat(),
        "zone": evidence.zone,
        "address": evidence.address,
        "device": evidence.device,
        "step_up": evidence.step_up,
        "intent": evidence.intent,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def _check_signed_here(request: SignatureRequest) -> None:
    if request.provider != BUILTIN:
        raise Refused(f"This contract is signed at {name_of(request.provider)}.")


def _check_still_open(contract: Contract, request: SignatureRequest, at: datetime) -> None:
    if contract.status is ContractStatus.voided:
        raise Refused("The company took this contract back. Ask them what comes next.")
    check_can_be_signed(contract)
    if request.expires_at is not None and at > request.expires_at:
        raise Refused("The time to sign has run out. Ask the company to send the contract again.")


def _check_seen(contract: Contract, act: Act) -> None:
    if act.document_sha256 != contract.current.document_sha256:
        raise Refused(
            f"This contract is at version {contract.current.number} now, and you were shown another. "
            "Read it, then sign."
        )


def _check_signatory(session: Session, contract: Contract, user_id: int) -> None:
    if contract.company_signatory_id not in {None, user_id}:
        name = contract.current.terms.get("company_signatory") or "Somebody else"
        gone = has_left(session, contract.company_signatory_id)
        raise Refused(f"{name} signs this contract for the company.{WAY_OUT if gone else ''}")


def check_step_up(act: Act) -> None:
    """Refuse a signature of somebody who has not just proved who they are."""
    if not act.step_up:
        raise Refused("Prove that it is you first: enter a new code, then sign.", field="code")


def new_evidence(
    request: SignatureRequest, role: SignerRole, act: Act, at: datetime
) -> SignatureEvidence:
    """Begin the account of an act of signing; the signer's name is still to be written."""
    return SignatureEvidence(
        organisation_id=request.organisation_id,
        request_id=request.id,
        signer_role=role,
        document_sha256=act.document_sha256,
        signed_at=at,
        zone=_known_zone(act.zone),
        address=act.address,
        device=act.device[:400],
        step_up=act.step_up,
        intent=act.intent,
        on_behalf_of="",
    )


def _known_zone(zone: str) -> str:
    try:
        return check_zone(zone)
    except Refused:
        return "UTC"


def keep_evidence(session: Session, evidence: SignatureEvidence) -> None:
    """Seal the account with its own fingerprint and write it, for good."""
    evidence.seal = fingerprint(evidence)
    session.add(evidence)
    session.flush()
