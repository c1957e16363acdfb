"""Promised days of payment: what slipped, by how much and why, for managers; and the next day for what did."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.payables import PayableStatus
from app.domain.promised_days import Promised, days_late
from app.models.allowances import PaymentPromise
from app.models.engagements import Engagement
from app.models.payables import Payable
from app.services import payables


@dataclass(frozen=True, slots=True)
class Slip:
    """A payment that missed the day that was promised first."""

    payable: Payable
    days: list[date]
    """The days that were promised, in their order."""
    late: int

    @property
    def first(self) -> date:
        """Return the day that was promised first."""
        return self.days[0]

    @property
    def reason(self) -> str:
        """Return why, where somebody said it."""
        return self.payable.held_reason


def slips(
    session: Session, first: date, last: date, today: date, *, production_id: int | None = None
) -> list[Slip]:
    """Return the payments first promised within these days that missed their day, the latest first."""
    wanted = (
        select(PaymentPromise)
        .join(PaymentPromise.payable)
        .where(Payable.status != PayableStatus.voided)
        .options(
            joinedload(PaymentPromise.payable).joinedload(Payable.engagement).joinedload(Engagement.person),
            joinedload(PaymentPromise.payable).joinedload(Payable.engagement).joinedload(Engagement.production),
        )
        .order_by(PaymentPromise.payable_id, PaymentPromise.id)
    )  # fmt: skip
    if production_id is not None:
        wanted = wanted.join(Payable.engagement).where(Engagement.production_id == production_id)
    known: dict[int, list[PaymentPromise]] = defaultdict(list)
    for promise in session.scalars(wanted):
        known[promise.payable_id].append(promise)
    found = [_slip(promises, today) for promises in known.values()]
    late = [slip for slip in found if slip.late and first <= slip.first <= last]
    return sorted(late, key=lambda slip: (-slip.late, slip.payable.id))


def _slip(promises: list[PaymentPromise], today: date) -> Slip:
    payable = promises[0].payable
    days = [promise.due_on for promise in promises]
    return Slip(payable, days, days_late(Promised(days, payable.status, payable.paid_on), today))


def name_next_days(session: Session, today: date) -> int:
    """Give open payments whose day has passed the next pay run as their day; return how many.

    What was promised before stays known: the database writes down each day that is named.
    """
    passed = session.scalars(
        select(Payable)
        .where(Payable.status == PayableStatus.open, Payable.due_on < today)
        .order_by(Payable.id)
        .with_for_update(of=Payable, skip_locked=True)
    ).all()
    for payable in passed:
        payable.due_on = payables.expected_on(session, payable.organisation_id)
    session.flush()
    return len(passed)
