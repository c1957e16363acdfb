"""Write an amendment: the new terms beside those in force, its paper, and its review."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.amendments import check_amendment, differences, touched_positions
from app.domain.contracts import (
    AMENDMENT_IS_OPEN,
    AmendmentEvent,
    AmendmentStatus,
    ContractStatus,
)
from app.domain.errors import Invalid, Refused
from app.domain.payables import PayableStatus
from app.models.contracts import Amendment, Contract
from app.models.engagements import FeeLine
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.services.amendments import wording
from app.services.amendments.locks import locked
from app.services.contracts import locks
from app.services.contracts.fitness import check_engagement
from app.services.contracts.in_force import InForce, terms_on
from app.services.contracts.page import html
from app.services.contracts.terms import Change, changes, signatory_name
from app.services.maker_checker import check_other

LONGEST: Final = 4000
"""Characters of what else is agreed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the drafter wants: the whole terms as they shall be, from which day, and other words."""

    title: str
    effective_from: date
    terms: Mapping[str, Any]
    words: str = ""


def draft(session: Session, contract: Contract, wanted: Wanted, *, by_user_id: int) -> Amendment:
    """Draft an amendment of an executed contract; one at a time, so that each knows what it changes."""
    locks.locked(session, contract)
    _check_can_be_amended(session, contract)
    count = select(func.max(Amendment.number)).where(Amendment.contract_id == contract.id)
    amendment = Amendment(
        organisation_id=contract.organisation_id,
        contract=contract,
        number=(session.scalar(count) or 0) + 1,
        owner_id=by_user_id,
        status=AmendmentStatus.draft,
    )
    with session.no_autoflush:
        session.add(amendment)
        _write(session, amendment, wanted)
    session.flush()
    return amendment


def edit(session: Session, amendment: Amendment, wanted: Wanted, *, by_user_id: int) -> None:
    """Keep changed terms of an amendment that nobody has approved. Who edits in review is its maker."""
    locked(session, amendment)
    if amendment.status not in {AmendmentStatus.draft, AmendmentStatus.in_review}:
        raise Refused(
            f"An amendment that is {words_of(amendment.status)} cannot change. "
            "Return it for changes, or void it, first."
        )
    _write(session, amendment, wanted)
    if amendment.status is AmendmentStatus.in_review:
        amendment.submitted_by_id = by_user_id


def submit(session: Session, amendment: Amendment, *, by_user_id: int) -> None:
    """Put an amendment before whoever reviews it, checked against the terms in force now."""
    locked(session, amendment)
    check_engagement(amendment.contract.engagement)
    check_whole(session, amendment)
    amendment.advance(AmendmentEvent.submit)
    amendment.submitted_by_id = by_user_id
    amendment.reason = ""


def approve(session: Session, amendment: Amendment, *, by_user_id: int) -> None:
    """Find an amendment good; whoever submitted it cannot."""
    locked(session, amendment)
    check_other(amendment.submitted_by_id, by_user_id)
    check_whole(session, amendment)
    amendment.advance(AmendmentEvent.approve)
    amendment.approved_by_id = by_user_id


def return_for_changes(session: Session, amendment: Amendment, *, reason: str) -> None:
    """Give it back to whoever wrote it, saying what is to change."""
    locked(session, amendment)
    if not reason.strip():
        raise Refused("Say what is to change.", field="give_back")
    amendment.advance(AmendmentEvent.return_for_changes)
    amendment.reason = reason.strip()
    amendment.approved_by_id = None


def revise(session: Session, amendment: Amendment, *, by_user_id: int) -> None:
    """Open an amendment again that was declined or ran out."""
    locked(session, amendment)
    _check_can_be_amended(session, amendment.contract)
    amendment.advance(AmendmentEvent.revise)
    amendment.owner_id = by_user_id
    amendment.submitted_by_id = amendment.approved_by_id = None
    amendment.frozen_at = amendment.sent_at = amendment.viewed_at = amendment.expires_at = None
    amendment.document_sha256 = amendment.document_file_id = None
    amendment.reason = ""


def base_of(session: Session, contract: Contract, effective_from: date) -> InForce:
    """Return the terms that hold on the day an amendment shall take effect."""
    return terms_on(session, contract.engagement, effective_from)


def changes_of(amendment: Amendment) -> list[Change]:
    """Return what an amendment changes, in words, as its paper says it."""
    return changes(amendment.before, {**amendment.before, **amendment.changes})


def check_whole(session: Session, amendment: Amendment) -> None:
    """Refuse an amendment that does not add up, or was written over other terms than hold now."""
    held = base_of(session, amendment.contract, amendment.effective_from).terms
    stale = [change.label for change in changes(amendment.before, held)]
    if stale:
        raise Refused(
            f"Changed since this was written: {', '.join(stale)}. Open it, read it, save it again."
        )
    _check(session, amendment, {**held, **amendment.changes}, amendment.words)


def words_of(status: AmendmentStatus) -> str:
    """Write a status for a sentence."""
    return status.value.replace("_", " ")


def _write(session: Session, amendment: Amendment, wanted: Wanted) -> None:
    if len(wanted.words) > LONGEST:
        raise Refused(f"Keep it under {LONGEST:,} characters.", field="words")
    amendment.title = wanted.title.strip() or "Change of terms"
    amendment.effective_from = wanted.effective_from
    amendment.words = wanted.words.strip()
    house = session.get_one(Organisation, amendment.organisation_id)
    amendment.company_signatory_id = house.signatory_user_id  # Whoever signs by the rules of today.
    held = dict(base_of(session, amendment.contract, wanted.effective_from).terms)
    held["company_signatory"] = signatory_name(session, amendment.company_signatory_id)
    amendment.before = held
    amendment.changes = differences(held, wanted.terms)
    _check(session, amendment, {**held, **amendment.changes}, amendment.words)
    amendment.markdown = wording.markdown_of(
        amendment, amendment.contract.current, held, changes_of(amendment)
    )
    amendment.html = html(amendment.markdown)


def _check(session: Session, amendment: Amendment, after: Mapping[str, Any], words: str) -> None:
    touched = touched_positions(amendment.before["fee_lines"], after["fee_lines"])
    settled = touched & _payable_positions(session, amendment.contract)
    check_amendment(
        after,
        amendment.changes,
        words=words,
        effective_from=amendment.effective_from,
        settled=settled,
    )


def _payable_positions(session: Session, contract: Contract) -> frozenset[int]:
    found = session.scalars(
        select(FeeLine.position)
        .join(Payable, Payable.fee_line_id == FeeLine.id)
        .where(FeeLine.engagement_id == contract.engagement_id)
        .where(Payable.status != PayableStatus.voided)
    )
    return frozenset(found)


def _check_can_be_amended(session: Session, contract: Contract) -> None:
    if contract.status is not ContractStatus.executed:
        raise Refused(
            f"Only an executed contract is amended; {contract.number} is "
            f"{contract.status.value.replace('_', ' ')}."
        )
    check_engagement(contract.engagement)
    other = session.scalars(
        select(Amendment).where(
            Amendment.contract_id == contract.id, Amendment.status.in_(AMENDMENT_IS_OPEN)
        )
    ).first()
    if other is not None:
        raise Invalid(
            {"": f"Amendment {other.number} is {words_of(other.status)}. Finish or void it first."}
        )
