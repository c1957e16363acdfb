"""Contracts as somebody reads them: key terms, what changed, who signed, what comes next."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.models.contracts import Contract, ContractVersion, SignatureEvidence, SignatureRequest
from app.models.documents import StoredFile
from app.models.engagements import Engagement
from app.services.contracts.differences import Passage, text_changes
from app.services.contracts.requests import all_evidence, newest_request
from app.services.contracts.terms import Change, changes, rows

WITH_THREAD = (
    joinedload(Contract.engagement).joinedload(Engagement.production),
    joinedload(Contract.engagement).joinedload(Engagement.person),
    selectinload(Contract.versions),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions side by side: what differs in the terms and in the words."""

    older: ContractVersion
    newer: ContractVersion
    terms: list[Change]
    passages: list[Passage]

    @property
    def count(self) -> int:
        """Return how many things differ."""
        return len(self.terms) or len(self.passages)


@dataclass(frozen=True, slots=True)
class Reading:
    """A contract with everything its page shows."""

    contract: Contract
    version: ContractVersion | None
    terms: list[tuple[str, str]]
    compared: Compared | None
    request: SignatureRequest | None
    proofs: list[SignatureEvidence]
    paper: StoredFile | None


def own_contracts(session: Session) -> list[Contract]:
    """Return the contracts that whoever looks may see, the newest event first."""
    return list(
        session.scalars(
            select(Contract)
            .options(*WITH_THREAD)
            .where(Contract.archived_at.is_(None))
            .order_by(Contract.last_event_at.desc().nulls_last(), Contract.id.desc())
        )
    )


def by_public_id(session: Session, public_id: UUID) -> Contract | None:
    """Return the contract of an address, if whoever looks may see it."""
    return session.scalars(
        select(Contract).options(*WITH_THREAD).where(Contract.public_id == public_id)
    ).one_or_none()


def reading_of(session: Session, contract: Contract) -> Reading:
    """Return everything the page of a contract shows."""
    version = contract.versions[-1] if contract.versions else None
    if version is None:
        return Reading(contract, None, [], None, None, [], None)
    return Reading(
        contract=contract,
        version=version,
        terms=rows(version.terms),
        compared=compared_with_last(contract),
        request=newest_request(session, contract),
        proofs=all_evidence(session, contract),
        paper=paper_of_version(session, version),
    )


def paper_of_version(session: Session, version: ContractVersion) -> StoredFile | None:
    """Return the file of a version: the sealed one once there is one, else the one to sign."""
    file_id = version.sealed_file_id or version.document_file_id
    return session.get(StoredFile, file_id) if file_id is not None else None


def compared_with_last(contract: Contract) -> Compared | None:
    """Compare the newest version with the last one that was sent before it."""
    sent = [version for version in contract.versions[:-1] if version.frozen_at is not None]
    return compare(sent[-1], contract.versions[-1]) if sent else None


def compare(older: ContractVersion, newer: ContractVersion) -> Compared:
    """Put two versions side by side."""
    return Compared(
        older,
        newer,
        changes(older.terms, newer.terms),
        text_changes(older.markdown, newer.markdown),
    )
