"""Days of payment that people were promised, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.payables import PayableStatus


@dataclass(frozen=True, slots=True)
class Promised:
    """A payment and the days that were named for it, in the order they were named."""

    days: Sequence[date]
    status: PayableStatus
    paid_on: date | None = None


def days_late(promised: Promised, today: date) -> int:
    """Return by how many days a payment misses the day that was named first; 0 where it does not.

    What is paid is measured by the day it was paid, what is not by the day named last, or by today
    where that day has passed. What was taken back was never late.
    """
    if not promised.days or promised.status is PayableStatus.voided:
        return 0
    first = promised.days[0]
    if promised.paid_on is not None:
        return max(0, (promised.paid_on - first).days)
    return (
        max(0, (max(promised.days[-1], today) - first).days) if _has_slipped(promised, today) else 0
    )


def _has_slipped(promised: Promised, today: date) -> bool:
    first = promised.days[0]
    return promised.days[-1] > first or first < today
