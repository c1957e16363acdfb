"""Finance decides a claim, line by line: whole, in part, or not; never one's own, never over another."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.approval_limits import Approver, check_second
from app.domain.claim_caps import CapUse
from app.domain.claim_decisions import check_approval, check_refusal, check_still_open
from app.domain.errors import Refused
from app.domain.expense_rules import check_against_rules
from app.domain.expenses import LineEvent, LineStatus, RateSource
from app.domain.messages import ThreadSide
from app.domain.money import Money, convert
from app.domain.periods import format_day
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.services import events, payables
from app.services.expenses import caps, letters, limits, rules, telling
from app.services.expenses.deciders import approver_of, decider_of
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
    """Approve a line, whole or in part. ``rate`` converts an expense in another currency.

    Above the limit the first approval waits for a second person, who approves that or less.
    """
    approver = _open(session, line, by)
    _set_rate(line, rate)
    if line.base_amount is None:
        raise Refused(
            f"This was paid in {line.currency}. Write how many {line.base_currency} one is worth.",
            field="rate",
        )
    claimed = Money(line.base_amount, line.base_currency)
    offered = line.first_amount if line.status is LineStatus.first_approved else line.base_amount
    wanted = offered if amount is None else amount
    said = reason.strip() or line.first_reason
    approved = check_approval(claimed, wanted or Decimal(0), said)
    _ask_the_rules(session, line, approved, said)
    if line.status is LineStatus.first_approved:
        _second(line, approver, approved)
    elif why := limits.why_second(session, line, approved):
        _first(session, line, approver, approved, reason, why)
        return
    with session.no_autoflush:
        line.approved_amount = approved
        _decide(session, line, approver, LineEvent.approve, said)


def approve_what_is_left(session: Session, line: ExpenseLine, by: By, *, reason: str = "") -> None:
    """Approve of a line what the contract's cap has left, with the rule as the reason."""
    locked(session, line.claim)
    use = caps.cap_use(session, line)
    if use is None or use.cap.limit.currency != line.base_currency:
        raise Refused(
            "The contract gives no cap to reduce this to. Write the amount.", field="amount"
        )
    if use.left.amount == 0:
        raise Refused(
            f"{use.cap.in_words}, and all of it is used. Refuse the line, or give a reason.",
            field="choice",
        )
    rule = f"{use.cap.in_words}; {use.in_words}."
    amount = min(use.left.amount, line.base_amount or use.left.amount)
    approve(session, line, by, amount=amount, reason=reason.strip() or rule)


def refuse(session: Session, line: ExpenseLine, by: By, *, reason: str) -> None:
    """Refuse a line, with the reason that the artist reads."""
    approver = _open(session, line, by)
    _decide(session, line, approver, LineEvent.refuse, check_refusal(reason))


def mark_duplicate(session: Session, line: ExpenseLine, by: By, *, of: ExpenseLine) -> None:
    """Refuse a line as the same expense as another one."""
    approver = _open(session, line, by)
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
    if of.claimant_id != line.claimant_id:
        reason = "The same expense was claimed by somebody else already."
    _decide(session, line, approver, LineEvent.mark_duplicate, reason)


def query(session: Session, line: ExpenseLine, by: By, *, question: str) -> None:
    """Ask the artist about a line. The rest of the claim is not held up."""
    _open(session, line, by)
    if line.status is LineStatus.first_approved:
        forget_first(line)
    line.advance(LineEvent.query)
    note(session, line, ThreadSide.staff, by.name, question)
    settle(session, line.claim)
    fact = f"{line.id}-{len(line.notes)}"
    asked = {
        "line": line,
        "amount": Money(line.amount, line.currency),
        "question": question.strip(),
    }
    telling.tell_claimant(session, line.claim, "claim_question", fact, **asked)


def post_decided(session: Session, claim: ExpenseClaim, by: By) -> Payable:
    """Post what is approved so far; the rest follows under the claim's number with a suffix."""
    locked(session, claim)
    approver_of(session, claim, by.user_id, by.name)
    payable = payables.post_claim(session, claim, approved_by=by.user_id)
    if payable is None:
        raise Refused(f"Nothing on {claim.number} is approved and waits to be posted.")
    return payable


