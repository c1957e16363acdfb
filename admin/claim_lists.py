"""The questions a list of claims answers: what waits for me, for a second person, for the artist, and why."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import g
from sqlalchemy import and_, exists, func, or_, select

from admin.filters import SavedView
from app.domain.expenses import ClaimStatus, LineStatus
from app.domain.money import Money, add_up
from app.domain.pay_runs import PayDays, expected_payment_day
from app.models.approvals import ApprovalLimit
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services.expenses import duplicates
from app.services.expenses.waiting import OPEN, Condition, has_line, is_live, waits_for

DECIDED = (ClaimStatus.decided, ClaimStatus.posting, ClaimStatus.post_failed, ClaimStatus.posted)


def is_waiting() -> Condition:
    """Return the condition that a claim waits for finance: for a decision, or for a second one."""
    return and_(is_live(), has_line(*OPEN, LineStatus.first_approved))


def is_waiting_for_me() -> Condition:
    """Return the condition that whoever is signed in could decide something on it."""
    return waits_for(g.user.id)


def needs_second() -> Condition:
    """Return the condition that a first approval waits for another person."""
    return and_(is_live(), has_line(LineStatus.first_approved))


def is_over_limit() -> Condition:
    """Return the condition that a claim asks for more than one person may approve."""
    asked = (
        select(func.coalesce(func.sum(ExpenseLine.base_amount), 0))
        .where(ExpenseLine.claim_id == ExpenseClaim.id)
        .correlate(ExpenseClaim)
        .scalar_subquery()
    )
    above = exists().where(
        ApprovalLimit.organisation_id == ExpenseClaim.organisation_id,
        ApprovalLimit.currency == ExpenseClaim.currency,
        asked > ApprovalLimit.amount,
    )
    second = exists().where(
        ExpenseLine.claim_id == ExpenseClaim.id, ExpenseLine.second_because != ""
    )
    return and_(is_live(), or_(above, second))


def is_flagged() -> Condition:
    """Return the condition that something was noticed on a line that is still to be decided."""
    noticed = exists().where(
        ExpenseLine.claim_id == ExpenseClaim.id,
        ExpenseLine.status.in_((*OPEN, LineStatus.queried, LineStatus.first_approved)),
        or_(func.jsonb_array_length(ExpenseLine.flags) > 0, duplicates.is_flagged()),
    )
    return and_(is_live(), noticed)


VIEWS = (
    SavedView("waiting", "Waiting for me", is_waiting_for_me),
    SavedView("second", "Second approval", needs_second),
    SavedView("queried", "Waiting for the artist", lambda: and_(
        is_live(), has_line(LineStatus.queried))),
    SavedView("limit", "Over the limit", is_over_limit),
    SavedView("flagged", "Flagged", is_flagged),
    SavedView("decided", "Decided", lambda: ExpenseClaim.status.in_(DECIDED)),
    SavedView("paid", "Paid", lambda: ExpenseClaim.status == ClaimStatus.paid),
    SavedView("all", "All"),
)  # fmt: skip


def claimed(claim: ExpenseClaim) -> str:
    """Write what a claim asks for, currency by currency."""
    sums = add_up(Money(line.amount, line.currency) for line in claim.lines)
    return ", ".join(str(total) for total in sums.values())


def pay_by(claim: ExpenseClaim) -> Any:
    """Return the pay run that was promised when the claim was sent; its age decides, so both sort alike."""
    house = g.get("organisation")
    if claim.submitted_at is None or house is None:
        return None
    run = PayDays(weekday=house.pay_run_weekday, closes_days_before=house.pay_run_lead_days)
    sent = claim.submitted_at.astimezone(ZoneInfo(house.zone)).date()
    return expected_payment_day(sent, None, run)
