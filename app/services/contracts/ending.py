"""End a contract before it is executed: declined, taken back, run out; or signed on paper."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import (
    OUT_FOR_SIGNATURE,
    ContractEvent,
    ContractStatus,
    SignatureRequestEvent,
)
from app.domain.documents import DocumentKind
from app.domain.errors import Refused
from app.models.contracts import Contract, ContractVersion
from app.models.documents import Document, StoredFile
from app.services.contracts import telling
from app.services.contracts.locks import locked
from app.services.contracts.requests import newest_request, open_request
from app.services.contracts.signing import execute
from app.services.contracts.terms import terms_of


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
    telling.promise_to_tell(session, contract, "contract_declined", str(request.id))


def void(session: Session, contract: Contract, *, reason: str) -> None:
    """Take a contract back from its signers, telling everyone who was asked or has signed."""
    locked(session, contract)
    reason = _reason(reason, "Say why it is taken back. The artist reads this.")
    contract.advance(ContractEvent.void)
    request = open_request(session, contract)
    request.advance(SignatureRequestEvent.void)
    request.reason = contract.reason = reason
    contract.last_event_at = now()
    telling.tell_artist(session, contract, "contract_voided", str(request.id))


def expire_due(session: Session, at: datetime) -> int:
    """End every contract whose time to sign has run out; say how many there were."""
    due = session.scalars(
        select(Contract)
        .where(Contract.status.in_(OUT_FOR_SIGNATURE), Contract.expires_at <= at)
        .order_by(Contract.id)
        .with_for_update(skip_locked=True)
    ).all()
    for contract in due:
        contract.advance(ContractEvent.expire)
        contract.last_event_at = at
        request = newest_request(session, contract)
        if request is not None:
            request.advance(SignatureRequestEvent.expire)
        fact = str(request.id if request else contract.id)
        telling.tell_artist(session, contract, "contract_expired", fact)
        telling.tell_staff(session, contract, "contract_expired", fact)
    return len(due)


def upload_signed(
    session: Session, contract: Contract, paper: StoredFile, *, by_user_id: int, attestation: str
) -> None:
    """Take in a paper that was signed by hand or elsewhere; somebody answers for it by name."""
    locked(session, contract)
    attestation = _reason(
        attestation, "Say who signed it, where and when, and that you have seen it.", "attestation"
    )
    if paper.media_type != "application/pdf":
        raise Refused("Upload the signed contract as a PDF.", field="file")
    contract.advance(ContractEvent.upload_signed)
    version = _version_for_paper(session, contract)
    version.document_sha256 = paper.sha256
    version.sealed_file_id = paper.id
    version.frozen_at = version.frozen_at or now()
    contract.source_note = attestation
    contract.owner_id = by_user_id
    session.add(
        Document(
            organisation_id=contract.organisation_id,
            kind=DocumentKind.signed_upload,
            title=f"{contract.number}, signed on paper",
            person_id=contract.engagement.person_id,
            engagement_id=contract.engagement_id,
            file_id=paper.id,
        )
    )
    request = newest_request(session, contract)
    if request is not None and request.completed_at is None and request.status in _OPEN:
        request.advance(SignatureRequestEvent.void)
        request.reason = "Signed on paper."
    execute(session, contract, now())


_OPEN = frozenset({"sent", "part_signed", "signed_by_artist"})


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


def _reason(words: str, otherwise: str, field: str = "reason") -> str:
    if not words.strip():
        raise Refused(otherwise, field=field)
    return words.strip()
