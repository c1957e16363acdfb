"""End a contract before it is executed: declined, taken back, run out; or signed on paper."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import (
    OUT_FOR_SIGNATURE,
    ContractEvent,
    ContractStatus,
    SignatureRequestEvent,
)
from app.domain.documents import DocumentKind
from app.domain.errors import Invalid, Refused
from app.domain.local_time import today_in
from app.domain.signed_papers import about_signed_day
from app.models.contracts import Amendment, Contract, ContractVersion
from app.models.documents import Document, StoredFile
from app.models.organisations import Organisation
from app.services import facts
from app.services.amendments import ending as amendment_ending
from app.services.contracts import telling
from app.services.contracts.locks import locked
from app.services.contracts.reminding import zone_of
from app.services.contracts.requests import newest_request, open_request
from app.services.contracts.signing import execute
from app.services.contracts.terms import terms_of
from app.services.esign.promises import take_back

log = logging.getLogger(__name__)
Paper = TypeVar("Paper", Contract, Amendment)


def decline(session: Session, contract: Contract, *, reason: str) -> None:
    """Say no for the artist. Pressing twice declines once; the company is told why."""
    locked(session, contract)
    if contract.status is ContractStatus.declined:
        return
    reason = _reason(reason, "Say why, so that the company can put it right.")
    request = open_request(session, contract)
    contract.advance(ContractEvent.decline)
    request.advance(SignatureRequestEvent.decline)
    request.reason = contract.reason = reason
    contract.last_event_at = now()
    session.flush()
    take_back(session, request, reason=f"Declined: {reason}")
    telling.promise_to_tell(session, contract, "contract_declined", str(request.id))
    facts.of_contract(session, "contract.declined", contract)


def void(session: Session, contract: Contract, *, reason: str) -> None:
    """Take a contract back from its signers, telling everyone who was asked or has signed."""
    locked(session, contract)
    reason = _reason(reason, "Say why it is taken back. The artist reads this.")
    contract.advance(ContractEvent.void)
    request = open_request(session, contract)
    request.advance(SignatureRequestEvent.void)
    request.reason = contract.reason = reason
    contract.last_event_at = now()
    take_back(session, request, reason=reason)
    telling.tell_artist(session, contract, "contract_voided", str(request.id))
    facts.of_contract(session, "contract.voided", contract)


def expire_due(session: Session, at: datetime) -> int:
    """End every contract and amendment whose time to sign has run out; say how many there were."""
    due = session.scalars(
        select(Contract)
        .where(Contract.status.in_(OUT_FOR_SIGNATURE), Contract.expires_at <= at)
        .order_by(Contract.id)
        .with_for_update(skip_locked=True, of=Contract)
    ).all()
    ended = sum(
        _tried(session, contract, lambda one: _expire(session, one, at)) for contract in due
    )
    late = amendment_ending.due_to_expire(session, at)
    return ended + sum(
        _tried(session, amendment, lambda one: amendment_ending.expire(session, one))
        for amendment in late
    )


def _tried(session: Session, paper: Paper, end: Callable[[Paper], None]) -> bool:
    """End one paper; what is odd about it must not keep the others waiting."""
    number = str(paper)
    try:
        with session.begin_nested():
            end(paper)
    except (Refused, SQLAlchemyError):
        log.exception("expiring %s failed", number)
        return False
    return True


def _expire(session: Session, contract: Contract, at: datetime) -> None:
    contract.advance(ContractEvent.expire)
    contract.last_event_at = at
    request = newest_request(session, contract)
    if request is not None:
        request.advance(SignatureRequestEvent.expire)
        take_back(session, request, reason="The time to sign has run out.")
    fact = str(request.id if request else contract.id)
    telling.tell_artist(session, contract, "contract_expired", fact)
    telling.tell_staff(session, contract, "contract_expired", fact)
    facts.of_contract(session, "contract.expired", contract)


@dataclass(frozen=True, slots=True)
class Attestation:
    """What somebody answers for by name about a paper signed by hand."""

    who: str
    """Who signed it, and that the original was seen."""
    signed_on: date | None
    where: str


def upload_signed(
    session: Session,
    contract: Contract,
    paper: StoredFile,
    *,
    by_user_id: int,
    attestation: Attestation,
    pages: Sequence[StoredFile] = (),
) -> None:
    """Take in a paper that was signed by hand or elsewhere; somebody answers for it by name."""
    locked(session, contract)
    _check_attestation(session, contract, attestation)
    if paper.media_type != "application/pdf":
        raise Refused("Upload the signed contract as a PDF, or as photos.", field="file")
    contract.advance(ContractEvent.upload_signed)
    version = _version_for_paper(session, contract)
    version.document_sha256 = paper.sha256
    version.sealed_file_id = paper.id
    version.frozen_at = version.frozen_at or now()
    contract.source_note = attestation.who.strip()
    contract.signed_on, contract.signed_where = attestation.signed_on, attestation.where.strip()
    contract.attested_by_id = contract.owner_id = by_user_id
    _keep_papers(session, contract, [paper, *pages])
    request = newest_request(session, contract)
    if request is not None and request.completed_at is None and request.status in _OPEN:
        request.advance(SignatureRequestEvent.void)
        request.reason = "Signed on paper."
        take_back(session, request, reason=request.reason)
    execute(session, contract, now())


_OPEN = frozenset({"waiting", "sent", "part_signed", "signed_by_artist"})


def _version_for_paper(session: Session, contract: Contract) -> ContractVersion:
    if contract.versions:
        return contract.current
    version = ContractVersion(
        organisation_id=contract.organisation_id,
        number=1,
        markdown="",
        terms=terms_of(session, contract.engagement, contract.company_signatory_id),
        missing=[],
        note="Signed elsewhere; the text is in the paper.",
    )
    contract.versions.append(version)
    session.flush()
    return version


def _keep_papers(session: Session, contract: Contract, papers: Sequence[StoredFile]) -> None:
    """Enter the paper among the documents, and each photo it was bound from as it was taken."""
    for number, paper in enumerate(papers):
        page = f", page {number} as photographed" if number else ""
        session.add(
            Document(
                organisation_id=contract.organisation_id,
                kind=DocumentKind.signed_upload,
                title=f"{contract.number}, signed on paper{page}",
                person_id=contract.engagement.person_id,
                engagement_id=contract.engagement_id,
                file_id=paper.id,
            )
        )


def _check_attestation(session: Session, contract: Contract, said: Attestation) -> None:
    zone = session.get_one(Organisation, contract.organisation_id).zone
    complaints = {
        "attestation": ""
        if said.who.strip()
        else "Say who signed it, and that you have seen the original.",
        "signed_where": "" if said.where.strip() else "Say where it was signed.",
        "signed_on": about_signed_day(
            said.signed_on,
            issued_on=_issued_on(session, contract, zone),
            starts_on=contract.engagement.starts_on,
            today=today_in(zone, now()),
        ),
    }
    errors = {field: sentence for field, sentence in complaints.items() if sentence}
    if errors:
        raise Invalid(errors)


def _issued_on(session: Session, contract: Contract, zone: str) -> date | None:
    """Return the day our contract was drawn up; where the artist lives it may have been the day before."""
    if contract.status is ContractStatus.external or not contract.versions:
        return None
    born = min(filter(None, (contract.versions[0].created_at, contract.sent_at)))
    return min(today_in(zone, born), today_in(zone_of(session, contract), born))


def _reason(words: str, otherwise: str, field: str = "reason") -> str:
    if not words.strip():
        raise Refused(otherwise, field=field)
    return words.strip()
