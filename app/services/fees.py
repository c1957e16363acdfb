"""Parts of the fee become payable: when the contract is executed and their day is near."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.domain.money import Money
from app.domain.numbers import fee_number
from app.domain.pay_runs import Milestones, due_day
from app.domain.payables import PayableSource, PayableStatus
from app.domain.people import EngagementStatus
from app.domain.periods import format_day
from app.domain.schedules import CallStatus, CallType
from app.models.contracts import Contract
from app.models.engagements import Engagement, FeeLine
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.models.schedules import Call
from app.services import payables
from app.services.contracts import in_force

AHEAD = timedelta(days=14)
"""How long before its day a part of the fee appears among the payables."""
CANCELLED = "The engagement was cancelled before this was due."
SIGNED = (ContractStatus.executed, ContractStatus.completed)
OWED = (EngagementStatus.confirmed, EngagementStatus.completed)


def make_due(session: Session, at: datetime) -> int:
    """Make payables of the parts of fees that fall due; return how many."""
    houses = {house.id: house for house in session.scalars(select(Organisation))}
    made = 0
    for line in _waiting(session):
        today = at.astimezone(ZoneInfo(houses[line.organisation_id].zone)).date()
        day = due_day(line.trigger, line.due_on, milestones(session, line.engagement))
        if day is not None and day <= today + AHEAD:
            made += _make_as_agreed(session, line, max(day, today), today)
    return made


def _make_as_agreed(session: Session, line: FeeLine, day: date, today: date) -> bool:
    """Make the payable by the terms in force on its day: an amendment may have changed or moved it."""
    agreed = in_force.fee_line_on(session, line, day)
    if agreed is None or agreed.amount.amount <= 0:
        return False
    due = due_day(agreed.trigger, agreed.due_on, milestones(session, line.engagement))
    if due is None or due > today + AHEAD:
        return False
    _make(session, line, agreed.amount, due)
    return True


def may_owe_again(session: Session, payable: Payable) -> bool:
    """Tell whether a part of a fee was voided and no other payable stands for it."""
    if payable.status is not PayableStatus.voided or payable.fee_line_id is None:
        return False
    stands = Payable.fee_line_id == payable.fee_line_id, Payable.status != PayableStatus.voided
    return session.scalar(select(exists().where(*stands))) is False


def owe_again(session: Session, payable: Payable, at: datetime) -> Payable:
    """Make a further payable of a part of a fee that was voided: for whoever is payee now, as now agreed."""
    line = session.get_one(FeeLine, payable.fee_line_id, with_for_update=True)
    if not may_owe_again(session, payable):
        raise Refused(f"{payable.number} is not voided, or another payable stands for it already.")
    if line.engagement.status not in OWED:
        raise Refused("The engagement is not confirmed any more, so this part is not owed.")
    house = session.get_one(Organisation, line.organisation_id)
    today = today_in(house.zone, at)
    # By the terms of its own day, as by itself: an amendment that is signed may count only then.
    day = due_day(line.trigger, line.due_on, milestones(session, line.engagement))
    agreed = in_force.fee_line_on(session, line, max(day or today, today))
    if agreed is None or agreed.amount.amount <= 0:
        raise Refused("By the terms in force this part of the fee is no more.")
    due = due_day(agreed.trigger, agreed.due_on, milestones(session, line.engagement))
    if due is None:
        raise Refused("What this part waits for has not come yet. Owe it again once it has.")
    if due > today + AHEAD:
        raise Refused(
            f"It is due {format_day(due)}. Owe it again from {format_day(due - AHEAD)} on."
        )
    return _make(session, line, agreed.amount, due)


def drop_not_due(session: Session, engagement: Engagement, at: datetime) -> int:
    """Void the open parts of the fee of a cancelled engagement that were not due yet; return how many.

    What had fallen due is owed for work that was done or days that were held, and stays.
    """
    house = session.get_one(Organisation, engagement.organisation_id)
    today = today_in(house.zone, at)
    known = milestones(session, engagement)
    waiting = session.scalars(
        select(Payable).where(
            Payable.engagement_id == engagement.id,
            Payable.source == PayableSource.fee,
            Payable.status.in_((PayableStatus.open, PayableStatus.held)),
        )
    ).all()
    dropped = 0
    for payable in waiting:
        line = session.get_one(FeeLine, payable.fee_line_id)
        day = due_day(line.trigger, line.due_on, known)
        if day is None or day > today:
            payables.drop(session, payable, reason=CANCELLED)
            dropped += 1
    return dropped


def milestones(session: Session, engagement: Engagement) -> Milestones:
    """Return the days that a fee of this engagement may wait for."""
    house = session.get_one(Organisation, engagement.organisation_id)
    signed = session.scalar(
        select(func.min(Contract.executed_at)).where(
            Contract.engagement_id == engagement.id, Contract.status.in_(SIGNED)
        )
    )
    within = (
        Call.production_id == engagement.production_id,
        Call.status == CallStatus.published,
        Call.day_of.between(engagement.starts_on, engagement.ends_on),
    )
    first = session.scalar(select(func.min(Call.day_of)).where(*within))
    shown = session.scalar(
        select(func.max(Call.day_of)).where(*within, Call.type == CallType.performance)
    )
    is_over = engagement.status is EngagementStatus.completed
    return Milestones(
        signed_on=today_in(house.zone, signed) if signed else None,
        first_call_on=first,
        performed_on=shown,
        completed_on=engagement.ends_on if is_over else None,
    )


def _waiting(session: Session) -> Sequence[FeeLine]:
    is_signed = exists().where(
        Contract.engagement_id == FeeLine.engagement_id, Contract.status.in_(SIGNED)
    )
    # What a person voided is owed again by a person: by itself it would come back each hour.
    is_made = exists().where(Payable.fee_line_id == FeeLine.id)
    return session.scalars(
        select(FeeLine)
        .join(FeeLine.engagement)
        .where(
            Engagement.status.in_(OWED),
            Engagement.archived_at.is_(None),
            FeeLine.amount > 0,
            is_signed,
            ~is_made,
        )
        .options(joinedload(FeeLine.engagement).joinedload(Engagement.person))
        .order_by(FeeLine.id)
    ).all()


def _make(session: Session, line: FeeLine, agreed: Money, day: date) -> Payable:
    made = select(func.count()).select_from(Payable).where(Payable.fee_line_id == line.id)
    posting = (session.scalar(made) or 0) + 1
    owed = payables.Owed(
        number=fee_number(line.engagement.number, line.position, posting),
        source=PayableSource.fee,
        source_key=f"fee-{line.id}" if posting == 1 else f"fee-{line.id}-{posting}",
        amount=agreed.amount,
        currency=agreed.currency,
        approved_by=_signatory(session, line.engagement),
        due_on=day,
        fee_line_id=line.id,
    )
    return payables.make(session, line.engagement, owed)


def _signatory(session: Session, engagement: Engagement) -> int | None:
    """Return who signed the fee for the company: that is its approval."""
    signed = select(Contract.company_signatory_id).where(
        Contract.engagement_id == engagement.id, Contract.status.in_(SIGNED)
    )
    return session.scalar(signed.order_by(Contract.id.desc()).limit(1))
