"""Where an amendment stands with its signers: the newest request and who signed it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.models.contracts import Amendment, SignatureEvidence, SignatureRequest


def newest_request(session: Session, amendment: Amendment) -> SignatureRequest | None:
    """Return the last time the amendment was put before its signers."""
    return session.scalars(
        select(SignatureRequest)
        .where(SignatureRequest.amendment_id == amendment.id)
        .order_by(SignatureRequest.id.desc())
        .limit(1)
    ).first()


def open_request(session: Session, amendment: Amendment) -> SignatureRequest:
    """Return the request that is out, locked with its contract by the caller."""
    found = newest_request(session, amendment)
    if found is None:
        raise Refused("This amendment has not been sent.")
    return found


def all_evidence(session: Session, amendment: Amendment) -> list[SignatureEvidence]:
    """Return every act of signing the amendment as it was sent last, in order."""
    request = newest_request(session, amendment)
    if request is None:
        return []
    return list(
        session.scalars(
            select(SignatureEvidence)
            .where(SignatureEvidence.request_id == request.id)
            .order_by(SignatureEvidence.signed_at, SignatureEvidence.id)
        )
    )
