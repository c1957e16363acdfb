"""Finance decides a claim, line by line: whole, in part, or not; never one's own, never over another."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.claim_decisions import (
    check_approval,
    check_decider,
    check_refusal,
    check_still_open,
)
from app.domain.errors import Refused
from app.domain.expenses import LineEvent, LineStatus, RateSource
from app.domain.messages import ThreadSide
from app.domain.money import Money, convert
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.services import payables
from app.services.expenses import letters, telling
from app.services.expenses.deciders import decider_of, others_who_decide, parties_of
from app.services.expenses.questions import note
from app.services.expenses.standing import locked, settle


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, and which state of the line they saw."""

    user_id: int
    name: str
    seen_version: int | None = None


def approve(
    session: Session,
    line: ExpenseLine,
    by: By,
    *,
    amount: Decimal | None = None,
    reason: str = "",
    rate: Decimal | None = None,
) -> None:
    """Approve a line, whole or in part. ``rate`` converts an expense in another currency."""
    _open(session, line, by)
    _set_rate(line, rate)
    if line.base_amount is None:
        raise Refused(
            f"This was paid in {line.currency}. Write how many {line.base_currency} one is worth.",
            field="rate",
        )
    claimed = Money(line.base_amount, line.base_currency)
    line.approved_amount = check_approval(
        claimed, line.base_amount if amount is None else amount, reason
    )
    _decide(session, line, by, LineEvent.approve, reason)


def refuse(session: Session, line: ExpenseLine, by: By, *, reason: str) -> None:
    """Refuse a line, with the reason that the artist reads."""
    _open(session, line, by)
    _decide(session, line, by, LineEvent.refuse, check_refusal(reason))


def mark_duplicate(session: Session, line: ExpenseLine, by: By, *, of: ExpenseLine) -> None:
    """Refuse a line as the same expense as another one."""
    _open(session, line, by)
    if of.id == line.id:
        raise Refused("A line is not a duplicate of itself. Choose the other one.")
    if of.status is LineStatus.duplicate or of.claim.recalled_at is not None:
        raise Refused(
            f"Line {of.position} of {of.claim.number} was not claimed in the end: it is a duplicate "
            "itself, or was taken back. Decide this line on its own.",
            field="choice",
        )
    line.duplicate_of_id = of.id
    reason = f"The same expense as line {of.position} of {of.claim.number}."
    _decide(session, line, by, LineEvent.mark_duplicate, reason)


def query(session: Session, line: ExpenseLine, by: By, *, question: str) -> None:
    """Ask the artist about a line. The rest of the claim is not held up."""
    _open(session, line, by)
    line.advance(LineEvent.query)
    note(session, line, ThreadSide.staff, by.name, question)
    settle(session, line.claim)
    fact = f"{line.id}-{len(line.notes)}"
    telling.tell_claimant(
        session, line.claim, "claim_question", fact, line=line, question=question.strip()
    )


def post_decided(session: Session, claim: ExpenseClaim, by: By) -> Payable:
    """Post what is approved so far; the rest follows under the claim's number with a suffix."""
    locked(session, claim)
    _check_may(session, claim, by)
    payable = payables.post_claim(session, claim, approved_by=by.user_id)
    if payable is None:
        raise Refused(f"Nothing on {claim.number} is approved and waits to be posted.")
    return payable


def _check_may(session: Session, claim: ExpenseClaim, by: By) -> None:
    others = others_who_decide(session, by.user_id)
    check_decider(decider_of(session, by.user_id), parties_of(session, claim), others)


def _open(session: Session, line: ExpenseLine, by: By) -> None:
    """Hold the claim, and refuse whoever may not decide on it or comes too late."""
    claim = locked(session, line.claim)
    if claim.submitted_at is None or claim.recalled_at is not None:
        raise Refused(f"{claim.number} is not with us: it was taken back, or never sent.")
    _check_may(session, claim, by)
    zone = ZoneInfo(session.get_one(Organisation, claim.organisation_id).zone)
    check_still_open(
        line.status,
        line.decided_by_name,
        line.decided_at.astimezone(zone) if line.decided_at else None,
        Money(line.approved_amount, line.base_currency) if line.approved_amount else None,
    )
    if by.seen_version is not None and by.seen_version != line.version:
        raise Refused(
            "This line changed while you were reading: there is a new question, answer or paper. "
            "Your decision was not saved. Look again."
        )


def _set_rate(line: ExpenseLine, rate: Decimal | None) -> None:
    if line.base_amount is not None or rate is None:
        return
    line.base_amount = convert(Money(line.amount, line.currency), rate, line.base_currency).amount
    line.rate, line.rate_source, line.rate_date = rate, RateSource.entered, line.spent_on


def _decide(session: Session, line: ExpenseLine, by: By, event: LineEvent, reason: str) -> None:
    line.advance(event)
    line.decision_reason = reason.strip()
    line.decided_by, line.decided_by_name, line.decided_at = by.user_id, by.name, now()
    line.decided_by_person_id = decider_of(session, by.user_id).person_id
    claim = line.claim
    settle(session, claim)
    if claim.decided_at is not None:
        payables.post_claim(session, claim, approved_by=by.user_id)
        telling.tell_claimant(
            session,
            claim,
            "claim_decided",
            "whole",
            outcomes=letters.outcomes(claim.lines),
            total=letters.approved_total(claim),
            expected=letters.expected_day(session, claim),
        )
