"""Put a contract before its signers: send it, send it again, remind them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contract_sending import Paper as Readiness
from app.domain.contract_sending import check_ready_to_send
from app.domain.contracts import (
    BEFORE_SENDING,
    ContractEvent,
    ContractStatus,
    FeeKind,
    SignatureRequestStatus,
    next_status,
)
from app.domain.documents import safe_name
from app.domain.envelopes import BUILTIN
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.domain.money import Money
from app.domain.people import ContactKind
from app.domain.periods import Period
from app.models.contracts import Contract, ContractVersion, SignatureRequest
from app.models.organisations import Organisation
from app.models.people import ContactPoint, Person
from app.services import files
from app.services.contact_points import is_open
from app.services.contracts import paper, telling
from app.services.contracts.drafting import rewrite
from app.services.contracts.fitness import check_engagement, check_terms
from app.services.contracts.locks import locked
from app.services.contracts.opening import open_to_signer
from app.services.contracts.requests import newest_request, open_request
from app.services.contracts.signing_rights import check_may_sign
from app.services.contracts.terms import signatory_name
from app.services.esign import choice
from app.services.esign import sending as elsewhere
from app.services.esign.requests import refuse_on_its_way
from app.services.open_work import has_left

PATIENCE: Final = timedelta(days=14)
"""How long a contract can be signed, unless the sender says otherwise."""

ASKED: Final = frozenset({ContractStatus.sent, ContractStatus.part_signed})
"""Where the artist's side has still to sign."""

ON_ITS_WAY: Final = frozenset({SignatureRequestStatus.waiting, SignatureRequestStatus.sent})
"""Where pressing Send once more changes nothing."""

INSTALMENTS: Final = frozenset({FeeKind.instalment})


@dataclass(frozen=True, slots=True)
class SigningPaper:
    """The PDF made of a version, already in the store, and the text it was made of."""

    kept: files.Kept
    text_sha256: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a contract goes out: until when it can be signed, who is reminded when, who gets a copy."""

    expires_at: datetime | None = None
    """None: two weeks from now."""
    reminder_days: Sequence[int] | None = None
    """None: the company's own ladder."""
    copy_to_agent: bool = True


def paper_of(contract: Contract, version: ContractVersion) -> paper.Paper:
    """Return what the PDF of a version is made of."""
    return paper.Paper(
        title=contract.title,
        number=contract.number,
        version=version.number,
        company=version.terms.get("company", ""),
        markdown=version.markdown,
        dated=version.created_at,
    )


def make_paper(contract: Contract) -> tuple[bytes, SigningPaper]:
    """Make the PDF of the version being written, and its account for ``send_for_signature``."""
    version = contract.current
    content = paper.pdf(paper_of(contract, version))
    name = safe_name(f"{contract.number} v{version.number}.pdf")
    kept = files.Kept.of(content, media_type="application/pdf", name=name)
    return content, SigningPaper(kept, fingerprint(version.markdown))


def check_sendable(session: Session, contract: Contract) -> None:
    """Refuse to send what is not whole, saying everything that is wrong at once."""
    engagement, version = contract.engagement, contract.current
    check_engagement(engagement)
    production = engagement.production
    signer = session.get(Person, contract.signer_id) if contract.signer_id else None
    period = Period(engagement.starts_on, engagement.ends_on)
    runs = Period(production.starts_on, production.ends_on) if production.starts_on else None
    check_ready_to_send(
        Readiness(
            signer=signer.name if signer else "",
            signer_is_verified=signer is not None and has_verified_address(session, signer),
            company_signatory=signatory_name(session, contract.company_signatory_id),
            signatory_has_left=has_left(session, contract.company_signatory_id),
            missing=version.missing,
            fee=Money(engagement.fee, engagement.currency),
            instalments=[
                Money(line.amount, line.currency)
                for line in engagement.fee_lines
                if line.kind in INSTALMENTS
            ],
            period=period,
            production=runs,
            dates_reason=engagement.dates_reason,
        )
    )
    if signer is not None:
        check_may_sign(session, contract, signer, today_of(session, contract))
    if contract.status not in {ContractStatus.draft, ContractStatus.in_review}:
        check_terms(session, contract)


def has_verified_address(session: Session, person: Person) -> bool:
    """Tell whether mail to a person is known to reach that person."""
    asked = select(ContactPoint.id).where(
        ContactPoint.person_id == person.id,
        ContactPoint.kind == ContactKind.email,
        ContactPoint.verified_at.is_not(None),
        is_open(),
        ContactPoint.conflict_note == "",
    )
    return session.scalars(asked.limit(1)).first() is not None


