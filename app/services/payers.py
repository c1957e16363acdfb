"""Who marks a payable paid: nobody who approved any of it, nobody it pays; Finance, else an Administrator."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.pay_runs import (
    Payers,
    PayRunLineStatus,
    check_payer_is_not_approver,
    check_payer_is_not_paid,
    check_stand_in,
)
from app.models.expenses import ExpenseLine
from app.models.organisations import StaffProfile
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import Payable
from app.services.expenses.deciders import decider_of
from app.services.expenses.deputies import holders_of

GOING = (PayRunLineStatus.chosen, PayRunLineStatus.paid)


def approvers(session: Session, payable: Payable) -> set[int | None]:
    """Return everybody who approved a part of a payable: none of them marks it paid."""
    deciders = select(ExpenseLine.decided_by, ExpenseLine.first_by).where(
        ExpenseLine.payable_id == payable.id
    )
    both = {user_id for row in session.execute(deciders) for user_id in row}
    return {payable.approved_by} | both


def approver_names(session: Session, payable: Payable) -> list[str]:
    """Return who approved it, by name: none of them marks it paid."""
    return list(_names(session, approvers(session, payable) - {None}))


def payers_of(session: Session, payable: Payable) -> Payers:
    """Return who can mark a payable paid as things stand."""
    barred = approvers(session, payable) | _run_approvers(session, payable)
    barred |= _paid_users(session, payable)
    finance = holders_of(session, "Finance") - barred
    return Payers(
        _names(session, finance), _names(session, holders_of(session, "Administrator") - barred)
    )


def check_payer(session: Session, payable: Payable, user_id: int) -> None:
    """Refuse whoever approved a part of a payable, is paid by it, or stands in without need."""
    payers = payers_of(session, payable)
    for approver in approvers(session, payable):
        check_payer_is_not_approver(user_id, approver, payers)
    check_payer_is_not_paid(decider_of(session, user_id).person_id, _paid_people(payable))
    if _stands_in(session, user_id):
        check_stand_in(payers)


def is_idle(session: Session, payable: Payable, user_id: int) -> bool:
    """Tell whether somebody would only stand in for Finance, and Finance needs nobody."""
    return _stands_in(session, user_id) and bool(payers_of(session, payable).finance)


def _stands_in(session: Session, user_id: int) -> bool:
    return user_id in holders_of(session, "Administrator") - holders_of(session, "Finance")


def _paid_people(payable: Payable) -> set[int | None]:
    payee = payable.engagement.payee
    return {payable.engagement.person_id, payee.person_id if payee else None}


def _paid_users(session: Session, payable: Payable) -> set[int | None]:
    people = _paid_people(payable) - {None}
    return set(
        session.scalars(select(StaffProfile.user_id).where(StaffProfile.person_id.in_(people)))
    )


def _run_approvers(session: Session, payable: Payable) -> set[int | None]:
    return set(
        session.scalars(
            select(PayRun.approved_by)
            .join(PayRun.lines)
            .where(PayRunLine.payable_id == payable.id, PayRunLine.status.in_(GOING))
        )
    )


def _names(session: Session, user_ids: Collection[int | None]) -> tuple[str, ...]:
    asked = select(StaffProfile.display_name).where(StaffProfile.user_id.in_(user_ids))
    return tuple(session.scalars(asked.order_by(StaffProfile.display_name)))
