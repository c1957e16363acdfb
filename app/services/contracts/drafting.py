"""Write a contract: draft it from its engagement, revise it, preview it, have it reviewed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import BEFORE_SENDING, OUT_FOR_SIGNATURE, ContractEvent, ContractStatus
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.domain.numbers import contract_number
from app.models.contract_texts import ContractTemplate
from app.models.contracts import Contract, ContractVersion
from app.models.engagements import Engagement
from app.models.organisations import Organisation
from app.services.contracts.clauses import check_choices, wordings
from app.services.contracts.fields import fields_of
from app.services.contracts.fitness import check_engagement
from app.services.contracts.locks import locked
from app.services.contracts.merge import check_syntax, merge
from app.services.contracts.page import html
from app.services.contracts.terms import terms_of
from app.services.esign.requests import refuse_on_its_way
from app.services.maker_checker import check_other
from app.services.numbers import next_contract_number

LIVE = (*BEFORE_SENDING, *OUT_FOR_SIGNATURE, ContractStatus.executed, ContractStatus.external)


@dataclass(frozen=True, slots=True)
class Text:
    """A title and a text with merge fields."""

    title: str
    source: str


@dataclass(frozen=True, slots=True)
class Written:
    """A contract's text as it would read now."""

    title: str
    markdown: str
    html: str
    missing: list[str]
    terms: dict[str, Any]
    clauses: list[dict[str, Any]]


def draft_from_engagement(
    session: Session, engagement: Engagement, template: ContractTemplate, *, by_user_id: int
) -> Contract:
    """Draft the contract of an engagement from a template."""
    contract = Contract(
        organisation_id=engagement.organisation_id, engagement=engagement, template=template
    )
    draft(session, contract, by_user_id=by_user_id)
    return contract


def draft(session: Session, contract: Contract, *, by_user_id: int) -> None:
    """Fill in a new contract from its engagement and template; an engagement has one live contract."""
    engagement, template = contract.engagement, contract.template
    if template is None:
        raise Refused("Choose the text to start from.", field="template")
    session.refresh(engagement, with_for_update={"of": Engagement})
    check_engagement(engagement)
    _refuse_second(session, engagement)
    organisation = session.get_one(Organisation, engagement.organisation_id)
    year = today_in(organisation.zone, now()).year
    contract.number = next_contract_number(session, engagement.organisation_id, year)
    contract.title = template.title
    contract.signer_id = contract.signer_id or engagement.person_id
    contract.company_signatory_id = organisation.signatory_user_id
    contract.owner_id = by_user_id
    contract.last_event_at = now()
    contract.versions.append(_version(contract, 1, template.body))
    session.add(contract)
    session.flush()
    rewrite(session, contract)


def write(
    session: Session,
    engagement: Engagement,
    text: Text,
    *,
    number: str,
    signatory_id: int | None,
    chosen: Mapping[str, str] | None = None,
) -> Written:
    """Return how a text with merge fields reads for an engagement. Keeps nothing."""
    terms = terms_of(session, engagement, signatory_id)
    fields = fields_of(session, engagement, number, terms)
    merged = merge(text.source, text.title, fields, wordings(session), chosen)
    return Written(
        merged.title,
        merged.markdown,
        html(merged.markdown),
        list(merged.missing),
        terms,
        list(merged.clauses),
    )


def preview(session: Session, engagement: Engagement, text: Text) -> Written:
    """Return how a template reads for a real engagement, without making a contract."""
    organisation = session.get_one(Organisation, engagement.organisation_id)
    year = today_in(organisation.zone, now()).year
    return write(
        session,
        engagement,
        text,
        number=contract_number(year, 0),
        signatory_id=organisation.signatory_user_id,
    )


def rewrite(session: Session, contract: Contract) -> ContractVersion:
    """Merge the engagement's facts into the version that is being written."""
    version = contract.current
    if version.frozen_at is not None:
        raise Refused("This version was sent and stays as it is. Revise the contract first.")
    title = contract.template.title if contract.template else contract.title
    written = write(
        session,
        contract.engagement,
        Text(title, version.source),
        number=contract.number,
        signatory_id=contract.company_signatory_id,
        chosen=contract.clause_choices,
    )
    contract.title = written.title
    version.markdown = written.markdown
    version.html = written.html
    version.missing = written.missing
    version.terms = written.terms
    version.clauses = written.clauses
    return version


