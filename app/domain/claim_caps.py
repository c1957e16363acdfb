"""What a contract pays at most for a kind of expense, what is used of it, and what is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum, auto

from app.domain.contracts import EntitlementKind
from app.domain.expenses import ExpenseKind
from app.domain.money import Money
from app.domain.periods import Period

CAPPED = {
    ExpenseKind.taxi: EntitlementKind.taxi,
    ExpenseKind.hotel: EntitlementKind.hotel,
    ExpenseKind.meal: EntitlementKind.meal,
    ExpenseKind.baggage: EntitlementKind.baggage,
    ExpenseKind.mileage: EntitlementKind.km,
}


class CapPeriod(StrEnum):
    """For how long a cap holds before it begins anew."""

    each = auto()
    day = auto()
    week = auto()
    engagement = auto()


SPANS = {
    CapPeriod.each: "for each expense",
    CapPeriod.day: "a day",
    CapPeriod.week: "a week",
    CapPeriod.engagement: "for the whole engagement",
}


@dataclass(frozen=True, slots=True)
class Cap:
    """One cap, and the paper that gives it."""

    limit: Money
    period: CapPeriod = CapPeriod.each
    rule: str = ""
    source: str = "Contract"

    @property
    def in_words(self) -> str:
        """Say the rule as a decision quotes it: Contract CT-2026-0001 pays up to 45.00 AUD a ride."""
        span = self.rule or SPANS[self.period]
        return f"{self.source} pays up to {self.limit} {span}".strip()


@dataclass(frozen=True, slots=True)
class CapUse:
    """How a line stands to its cap: what the others used, and what is left for it."""

    cap: Cap
    used: Money
    asked: Money

    @property
    def left(self) -> Money:
        """Return what may still be approved; never less than nothing."""
        left = self.cap.limit - self.used
        return left if left.amount > 0 else Money(Decimal(0), left.currency)

    @property
    def is_over(self) -> bool:
        """Tell whether the line asks for more than is left."""
        return self.asked > self.left

    @property
    def in_words(self) -> str:
        """Say what is used and left: 30.00 AUD used so far, 15.00 AUD left."""
        return f"{self.used} used so far, {self.left} left"


def span_of(period: CapPeriod, day: date) -> Period | None:
    """Return the days a cap counts together with ``day``; None where it counts nothing together."""
    if period is CapPeriod.day:
        return Period(day, day)
    if period is CapPeriod.week:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    return None


def counts_with(period: CapPeriod, day: date, other: date) -> bool:
    """Tell whether an expense of another day uses up the same cap."""
    if period is CapPeriod.each:
        return False
    span = span_of(period, day)
    return span is None or other in span


def use_of(
    cap: Cap, asked: Money, spent_on: date, others: Iterable[tuple[date, Money]]
) -> CapUse | None:
    """Return how a line stands to its cap; None where the two are in different currencies."""
    if asked.currency != cap.limit.currency:
        return None
    used = Money(Decimal(0), cap.limit.currency)
    for day, approved in others:
        if approved.currency == used.currency and counts_with(cap.period, spent_on, day):
            used = used + approved
    return CapUse(cap, used, asked)
