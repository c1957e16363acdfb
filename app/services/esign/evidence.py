"""What we keep of an act of signing that happened at a provider: the certificate holds the rest."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.contracts import SignerRole
from app.domain.providers import name_of
from app.models.contracts import Contract, SignatureEvidence, SignatureRequest
from app.models.organisations import Organisation
from app.services.contracts.reminding import zone_of
from app.services.contracts.signing import keep_evidence


def keep_proof(
    session: Session,
    contract: Contract,
    request: SignatureRequest,
    side: SignerRole,
    at: datetime,
) -> None:
    """Write down who signed for a side, when and where; the provider's certificate says how."""
    provider = name_of(request.provider)
    said = request.sent_to[side]
    is_company = side is SignerRole.company
    role = SignerRole.company if is_company else SignerRole(said["role"])
    artist = contract.engagement.person.name
    company = contract.current.terms.get("company", "")
    on_behalf = company if is_company else artist if role is SignerRole.agent else ""
    keep_evidence(
        session,
        SignatureEvidence(
            organisation_id=request.organisation_id,
            request_id=request.id,
            signer_role=role,
            signer_name=said["name"],
            signer_person_id=None if is_company else contract.signer_id,
            signer_user_id=contract.company_signatory_id if is_company else None,
            on_behalf_of=on_behalf,
            document_sha256=contract.current.document_sha256 or "",
            signed_at=at,
            zone=_zone(session, contract, is_company=is_company),
            address=f"In the certificate of {provider}",
            device=f"In the certificate of {provider}",
            step_up=f"{provider}, as {said['email']}",
            intent=f"Signed at {provider}, envelope {request.external_id}",
        ),
    )


def _zone(session: Session, contract: Contract, *, is_company: bool) -> str:
    if is_company:
        return session.get_one(Organisation, contract.organisation_id).zone
    return zone_of(session, contract)