def forget_first(line: ExpenseLine) -> None:
    """Take a first approval off a line that is looked at anew."""
    line.first_by = line.first_for = line.first_by_person_id = None
    line.first_at = line.first_amount = None
    line.first_by_name = line.first_for_name = line.first_reason = line.second_because = ""


def first_approver(line: ExpenseLine) -> Approver | None:
    """Return who approved a line first, where two have to."""
    if line.first_by is None:
        return None
    return Approver(line.first_by, line.first_by_name, line.first_for, line.first_for_name)


def _open(session: Session, line: ExpenseLine, by: By) -> Approver:
    """Hold the claim, and refuse whoever may not decide on it or comes too late."""
    claim = locked(session, line.claim)
    if claim.submitted_at is None or claim.recalled_at is not None:
        raise Refused(f"{claim.number} is not with us: it was taken back, or never sent.")
    approver = approver_of(session, claim, by.user_id, by.name)
    zone = ZoneInfo(session.get_one(Organisation, claim.organisation_id).zone)
    check_still_open(
        line.status,
        line.decided_by_name,
        line.decided_at.astimezone(zone) if line.decided_at else None,
        Money(line.approved_amount, line.base_currency) if line.approved_amount else None,
    )
    if by.seen_version is not None and by.seen_version != line.version:
        raise Refused(
            "This line changed while you were reading: there is a new question, answer, paper or "
            "first approval. Your decision was not saved. Look again."
        )
    return approver


def _ask_the_rules(session: Session, line: ExpenseLine, approved: Decimal, reason: str) -> None:
    caps.hold_engagement(session, line.claim.engagement_id)
    use = caps.cap_use(session, line)
    keeps = _keeps_to_cap(line, use, approved)
    check_against_rules(rules.findings_of(session, line, use), reason, keeps_to_cap=keeps)


def _keeps_to_cap(line: ExpenseLine, use: CapUse | None, approved: Decimal) -> bool:
    if use is None:
        return False
    if use.cap.limit.currency == line.base_currency:
        return approved <= use.left.amount
    return not use.is_over


def _first(
    session: Session, line: ExpenseLine, by: Approver, amount: Decimal, reason: str, why: str
) -> None:
    # Asked before the first word is written: the database sees the first approval whole or not.
    person_id = decider_of(session, by.user_id).person_id
    line.advance(LineEvent.approve_first)
    line.first_by, line.first_by_name, line.first_at = by.user_id, by.name, now()
    line.first_for, line.first_for_name = by.for_user_id, by.for_name
    line.first_by_person_id = person_id
    line.first_amount, line.first_reason, line.second_because = amount, reason.strip(), why
    settle(session, line.claim)


def _second(line: ExpenseLine, second: Approver, amount: Decimal) -> None:
    first = first_approver(line)
    if first is None or line.first_amount is None:
        raise Refused("Nobody has approved this line yet. Look again.")
    currency = line.base_currency
    check_second(first, second, Money(line.first_amount, currency), Money(amount, currency))


def _set_rate(line: ExpenseLine, rate: Decimal | None) -> None:
    if line.base_amount is not None or rate is None:
        return
    line.base_amount = convert(Money(line.amount, line.currency), rate, line.base_currency).amount
    line.rate, line.rate_source, line.rate_date = rate, RateSource.entered, line.spent_on


def _decide(
    session: Session, line: ExpenseLine, by: Approver, event: LineEvent, reason: str
) -> None:
    person_id = decider_of(session, by.user_id).person_id
    line.advance(event)
    line.decision_reason = reason.strip()
    line.decided_by, line.decided_by_name, line.decided_at = by.user_id, by.name, now()
    line.decided_for, line.decided_for_name = by.for_user_id, by.for_name
    line.decided_by_person_id = person_id
    claim = line.claim
    settle(session, claim)
    if claim.decided_at is not None:
        _close(session, claim, by)


def _close(session: Session, claim: ExpenseClaim, by: Approver) -> None:
    """Post what is approved when the last line is decided, and tell the artist what became of it."""
    payables.post_claim(session, claim, approved_by=by.user_id)
    events.tell(session, "claim.decided", claim, number=claim.number)
    day = letters.expected_day(session, claim)
    telling.tell_claimant(
        session,
        claim,
        "claim_decided",
        telling.whole(claim),
        outcomes=letters.outcomes(claim.lines),
        total=letters.approved_total(claim),
        expected=format_day(day) if day else "",
    )
