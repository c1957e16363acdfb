"""The evidence pack: every signed paper of a contract with its evidence, and a list of fingerprints."""

import hashlib
from collections.abc import Callable, Iterator
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy.orm import Session

from app.domain.contracts import AmendmentStatus
from app.domain.documents import safe_name
from app.domain.errors import Refused
from app.models.contracts import Contract
from app.models.documents import StoredFile
from app.services.amendments import requests as amendment_requests
from app.services.amendments.sealing import signed_amendment
from app.services.contracts import evidence
from app.services.contracts.requests import all_evidence

Read = Callable[[str], bytes]
"""Returns the content of a stored file by its SHA-256."""
BORN = (1980, 1, 1, 0, 0, 0)
"""One date for all entries, so that the same papers make the same bytes."""


def pack(session: Session, contract: Contract, read: Read) -> bytes:
    """Return the pack as ZIP; refused while nothing is signed."""
    if contract.executed_at is None or not contract.versions:
        raise Refused(f"{contract.number} is not executed, so there is no evidence to pack yet.")
    entries = [*_of_contract(session, contract, read), *_of_amendments(session, contract, read)]
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in entries)
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as bundle:
        for name, content in [*entries, ("SHA256SUMS.txt", sums.encode())]:
            bundle.writestr(ZipInfo(name, BORN), content, ZIP_DEFLATED)
    return whole.getvalue()


def _of_contract(session: Session, contract: Contract, read: Read) -> Iterator[tuple[str, bytes]]:
    version = contract.current
    name = safe_name(f"{contract.number} v{version.number}")
    yield from _papers(session, name, version.sealed_file_id, version.document_file_id, read)
    proofs = all_evidence(session, contract)
    if proofs:
        signed = evidence.signed_version(contract, version)
        yield f"{name} evidence.json", evidence.record(signed, proofs)
    else:
        yield f"{name} attestation.txt", _attestation(contract).encode()


def _of_amendments(session: Session, contract: Contract, read: Read) -> Iterator[tuple[str, bytes]]:
    for one in contract.amendments:
        if one.status is not AmendmentStatus.executed:
            continue
        name = safe_name(f"{contract.number} amendment {one.number}")
        yield from _papers(session, name, one.sealed_file_id, one.document_file_id, read)
        proofs = amendment_requests.all_evidence(session, one)
        yield f"{name} evidence.json", evidence.record(signed_amendment(one), proofs)


def _papers(
    session: Session, name: str, sealed_id: int | None, signed_id: int | None, read: Read
) -> Iterator[tuple[str, bytes]]:
    for file_id, word in ((sealed_id, "sealed"), (signed_id, "as signed")):
        found = session.get(StoredFile, file_id) if file_id is not None else None
        if found is not None:
            yield f"{name} {word}.pdf", read(found.sha256)


def _attestation(contract: Contract) -> str:
    version = contract.current
    return (
        f"{contract.number}, version {version.number}, was signed on paper.\n"
        f"Signed on: {contract.signed_on or 'not recorded'}\n"
        f"Where: {contract.signed_where or 'not recorded'}\n"
        f"Attested: {contract.source_note}\n"
        f"SHA-256 of the paper: {version.document_sha256}\n"
    )
