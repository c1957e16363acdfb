"""Finish an executed amendment: its sealed paper is kept, filed, and everybody has it, once."""

from sqlalchemy.orm import Session

from app.domain.documents import DocumentKind, safe_name
from app.domain.errors import Refused
from app.models.contracts import Amendment
from app.services import files
from app.services.amendments import telling
from app.services.amendments.locks import locked
from app.services.amendments.requests import all_evidence
from app.services.amendments.sending import paper_of
from app.services.contracts import evidence
from app.services.contracts.sealing import SealJob, file_document, keep_paper


def signed_amendment(amendment: Amendment) -> evidence.Signed:
    """Return an amendment as its evidence names it, with what it changes."""
    terms = {
        "company": amendment.before.get("company", ""),
        "artist": amendment.before.get("artist", ""),
        "effective_from": amendment.effective_from.isoformat(),
        "changes": amendment.changes,
        "words": amendment.words,
    }
    return evidence.Signed(
        "Amendment", amendment.name, amendment.title, amendment.document_sha256 or "", terms
    )


def job_of(session: Session, amendment_id: int) -> SealJob:
    """Gather what the sealed paper is made of."""
    amendment = session.get_one(Amendment, amendment_id)
    if amendment.sealed_file_id is not None:
        return SealJob(is_done=True)
    if amendment.document_sha256 is None:
        raise Refused(f"{amendment.name} has no paper to seal.")
    proofs = all_evidence(session, amendment)
    signed = signed_amendment(amendment)
    return SealJob(
        is_done=False,
        company=amendment.before.get("company", ""),
        paper=paper_of(amendment),
        certificate=evidence.certificate(signed, proofs),
        record=evidence.record(signed, proofs),
        signed_sha256=amendment.document_sha256,
        name=f"{amendment.contract.number} amendment {amendment.number}",
    )


def record_seal(session: Session, amendment_id: int, sealed: files.Kept | None) -> None:
    """Keep account of the sealed paper, have it filed and tell everybody. Again changes nothing."""
    amendment = locked(session, session.get_one(Amendment, amendment_id))
    contract = amendment.contract
    if amendment.sealed_file_id is None:
        if sealed is None:
            raise Refused(f"There is no sealed paper of {amendment.name} yet.")
        amendment.sealed_file_id = keep_paper(session, contract, sealed).id
    name = f"{contract.number} amendment {amendment.number}"
    file_document(
        session, contract, DocumentKind.contract, amendment.sealed_file_id,
        name=f"{name}.pdf", title=f"{contract.number}, amendment {amendment.number}",
    )  # fmt: skip
    account = files.Kept.of(
        evidence.record(signed_amendment(amendment), all_evidence(session, amendment)),
        media_type="application/json",
        name=safe_name(f"{name} evidence.json"),
    )
    file_document(
        session, contract, DocumentKind.evidence, keep_paper(session, contract, account).id,
        name=f"{name} evidence.json", title=f"{contract.number}, evidence of amendment {amendment.number}",
    )  # fmt: skip
    telling.tell_artist(session, amendment, "amendment_executed", "sealed")
    telling.tell_staff(session, amendment, "amendment_executed", "sealed")