def edit_text(
    session: Session, contract: Contract, source: str, note: str = "", *, by_user_id: int
) -> ContractVersion:
    """Keep a changed text for this contract alone. Who changes it in review is its maker."""
    _open_text(session, contract)
    if contract.status is ContractStatus.in_review:
        contract.submitted_by_id = by_user_id
    check_syntax(source)
    contract.current.source = source
    contract.current.note = note
    contract.last_event_at = now()
    return rewrite(session, contract)


def choose_wordings(session: Session, contract: Contract, chosen: Mapping[str, str]) -> None:
    """Keep which wording of its clauses a contract takes, whatever the conditions say."""
    _open_text(session, contract)
    contract.clause_choices = check_choices(session, chosen)
    contract.last_event_at = now()
    rewrite(session, contract)


def refresh(session: Session, contract: Contract) -> ContractVersion:
    """Take the engagement's facts of now into a text that nobody has approved yet."""
    _open_text(session, contract)
    return rewrite(session, contract)


def _open_text(session: Session, contract: Contract) -> None:
    locked(session, contract)
    if contract.status not in {ContractStatus.draft, ContractStatus.in_review}:
        raise Refused(
            f"The text cannot change once a contract is {_words(contract.status)}. "
            "Return it for changes, or void it, first."
        )


def revise(
    session: Session, contract: Contract, *, by_user_id: int, note: str = ""
) -> ContractVersion:
    """Open a new version of a contract that was declined, ran out or was voided."""
    locked(session, contract)
    check_engagement(contract.engagement)
    contract.advance(ContractEvent.revise)
    before = contract.current
    version = _version(contract, before.number + 1, before.source)
    version.note = note
    contract.versions.append(version)
    contract.owner_id = by_user_id
    contract.submitted_by_id = contract.approved_by_id = None
    contract.reason = ""
    contract.sent_at = contract.viewed_at = contract.expires_at = None
    contract.last_event_at = now()
    session.flush()
    return rewrite(session, contract)


def submit(session: Session, contract: Contract, *, by_user_id: int) -> None:
    """Put a draft before whoever reviews it, with today's facts."""
    locked(session, contract)
    check_engagement(contract.engagement)
    rewrite(session, contract)
    contract.advance(ContractEvent.submit)
    contract.submitted_by_id = by_user_id
    contract.approved_by_id = None
    contract.reason = ""
    contract.last_event_at = now()


def approve(session: Session, contract: Contract, *, by_user_id: int) -> None:
    """Find the text good: it may be sent."""
    locked(session, contract)
    check_other(contract.submitted_by_id, by_user_id)
    if contract.current.missing:
        raise Refused(
            f"Still empty in the text: {', '.join(contract.current.missing)}. Fill them in."
        )
    contract.advance(ContractEvent.approve)
    contract.approved_by_id = by_user_id
    contract.last_event_at = now()


def return_for_changes(session: Session, contract: Contract, *, reason: str) -> None:
    """Give a text back to whoever wrote it, saying what is to change."""
    locked(session, contract)
    if not reason.strip():
        raise Refused("Say what is to change.", field="give_back")
    refuse_on_its_way(session, contract)
    contract.advance(ContractEvent.return_for_changes)
    contract.reason = reason.strip()
    contract.approved_by_id = None
    contract.last_event_at = now()


def _version(contract: Contract, number: int, source: str) -> ContractVersion:
    return ContractVersion(
        organisation_id=contract.organisation_id,
        number=number,
        source=source,
        markdown="",
        terms={},
        missing=[],
    )


def _refuse_second(session: Session, engagement: Engagement) -> None:
    other = session.scalars(
        select(Contract)
        .where(
            Contract.engagement_id == engagement.id,
            Contract.status.in_(LIVE),
            Contract.archived_at.is_(None),
        )
        .limit(1)
    ).first()
    if other is not None:
        raise Refused(
            f"{other.number} is the contract of this engagement. Open it, or void it first.",
            field="engagement",
        )


def _words(status: ContractStatus) -> str:
    return status.value.replace("_", " ")
