"""Per diems worked out from the terms and the published calls, each day with its explanation.

A day is one in the zone of the place, and a call after midnight belongs to its show day.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.domain.allowances import AllowanceKind, Meal
from app.domain.local_time import offset_label, show_day
from app.domain.money import Money, format_amount, quantize
from app.domain.names import fold
from app.domain.periods import Period, format_day


@dataclass(frozen=True, slots=True)
class PerDiemTerms:
    """What the contract gives for a day away, and what each provided meal takes off it."""

    rate: Money
    period: Period
    home_place: str = ""
    meal_shares: Mapping[Meal, Decimal] = field(default_factory=dict)
    """Part of the rate, such as 0.2 for breakfast."""


@dataclass(frozen=True, slots=True)
class CallAway:
    """A published call, as far as a per diem cares."""

    place: str
    zone: str
    starts_at: datetime
    day_of: date | None = None


@dataclass(frozen=True, slots=True)
class ExplainedAllowance:
    """What one day gives, and the sentence that says why."""

    day: date
    kind: AllowanceKind
    amount: Money
    explanation: str


def work_out_per_diems(
    terms: PerDiemTerms, calls: Iterable[CallAway], meals: Mapping[date, Set[Meal]]
) -> list[ExplainedAllowance]:
    """Return one line for each day away within the terms: with a call, or between two in one place."""
    if terms.rate.amount == 0:
        return []
    return [
        _line(terms, day, why, meals.get(day, frozenset()))
        for day, why in sorted(_days_away(terms, calls).items())
        if day in terms.period
    ]


def _days_away(terms: PerDiemTerms, calls: Iterable[CallAway]) -> dict[date, str]:
    """Return the days with the reason each counts; of two places on one day, the first call's."""
    stops: dict[date, CallAway] = {}
    for call in sorted(calls, key=lambda one: one.starts_at):
        stops.setdefault(_day(call), call)
    home = fold(terms.home_place).strip()
    away = {day: not home or fold(call.place).strip() != home for day, call in stops.items()}
    days = {day: _called(call) for day, call in stops.items() if away[day]}
    for before, after in pairwise(sorted(stops)):
        same = stops[before].place == stops[after].place
        if same and away[before]:
            free = Period(before, after).days()
            days.update(
                (day, f"free day in {stops[before].place}") for day in free if day not in stops
            )
    return days


def _day(call: CallAway) -> date:
    if call.day_of is not None:
        return call.day_of
    return show_day(call.starts_at.astimezone(ZoneInfo(call.zone)).replace(tzinfo=None))


def _called(call: CallAway) -> str:
    return f"call in {call.place} ({offset_label(call.zone, call.starts_at)})"


def _line(terms: PerDiemTerms, day: date, why: str, provided: Set[Meal]) -> ExplainedAllowance:
    currency = terms.rate.currency
    amount = terms.rate.amount
    words = [f"{format_day(day)}, {why}: {format_amount(amount, currency)} {currency}"]
    for meal in Meal:
        if meal in provided and meal in terms.meal_shares:
            less = quantize(terms.rate.amount * terms.meal_shares[meal], currency)
            amount -= less
            words.append(f"less {format_amount(less, currency)} for {meal} provided")
    left = Money(max(amount, Decimal(0)), currency)
    return ExplainedAllowance(day, AllowanceKind.per_diem, left, ", ".join(words) + ".")
