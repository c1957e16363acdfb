"""Where a contract stands with its signers: the newest request and who signed it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts import SignerRole
from app.domain.errors import Refused
from app.models.contracts import Contract, SignatureEvidence, SignatureRequest


def newest_request(session: Session, contract: Contract) -> SignatureRequest | None:
    """Return the last time the current version was put before its signers."""
    return session.scalars(
        select(SignatureRequest)
        .where(SignatureRequest.contract_version_id == contract.current.id)
        .order_by(SignatureRequest.id.desc())
        .limit(1)
    ).first()


def open_request(session: Session, contract: Contract) -> SignatureRequest:
    """Return the request that is out, locked with its contract by the caller."""
    found = newest_request(session, contract)
    if found is None:
        raise Refused("This contract has not been sent.")
    return found


def evidence_of(
    session: Session, request: SignatureRequest, *roles: SignerRole
) -> SignatureEvidence | None:
    """Return what is known of the signature of one side, if it has signed."""
    return session.scalars(
        select(SignatureEvidence).where(
            SignatureEvidence.request_id == request.id, SignatureEvidence.signer_role.in_(roles)
        )
    ).first()


def all_evidence(session: Session, contract: Contract) -> list[SignatureEvidence]:
    """Return every act of signing a contract's current version, in order."""
    return list(
        session.scalars(
            select(SignatureEvidence)
            .join(SignatureRequest, SignatureRequest.id == SignatureEvidence.request_id)
            .where(SignatureRequest.contract_version_id == contract.current.id)
            .order_by(SignatureEvidence.signed_at, SignatureEvidence.id)
        )
    )
