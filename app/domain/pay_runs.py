"""When the company pays: due days, the pay run that takes a payable along, and who may pay."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.contracts import FeeTrigger
from app.domain.errors import Refused

_WEEK = 7


@dataclass(frozen=True, slots=True)
class PayRun:
    """How the company pays: every so many weeks on a weekday, closing some days before."""

    weekday: int = 3
    """0 is Monday."""
    every_weeks: int = 1
    closes_days_before: int = 2
    anchor: date = date(2026, 1, 1)
    """Any day of a week in which there is a pay run."""


@dataclass(frozen=True, slots=True)
class Milestones:
    """The days a fee may wait for, as far as they are known."""

    signed_on: date | None = None
    first_call_on: date | None = None
    performed_on: date | None = None
    completed_on: date | None = None


def due_day(
    trigger: FeeTrigger, due_on: date | None, milestones: Milestones, days_after: int = 0
) -> date | None:
    """Return when a fee line is due, None while what makes it due has no day yet."""
    days = {
        FeeTrigger.on_date: due_on,
        FeeTrigger.on_signature: milestones.signed_on,
        FeeTrigger.on_first_call: milestones.first_call_on,
        FeeTrigger.on_performance: milestones.performed_on,
        FeeTrigger.on_completion: milestones.completed_on,
    }
    day = days[trigger]
    return None if day is None else day + timedelta(days=days_after)


def expected_payment_day(approved_on: date, due_on: date | None, run: PayRun) -> date:
    """Return the first pay run on or after the due day that was still open when it was approved."""
    ready = approved_on + timedelta(days=run.closes_days_before)
    earliest = ready if due_on is None else max(ready, due_on)
    first = run.anchor - timedelta(days=run.anchor.weekday()) + timedelta(days=run.weekday)
    step = _WEEK * run.every_weeks
    return first + timedelta(days=-(-(earliest - first).days // step) * step)


def check_payer_is_not_approver(payer_id: int, approver_id: int | None) -> None:
    """Refuse that one person approves and pays."""
    if approver_id is not None and payer_id == approver_id:
        raise Refused("You approved this. Somebody else marks it paid.")


def check_payer_is_not_paid(payer_person_id: int | None, paid_ids: Set[int | None]) -> None:
    """Refuse that somebody hired here marks their own money paid."""
    if payer_person_id is not None and payer_person_id in paid_ids:
        raise Refused("This is paid to you. Somebody else marks it paid.")