def send_for_signature(
    session: Session,
    contract: Contract,
    made: SigningPaper,
    *,
    by_user_id: int,
    terms: Delivery | None = None,
) -> SignatureRequest:
    """Freeze the version with its PDF, open it to the signer and promise to tell her, once."""
    locked(session, contract)
    version = contract.current
    if version.document_sha256 == made.kept.sha256:
        out = newest_request(session, contract)
        if out is not None and out.status in ON_ITS_WAY:
            return out
    check_sendable(session, contract)
    if fingerprint(version.markdown) != made.text_sha256:
        raise Refused("Somebody changed the text just now. Read it again, then send it.")
    next_status(contract.status, ContractEvent.send)
    stored = files.record(
        session,
        made.kept,
        organisation_id=contract.organisation_id,
        stored_by=f"staff:{by_user_id}",
        owner_person_id=contract.engagement.person_id,
    )
    version.frozen_at = now()
    version.document_sha256 = made.kept.sha256
    version.document_file_id = stored.id
    contract.owner_id = by_user_id
    return _put_before_signers(session, contract, terms or Delivery())


def resend(
    session: Session, contract: Contract, *, by_user_id: int, terms: Delivery | None = None
) -> SignatureRequest:
    """Put the same version before the signers again, after it ran out or was voided."""
    locked(session, contract)
    refuse_on_its_way(session, contract)
    check_sendable(session, contract)
    next_status(contract.status, ContractEvent.resend)
    contract.owner_id = by_user_id
    return _put_before_signers(session, contract, terms or Delivery())


def change_signers(
    session: Session, contract: Contract, person: Person, signatory_user_id: int
) -> None:
    """Choose who signs for the artist, only with the right to, and who signs for the company."""
    locked(session, contract)
    if contract.status not in BEFORE_SENDING:
        raise Refused("The contract is out with its signers. Void it, then send it to others.")
    refuse_on_its_way(session, contract)
    check_may_sign(session, contract, person, today_of(session, contract))
    if not signatory_name(session, signatory_user_id) or has_left(session, signatory_user_id):
        raise Refused("Choose who signs for the company.", field="company_signatory_id")
    if contract.status is ContractStatus.ready:
        check_terms(session, contract)
    contract.signer_id = person.id
    contract.company_signatory_id = signatory_user_id
    rewrite(session, contract)


def remind(session: Session, contract: Contract) -> None:
    """Remind the signer, at most once a day."""
    locked(session, contract)
    if contract.status not in ASKED:
        raise Refused(f"Nobody is asked to sign a contract that is {status_words(contract)}.")
    request = open_request(session, contract)
    day = today_of(session, contract).isoformat()
    telling.tell_signer(session, contract, "contract_reminder", f"{request.id}-{day}")


def ladder(session: Session, organisation_id: int, days: Sequence[int] | None) -> list[int]:
    """Return the steps of reminding: those chosen, else the company's own."""
    if days is not None:
        return list(days)
    return list(session.get_one(Organisation, organisation_id).reminder_days)


def check_future(expires_at: datetime) -> None:
    """Refuse a day that is over."""
    if expires_at <= now():
        raise Refused("That day is over. Choose a later one.", field="expires_on")


def _put_before_signers(session: Session, contract: Contract, terms: Delivery) -> SignatureRequest:
    at = now()
    expires_at = terms.expires_at or at + PATIENCE
    check_future(expires_at)
    earlier = newest_request(session, contract)
    request = SignatureRequest(
        organisation_id=contract.organisation_id,
        contract_version=contract.current,
        sent_at=at,
        expires_at=expires_at,
        reminder_days=ladder(session, contract.organisation_id, terms.reminder_days),
        provider=choice.chosen(session),
    )
    session.add(request)
    session.flush()
    how = {"again": earlier is not None, "copy_to_agent": terms.copy_to_agent}
    if request.provider == BUILTIN:
        open_to_signer(session, contract, request, **how)
    else:
        elsewhere.ask(session, contract, request, **how)
    return request


def status_words(contract: Contract) -> str:
    """Return a contract's status in words."""
    return contract.status.value.replace("_", " ")


def today_of(session: Session, contract: Contract) -> date:
    """Return the day it is at the company."""
    organisation = session.get_one(Organisation, contract.organisation_id)
    return today_in(organisation.zone, now())


def fingerprint(markdown: str) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(markdown.encode()).hexdigest()
