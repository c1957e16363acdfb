"""Which claims wait for whom: the conditions that lists and the first page share."""

from sqlalchemy import ColumnElement, and_, exists, or_

from app.domain.expenses import LineStatus
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.organisations import StaffProfile

OPEN = (LineStatus.entered, LineStatus.answered)
Condition = ColumnElement[bool]


def has_line(*statuses: LineStatus) -> Condition:
    """Return the condition that a claim has a line of that status."""
    return exists().where(ExpenseLine.claim_id == ExpenseClaim.id, ExpenseLine.status.in_(statuses))


def is_live() -> Condition:
    """Return the condition that a claim was sent and not taken back."""
    return and_(ExpenseClaim.submitted_at.is_not(None), ExpenseClaim.recalled_at.is_(None))


def waits_for(user_id: int) -> Condition:
    """Return the condition that this user could decide something on a claim: never on their own."""
    own = exists().where(
        StaffProfile.user_id == user_id,
        Engagement.id == ExpenseClaim.engagement_id,
        Engagement.person_id == StaffProfile.person_id,
    )
    return and_(is_live(), or_(has_line(*OPEN), _waits_for_second(user_id)), ~own)


def _waits_for_second(user_id: int) -> Condition:
    return exists().where(
        ExpenseLine.claim_id == ExpenseClaim.id,
        ExpenseLine.status == LineStatus.first_approved,
        ExpenseLine.first_by != user_id,
        or_(ExpenseLine.first_for.is_(None), ExpenseLine.first_for != user_id),
    )
