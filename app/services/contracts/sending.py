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
    SignatureRequestEvent,
)
from app.domain.documents import safe_name
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
from app.services.contracts.requests import newest_request, open_request
from app.services.contracts.signing_rights import check_may_sign
from app.services.contracts.terms import signatory_name

PATIENCE: Final = timedelta(days=14)
"""How long a contract can be signed, unless the sender says otherwise."""

ASKED: Final = frozenset({ContractStatus.sent, ContractStatus.part_signed})
"""Where the artist's side has still to sign."""

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
        check_may_sign(session, contract, signer, _today(session, contract))
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
    if contract.status is ContractStatus.sent and version.document_sha256 == made.kept.sha256:
        return open_request(session, contract)
    check_sendable(session, contract)
    if fingerprint(version.markdown) != made.text_sha256:
        raise Refused("Somebody changed the text just now. Read it again, then send it.")
    contract.advance(ContractEvent.send)
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
    check_sendable(session, contract)
    contract.advance(ContractEvent.resend)
    contract.owner_id = by_user_id
    contract.viewed_at = None
    return _put_before_signers(session, contract, terms or Delivery())


def change_signers(
    session: Session, contract: Contract, person: Person, signatory_user_id: int
) -> None:
    """Choose who signs for the artist, only with the right to, and who signs for the company."""
    locked(session, contract)
    if contract.status not in BEFORE_SENDING:
        raise Refused("The contract is out with its signers. Void it, then send it to others.")
    check_may_sign(session, contract, person, _today(session, contract))
    if not signatory_name(session, signatory_user_id):
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
        raise Refused(f"Nobody is asked to sign a contract that is {_words(contract)}.")
    request = open_request(session, contract)
    day = _today(session, contract).isoformat()
    telling.tell_signer(session, contract, "contract_reminder", f"{request.id}-{day}")


def change_delivery(session: Session, contract: Contract, terms: Delivery) -> None:
    """Change until when a contract that is out can be signed, and when its signer is reminded."""
    locked(session, contract)
    if contract.status not in ASKED:
        raise Refused(f"Nobody is asked to sign a contract that is {_words(contract)}.")
    request = open_request(session, contract)
    request.reminder_days = ladder(session, contract.organisation_id, terms.reminder_days)
    if terms.expires_at is not None:
        _check_future(terms.expires_at)
        request.expires_at = contract.expires_at = terms.expires_at


def reassign(session: Session, contract: Contract, person: Person) -> None:
    """Ask somebody else to sign a contract that is out: the artist, or an agent with the right to."""
    locked(session, contract)
    if contract.status not in ASKED:
        raise Refused(f"Nobody is asked to sign a contract that is {_words(contract)}.")
    check_may_sign(session, contract, person, _today(session, contract))
    if not has_verified_address(session, person):
        raise Refused(
            f"{person.name} has no verified e-mail address. Send an invitation, or choose another.",
            field="signer_id",
        )
    if contract.signer_id == person.id:
        return
    contract.signer_id = person.id
    contract.last_event_at = now()
    request = open_request(session, contract)
    fact = f"{request.id}-to-{person.id}-{contract.version}"
    telling.tell_signer(session, contract, "contract_sent", fact, again=False)
    if person.id != contract.engagement.person_id:
        telling.tell_person(
            session, contract, contract.engagement.person, "contract_reassigned", fact,
            signer=person,
        )  # fmt: skip


def send_link(session: Session, contract: Contract) -> None:
    """Send the signer the link once more, at most one letter an hour."""
    locked(session, contract)
    if contract.status not in ASKED:
        raise Refused(f"Nobody is asked to sign a contract that is {_words(contract)}.")
    request = open_request(session, contract)
    fact = f"{request.id}-{contract.signer_id}-{now():%Y%m%d%H}"
    telling.tell_signer(session, contract, "contract_link", fact)


def ladder(session: Session, organisation_id: int, days: Sequence[int] | None) -> list[int]:
    """Return the steps of reminding: those chosen, else the company's own."""
    if days is not None:
        return list(days)
    return list(session.get_one(Organisation, organisation_id).reminder_days)


def _check_future(expires_at: datetime) -> None:
    if expires_at <= now():
        raise Refused("That day is over. Choose a later one.", field="expires_on")


def _put_before_signers(session: Session, contract: Contract, terms: Delivery) -> SignatureRequest:
    at = now()
    expires_at = terms.expires_at or at + PATIENCE
    _check_future(expires_at)
    earlier = newest_request(session, contract)
    request = SignatureRequest(
        organisation_id=contract.organisation_id,
        contract_version=contract.current,
        sent_at=at,
        expires_at=expires_at,
        reminder_days=ladder(session, contract.organisation_id, terms.reminder_days),
    )
    session.add(request)
    session.flush()
    request.advance(SignatureRequestEvent.send)
    contract.sent_at = contract.last_event_at = at
    contract.expires_at = request.expires_at
    contract.reason = ""
    fact = str(request.id)
    telling.tell_signer(session, contract, "contract_sent", fact, again=earlier is not None)
    if terms.copy_to_agent:
        telling.tell_agent(session, contract, "contract_sent_copy", fact)
    return request


def _words(contract: Contract) -> str:
    return contract.status.value.replace("_", " ")


def _today(session: Session, contract: Contract) -> date:
    organisation = session.get_one(Organisation, contract.organisation_id)
    return today_in(organisation.zone, now())


def fingerprint(markdown: str) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(markdown.encode()).hexdigest()
