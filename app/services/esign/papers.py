"""Keep what everybody has signed at a provider: the executed paper, its certificate, both filed as ever."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from app.domain.documents import DocumentKind, safe_name
from app.domain.errors import Refused
from app.domain.providers import name_of
from app.models.contracts import SignatureRequest
from app.services import attention, files
from app.services.contracts.sealing import file_document, keep_paper, record_of, record_seal
from app.services.esign.requests import contract_of, page_of, taken

NOT_FETCHED: Final = "envelope_papers_missing"
PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class FetchJob:
    """Which envelope's papers a worker fetches."""

    provider: str
    envelope: str
    record: bytes = b""
    """The evidence of signing as we have it, which is kept and filed beside the provider's papers."""


def fetching_of(session: Session, request_id: int) -> FetchJob:
    """Gather what a worker needs to fetch the papers of what everybody has signed."""
    job = job_of(session, request_id)
    contract = contract_of(session.get_one(SignatureRequest, request_id))
    return replace(job, record=record_of(session, contract))


def job_of(session: Session, request_id: int) -> FetchJob:
    """Gather what a worker needs to fetch the papers, or to look how an envelope stands."""
    request = session.get_one(SignatureRequest, request_id)
    if not request.external_id:
        raise Refused(f"{name_of(request.provider)} has no envelope of it yet.")
    return FetchJob(request.provider, request.external_id)


def record_papers(
    session: Session, request_id: int, document: files.Kept, certificate: files.Kept
) -> None:
    """Keep account of both papers, have them filed and tell everybody. Again changes nothing."""
    contract, request = taken(session, request_id)
    record_seal(session, contract.id, document)
    name = f"{contract.number} v{contract.current.number} certificate.pdf"
    stored = keep_paper(session, contract, certificate)
    file_document(
        session, contract, DocumentKind.evidence, stored.id, name=name,
        title=f"{contract.number}, certificate of {name_of(request.provider)}",
    )  # fmt: skip
    attention.settle(
        session, provider=request.provider, subject=f"request:{request.id}", problem=NOT_FETCHED,
        how="The papers are here.",
    )  # fmt: skip


def name_of_paper(session: Session, request_id: int, ending: str) -> str:
    """Return what the file of a paper is called."""
    contract = contract_of(session.get_one(SignatureRequest, request_id))
    return safe_name(f"{contract.number} {ending}.pdf")


def record_not_fetched(session: Session, request_id: int, error: str) -> None:
    """Ask a person for papers that could not be fetched."""
    contract, request = taken(session, request_id)
    provider = name_of(request.provider)
    attention.ask(
        session,
        provider=request.provider,
        problem=NOT_FETCHED,
        subject=f"request:{request.id}",
        title=f"The signed paper of {contract.number} did not come from {provider}",
        advice=f"{error} Try again from the list of promises, or download it in {provider} "
        "and keep it with the contract.",
        href=page_of(contract),
        deed="Open the contract",
        facts={"envelope": request.external_id or "", "said": error},
    )
