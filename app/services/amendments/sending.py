"""Put an amendment before its signers: make its paper, freeze it, open it to the artist's side."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import AmendmentEvent, AmendmentStatus, SignatureRequestEvent
from app.domain.documents import safe_name
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.models.contracts import Amendment, SignatureRequest
from app.models.organisations import Organisation
from app.models.people import Person
from app.services import facts, files
from app.services.amendments import telling, wording
from app.services.amendments.drafting import check_whole
from app.services.amendments.locks import locked
from app.services.amendments.requests import open_request
from app.services.contracts import paper
from app.services.contracts.fitness import check_engagement
from app.services.contracts.sending import (
    PATIENCE,
    SigningPaper,
    fingerprint,
    has_verified_address,
    ladder,
)
from app.services.contracts.signing_rights import check_may_sign
from app.services.contracts.terms import signatory_name
from app.services.open_work import has_left


def paper_of(amendment: Amendment) -> paper.Paper:
    """Return what the PDF of an amendment is made of."""
    return paper.Paper(
        title=wording.title_of(amendment),
        number=f"{amendment.contract.number}, amendment {amendment.number}",
        version=0,
        company=amendment.before.get("company", ""),
        markdown=amendment.markdown,
        dated=amendment.created_at,
    )


def make_paper(amendment: Amendment) -> tuple[bytes, SigningPaper]:
    """Make the PDF of an amendment, and its account for ``send``."""
    content = paper.pdf(paper_of(amendment))
    name = safe_name(f"{amendment.contract.number} amendment {amendment.number}.pdf")
    kept = files.Kept.of(content, media_type="application/pdf", name=name)
    return content, SigningPaper(kept, fingerprint(amendment.markdown))


def check_sendable(session: Session, amendment: Amendment) -> None:
    """Refuse to send an amendment that is not whole or has nobody to sign it."""
    contract = amendment.contract
    check_engagement(contract.engagement)
    check_whole(session, amendment)
    signer = session.get_one(Person, contract.signer_id or contract.engagement.person_id)
    if not has_verified_address(session, signer):
        raise Refused(
            f"{signer.name} has no verified e-mail address. Send an invitation first.",
            field="signer_id",
        )
    signs = amendment.company_signatory_id
    if not signatory_name(session, signs) or has_left(session, signs):
        raise Refused(
            "Nobody who works here is named to sign for the company. Choose somebody under Signing "
            "rules, then return the amendment for changes and keep it again."
        )
    organisation = session.get_one(Organisation, amendment.organisation_id)
    check_may_sign(session, contract, signer, today_in(organisation.zone, now()))


def send(
    session: Session,
    amendment: Amendment,
    made: SigningPaper,
    *,
    by_user_id: int,
    patience: timedelta = PATIENCE,
) -> SignatureRequest:
    """Freeze an amendment with its PDF, open it to the signer and promise to tell her, once."""
    locked(session, amendment)
    if amendment.status is AmendmentStatus.sent and amendment.document_sha256 == made.kept.sha256:
        return open_request(session, amendment)
    check_sendable(session, amendment)
    if fingerprint(amendment.markdown) != made.text_sha256:
        raise Refused("Somebody changed the text just now. Read it again, then send it.")
    amendment.advance(AmendmentEvent.send)
    at = now()
    stored = files.record(
        session,
        made.kept,
        organisation_id=amendment.organisation_id,
        stored_by=f"staff:{by_user_id}",
        owner_person_id=amendment.contract.engagement.person_id,
    )
    amendment.frozen_at = amendment.sent_at = amendment.contract.last_event_at = at
    amendment.document_sha256, amendment.document_file_id = made.kept.sha256, stored.id
    amendment.owner_id, amendment.expires_at = by_user_id, at + patience
    return _put_before_signers(session, amendment)


def _put_before_signers(session: Session, amendment: Amendment) -> SignatureRequest:
    request = SignatureRequest(
        organisation_id=amendment.organisation_id,
        amendment=amendment,
        sent_at=amendment.sent_at,
        expires_at=amendment.expires_at,
        reminder_days=ladder(session, amendment.organisation_id, None),
    )
    session.add(request)
    session.flush()
    request.advance(SignatureRequestEvent.send)
    fact = str(request.id)
    facts.of_amendment(session, "amendment.sent", amendment)
    telling.tell_signer(session, amendment, "amendment_sent", fact)
    telling.tell_agent(session, amendment, "amendment_sent_copy", fact)
    return request
