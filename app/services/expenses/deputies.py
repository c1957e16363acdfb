"""Who decides while an approver is away: named with dates, ended at any hour, never passed on."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.claim_decisions import Delegation, check_approver
from app.domain.conflicting_roles import CONFLICTS
from app.domain.errors import Refused
from app.domain.periods import Period, format_date
from app.domain.sign_in import StaffStatus
from app.models import accounts
from app.models.approvals import ApprovalDelegate
from app.models.organisations import Organisation, StaffProfile

DECIDING_ROLES = ("Finance", "Approver")


def approver_ids(session: Session) -> set[int]:
    """Return the users of the company who decide claims by their role."""
    return holders_of(session, *DECIDING_ROLES)


def holders_of(session: Session, *roles: str) -> set[int]:
    """Return the users of the company who hold one of these roles and still work here."""
    return set(session.scalars(_in_roles(*roles)))


def in_whose_place(session: Session, user_id: int, organisation_id: int) -> int | None:
    """Return in whose place a user decides today, None for their own; refuse who may not."""
    approvers = approver_ids(session)
    today = today_of(session, organisation_id)
    return check_approver(user_id, approvers, _delegations(session, user_id), today)


def is_deputy(session: Session, user_id: int, organisation_id: int) -> bool:
    """Tell whether a user decides in somebody's place today."""
    held = _delegations(session, user_id)
    today = today_of(session, organisation_id)
    if not any(today in one.period and not one.is_ended for one in held):
        return False
    try:
        return in_whose_place(session, user_id, organisation_id) is not None
    except Refused:
        return False


def deputies_of(session: Session, person_ids: Sequence[int], on: date) -> set[int]:
    """Return the users whom these people, where they work here, named to decide for them that day."""
    return set(
        session.scalars(
            select(ApprovalDelegate.delegate_user_id)
            .join(StaffProfile, StaffProfile.user_id == ApprovalDelegate.user_id)
            .where(
                StaffProfile.person_id.in_(person_ids),
                ApprovalDelegate.ended_at.is_(None),
                ApprovalDelegate.starts_on <= on,
                ApprovalDelegate.ends_on >= on,
            )
        )
    )


def name_deputy(session: Session, delegation: ApprovalDelegate) -> None:
    """Let somebody decide in an approver's place for a while, or refuse."""
    user_id, deputy_id = delegation.user_id, delegation.delegate_user_id
    if deputy_id is None or deputy_id == user_id:
        raise Refused("Choose somebody else to decide in your place.", field="delegate_user_id")
    if user_id not in approver_ids(session):
        raise Refused(
            "Only who decides claims names somebody in their place; what is handed to you is not "
            "handed on.",
            field="delegate_user_id",
        )
    period = Period(delegation.starts_on, delegation.ends_on)
    today = today_of(session, delegation.organisation_id)
    if delegation.ends_on < today:
        raise Refused(
            f"{format_date(delegation.ends_on)} is over. Choose today or later.", field="ends_on"
        )
    _check_deputy(session, deputy_id)
    for other in _named_by(session, user_id):
        if other.id != delegation.id and period.overlaps(Period(other.starts_on, other.ends_on)):
            raise Refused(
                f"{name_of(session, other.delegate_user_id)} decides in your place until "
                f"{format_date(other.ends_on)} already. End that first, or choose other days.",
                field="starts_on",
            )


def end(session: Session, delegation: ApprovalDelegate) -> None:
    """End a delegation at once."""
    session.refresh(delegation, with_for_update=True)
    if delegation.ended_at is not None or delegation.ends_on < today_of(
        session, delegation.organisation_id
    ):
        raise Refused("This is over already.")
    delegation.ended_at = now()


def name_of(session: Session, user_id: int | None) -> str:
    """Return the name of a member of staff."""
    asked = select(StaffProfile.display_name).where(StaffProfile.user_id == user_id)
    return session.scalar(asked) or ""


def possible_deputies(session: Session) -> Sequence[StaffProfile]:
    """Return who may be named: works here, decides nothing yet, and may."""
    barred = _in_roles(*DECIDING_ROLES, *_in_conflict())
    return session.scalars(
        select(StaffProfile)
        .where(StaffProfile.status == StaffStatus.active, StaffProfile.user_id.not_in(barred))
        .order_by(StaffProfile.display_name)
    ).all()


def today_of(session: Session, organisation_id: int) -> date:
    """Return the day it is at the company."""
    zone = session.get_one(Organisation, organisation_id).zone
    return now().astimezone(ZoneInfo(zone)).date()


def _check_deputy(session: Session, deputy_id: int) -> None:
    if deputy_id in {one.user_id for one in possible_deputies(session)}:
        return
    name = name_of(session, deputy_id) or "That person"
    if deputy_id in approver_ids(session):
        raise Refused(
            f"{name} decides claims already. Choose somebody who does not.",
            field="delegate_user_id",
        )
    raise Refused(
        f"{name} cannot decide claims: an auditor or administrator does not. Choose somebody else.",
        field="delegate_user_id",
    )


def _in_conflict() -> set[str]:
    pairs = [set(pair) for pair in CONFLICTS if "Approver" in pair]
    return set().union(*pairs) - {"Approver"}


def _in_roles(*names: str) -> Select[int]:
    roles, held = accounts.ROLES, accounts.HELD
    return (
        select(StaffProfile.user_id)
        .join(held, held.c.user_id == StaffProfile.user_id)
        .join(roles, roles.c.id == held.c.role_id)
        .where(roles.c.name.in_(names), StaffProfile.status == StaffStatus.active)
    )


def _named_by(session: Session, user_id: int) -> Sequence[ApprovalDelegate]:
    return session.scalars(
        select(ApprovalDelegate).where(
            ApprovalDelegate.user_id == user_id, ApprovalDelegate.ended_at.is_(None)
        )
    ).all()


def _delegations(session: Session, deputy_id: int) -> list[Delegation]:
    rows = session.scalars(
        select(ApprovalDelegate)
        .where(ApprovalDelegate.delegate_user_id == deputy_id)
        .order_by(ApprovalDelegate.id)
    )
    return [
        Delegation(
            row.user_id,
            row.delegate_user_id,
            Period(row.starts_on, row.ends_on),
            is_ended=row.ended_at is not None,
        )
        for row in rows
    ]
