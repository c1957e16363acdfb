"""Sign an amendment: the artist's side first, the company last; then its terms are in force."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import AmendmentEvent, SignatureRequestEvent, SignerRole, TermSource
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.models.contracts import Amendment, SignatureEvidence, SignatureRequest
from app.models.engagements import TermSet
from app.models.organisations import Organisation
from app.models.people import Person
from app.services import facts, outbox
from app.services.amendments import telling
from app.services.amendments.drafting import check_whole
from app.services.amendments.effects import apply_amendment
from app.services.amendments.locks import locked
from app.services.amendments.requests import open_request
from app.services.contracts.fitness import check_can_be_signed
from app.services.contracts.requests import evidence_of
from app.services.contracts.signing import (
    ARTISTS_SIDE,
    Act,
    check_step_up,
    keep_evidence,
    new_evidence,
)
from app.services.contracts.signing_rights import check_may_sign
from app.services.open_work import WAY_OUT, has_left

SEAL: Final = "amendment.seal"
"""Kind of the promise to make the sealed PDF of an executed amendment."""


def sign(session: Session, amendment: Amendment, person: Person, act: Act) -> SignatureEvidence:
    """Sign for the artist. Pressing twice, or on two phones, signs once."""
    locked(session, amendment)
    request = open_request(session, amendment)
    known = evidence_of(session, request, *ARTISTS_SIDE)
    if known is not None and known.signer_person_id == person.id:
        return known
    at = now()
    _check_still_open(amendment, request, at)
    _check_seen(amendment, act)
    role = check_may_sign(session, amendment.contract, person, _today(session, amendment, at))
    check_step_up(act)
    amendment.advance(AmendmentEvent.sign)
    request.advance(SignatureRequestEvent.sign)
    evidence = new_evidence(request, role, act, at)
    evidence.signer_name = person.legal_name or person.name
    evidence.signer_person_id = person.id
    artist = amendment.contract.engagement.person
    evidence.on_behalf_of = artist.name if role is SignerRole.agent else ""
    keep_evidence(session, evidence)
    telling.promise_to_tell(session, amendment, "amendment_signed", str(request.id))
    return evidence


def countersign(
    session: Session, amendment: Amendment, *, user_id: int, name: str, act: Act
) -> SignatureEvidence:
    """Sign for the company: the new terms are in force from their day on, the seal is promised."""
    locked(session, amendment)
    request = open_request(session, amendment)
    known = evidence_of(session, request, SignerRole.company)
    if known is not None:
        return known
    at = now()
    check_can_be_signed(amendment.contract)
    _check_seen(amendment, act)
    _check_signatory(session, amendment, user_id)
    check_whole(session, amendment)
    check_step_up(act)
    amendment.advance(AmendmentEvent.countersign)
    request.advance(SignatureRequestEvent.complete)
    request.completed_at = at
    evidence = new_evidence(request, SignerRole.company, act, at)
    evidence.signer_name = name
    evidence.signer_user_id = user_id
    evidence.on_behalf_of = amendment.before.get("company", "")
    keep_evidence(session, evidence)
    _execute(session, amendment, at)
    return evidence


def _execute(session: Session, amendment: Amendment, at: datetime) -> None:
    contract = amendment.contract
    amendment.executed_at = contract.last_event_at = at
    count = select(func.max(TermSet.number)).where(TermSet.engagement_id == contract.engagement_id)
    session.add(
        TermSet(
            organisation_id=amendment.organisation_id,
            engagement_id=contract.engagement_id,
            number=(session.scalar(count) or 0) + 1,
            effective_from=amendment.effective_from,
            source=TermSource.amendment,
            source_id=amendment.id,
            terms=amendment.changes,
            recorded_at=at,
        )
    )
    session.flush()
    if amendment.effective_from <= _today(session, amendment, at):
        apply_amendment(session, amendment, at)
    facts.of_amendment(session, "amendment.executed", amendment)
    outbox.promise(
        session,
        organisation_id=amendment.organisation_id,
        kind=SEAL,
        key=f"amendment-{amendment.id}",
        payload={"amendment_id": amendment.id},
    )


def _check_still_open(amendment: Amendment, request: SignatureRequest, at: datetime) -> None:
    check_can_be_signed(amendment.contract)
    if request.expires_at is not None and at > request.expires_at:
        raise Refused("The time to sign has run out. Ask the company to send it again.")


def _check_seen(amendment: Amendment, act: Act) -> None:
    if act.document_sha256 != amendment.document_sha256:
        raise Refused("This amendment was changed, and you were shown another text. Read it again.")


def _check_signatory(session: Session, amendment: Amendment, user_id: int) -> None:
    if amendment.company_signatory_id not in {None, user_id}:
        name = amendment.before.get("company_signatory") or "Somebody else"
        gone = has_left(session, amendment.company_signatory_id)
        raise Refused(f"{name} signs this amendment for the company.{WAY_OUT if gone else ''}")


def _today(session: Session, amendment: Amendment, at: datetime) -> date:
    return today_in(session.get_one(Organisation, amendment.organisation_id).zone, at)
