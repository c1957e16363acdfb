"""Finish an executed contract: its sealed paper is kept, filed, and everybody has it, once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.documents import DocumentKind, safe_name
from app.domain.errors import Refused
from app.models.contracts import Contract
from app.models.documents import Document, StoredFile
from app.models.organisations import Organisation
from app.services import files
from app.services.archive import filing
from app.services.contracts import evidence, paper, telling
from app.services.contracts.locks import locked
from app.services.contracts.paper import Paper
from app.services.contracts.requests import all_evidence
from app.services.contracts.sending import paper_of


@dataclass(frozen=True, slots=True)
class SealJob:
    """Everything the worker needs to make the sealed paper; ``is_done`` when there is one already."""

    is_done: bool
    company: str = ""
    paper: Paper | None = None
    certificate: str = ""
    record: bytes = b""
    signed_sha256: str = ""
    name: str = ""
    """What the sealed file is called, without its ending."""


def job_of(session: Session, contract_id: int) -> SealJob:
    """Gather what the sealed paper is made of."""
    contract = session.get_one(Contract, contract_id)
    version = contract.current
    if version.sealed_file_id is not None:
        return SealJob(is_done=True, record=record_of(session, contract))
    if version.document_sha256 is None:
        raise Refused(f"{contract.number} has no paper to seal.")
    proofs = all_evidence(session, contract)
    return SealJob(
        is_done=False,
        company=version.terms.get("company", ""),
        paper=paper_of(contract, version),
        certificate=evidence.certificate(evidence.signed_version(contract, version), proofs),
        record=record_of(session, contract),
        signed_sha256=version.document_sha256,
        name=contract.number,
    )


def record_of(session: Session, contract: Contract) -> bytes:
    """Return the evidence of signing as data, nothing where nobody signed here or at a provider."""
    proofs = all_evidence(session, contract)
    if not proofs:
        return b""
    return evidence.record(evidence.signed_version(contract, contract.current), proofs)


def unsealed(job: SealJob, signed: bytes) -> bytes:
    """Make the paper that is to be sealed: the contract, its evidence pages, the signed file attached."""
    if job.paper is None:
        raise Refused("This contract is sealed already.")
    riding = [
        paper.Attachment(
            "signed.pdf", signed, "application/pdf", "The document as it was signed", "source"
        ),
        paper.Attachment(
            "evidence.json", job.record, "application/json", "Evidence of signing as data", "data"
        ),
    ]
    return paper.sealed_pdf(job.paper, job.certificate, riding)


def record_seal(session: Session, contract_id: int, sealed: files.Kept | None) -> None:
    """Keep account of the sealed paper, have it filed and tell everybody. Again changes nothing."""
    contract = locked(session, session.get_one(Contract, contract_id))
    version = contract.current
    if version.sealed_file_id is None:
        if sealed is None:
            raise Refused(f"There is no sealed paper of {contract.number} yet.")
        version.sealed_file_id = keep_paper(session, contract, sealed).id
    name = f"{contract.number} v{version.number}"
    file_document(
        session, contract, DocumentKind.contract, version.sealed_file_id,
        name=f"{name}.pdf", title=f"{contract.number}, contract",
    )  # fmt: skip
    record = record_of(session, contract)
    if record:
        account = files.Kept.of(
            record,
            media_type="application/json",
            name=safe_name(f"{contract.number} evidence.json"),
        )
        stored = keep_paper(session, contract, account)
        file_document(
            session, contract, DocumentKind.evidence, stored.id,
            name=f"{name} evidence.json", title=f"{contract.number}, evidence of signing",
        )  # fmt: skip
    fact = str(version.number)
    telling.tell_artist(session, contract, "contract_executed", fact)
    telling.tell_staff(session, contract, "contract_executed", fact)


def keep_paper(session: Session, contract: Contract, kept: files.Kept) -> StoredFile:
    """Record a paper of a contract among the files of its artist."""
    return files.record(
        session,
        kept,
        organisation_id=contract.organisation_id,
        stored_by="task:contract.seal",
        owner_person_id=contract.engagement.person_id,
    )


def file_document(
    session: Session, contract: Contract, kind: DocumentKind, file_id: int, *, name: str, title: str
) -> None:
    """Enter a paper among the documents once, and promise that the archive gets it."""
    path = f"{_folder(session, contract)}/{safe_name(name)}"
    known = select(Document.id).where(
        Document.engagement_id == contract.engagement_id, Document.archive_path == path
    )
    if session.scalars(known).first() is not None:
        return
    document = Document(
        organisation_id=contract.organisation_id,
        kind=kind,
        title=title,
        person_id=contract.engagement.person_id,
        engagement_id=contract.engagement_id,
        file_id=file_id,
        archive_path=path,
    )
    session.add(document)
    session.flush()
    filing.promise(session, document)


def _folder(session: Session, contract: Contract) -> str:
    engagement = contract.engagement
    organisation = session.get_one(Organisation, contract.organisation_id)
    season = engagement.production.season
    year = season.name if season else str(engagement.starts_on.year)
    parts = [organisation.slug, year, engagement.production.title, engagement.person.name]
    return "/".join(safe_name(part, "untitled") for part in parts)
