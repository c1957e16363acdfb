"""Per diems worked out from the terms in force and the days away, each with its explanation."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.domain.allowances import Meal
from app.domain.money import Money, add_up, format_amount, quantize
from app.domain.per_diem_rates import HUNDRED, Shares
from app.domain.periods import Period
from app.domain.tour_days import PART_DAYS, TourDay

NO_MEALS: Shares = Shares({})


@dataclass(frozen=True, slots=True)
class PerDiemTerms:
    """What the paper in force gives for a day away."""

    source: str
    """What the paper is called: contract C-2026-0147, version 2."""
    rate: Money | None = None
    """None: the company's rate of the place."""
    cap: Money | None = None
    term_set_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceRate:
    """The company's rate of a place on a day, and where it comes from."""

    amount: Money
    source: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What days are worked out by: the terms of a day, the rates, the meals, what a part day is."""

    terms: Callable[[date], PerDiemTerms | None]
    rate: Callable[[TourDay], PlaceRate | None] = lambda _day: None
    shares: Callable[[date], Shares] = lambda _day: NO_MEALS
    meals: Mapping[date, Set[Meal]] = field(default_factory=dict)
    taken: Mapping[date, str] = field(default_factory=dict)
    """Days that another engagement of the same person pays, and which."""


@dataclass(frozen=True, slots=True)
class DayAllowance:
    """What one day gives, and the sentence that says why."""

    day: date
    place: str
    amount: Money
    explanation: str
    term_set_id: int | None = None


@dataclass(slots=True)
class Worked:
    """The days with what they give, and what somebody has to look at."""

    lines: list[DayAllowance] = field(default_factory=list)
    notes: list[tuple[Period, str]] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, Money]:
        """Return what the days come to in each currency."""
        return add_up(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Difference:
    """What one day is to be changed by; what was written before is never edited."""

    day: date
    place: str
    amount: Money
    """Signed: what is added to what was computed before."""
    worth: Money
    """What the day comes to from now on."""
    explanation: str
    term_set_id: int | None = None

    @property
    def was(self) -> Money:
        """Return what was computed before."""
        return self.worth - self.amount


def work_out_per_diems(days: Iterable[TourDay], basis: Basis) -> Worked:
    """Return what each day away gives by the terms of that day."""
    worked = Worked()
    for day in days:
        terms = basis.terms(day.day)
        other = basis.taken.get(day.day)
        if terms is None:
            continue
        if other is not None:
            worked.notes.append((Period(day.day, day.day), f"{other} pays this day already."))
            continue
        whole = _whole(day, terms, basis)
        if whole is None:
            said = f"No rate is set for {day.place}. Set one, then work out again."
            worked.notes.append((Period(day.day, day.day), said))
            continue
        line = _line(day, terms, whole, basis)
        if line.amount.amount > 0:
            worked.lines.append(line)
    return worked


def differences(
    before: Mapping[date, Mapping[str, Decimal]], lines: Iterable[DayAllowance], period: Period
) -> list[Difference]:
    """Return what is to be added to what was computed before, day by day, so that it is as it is now."""
    now = {line.day: line for line in lines if line.day in period}
    found: list[Difference] = []
    for day in sorted({*now, *(day for day in before if day in period)}):
        line, was = now.get(day), before.get(day, {})
        for currency in sorted({*was, *([line.amount.currency] if line else [])}):
            change = _difference(day, line, was.get(currency, Decimal(0)), currency)
            if change.amount.amount:
                found.append(change)
    return found


def _difference(day: date, line: DayAllowance | None, was: Decimal, currency: str) -> Difference:
    is_in_it = line is not None and line.amount.currency == currency
    worth = line.amount if line is not None and is_in_it else Money(Decimal(0), currency)
    said = line.explanation if line is not None else "No day away any more."
    if was:
        said = f"Was {format_amount(was, currency)} {currency}. {said}"
    return Difference(
        day,
        line.place if line else "",
        worth - Money(was, currency),
        worth,
        said,
        line.term_set_id if line else None,
    )


def _whole(day: TourDay, terms: PerDiemTerms, basis: Basis) -> PlaceRate | None:
    """Return what a whole day gives: the contract's sum, else the place's, within the contract's cap."""
    if terms.rate is not None:
        return PlaceRate(terms.rate, terms.source)
    found = basis.rate(day)
    if found is None or terms.cap is None or found.amount.currency != terms.cap.currency:
        return found
    return found if found.amount <= terms.cap else PlaceRate(terms.cap, f"at most, {terms.source}")


def _line(day: TourDay, terms: PerDiemTerms, whole: PlaceRate, basis: Basis) -> DayAllowance:
    currency, full = whole.amount.currency, whole.amount.amount
    shares = basis.shares(day.day)
    left = full
    words = [f"{day.why}: {format_amount(full, currency)} {currency} a day by {whole.source}"]
    if day.kind in PART_DAYS and shares.part_day != 1:
        left = quantize(full * shares.part_day, currency)
        percent = (shares.part_day * HUNDRED).normalize()
        words.append(f"part day, {percent:f} %: {format_amount(left, currency)}")
    for meal in Meal:
        if meal in basis.meals.get(day.day, frozenset()) and shares.meals.get(meal):
            less = min(left, quantize(full * shares.meals[meal], currency))
            left -= less
            words.append(f"less {format_amount(less, currency)} for {meal} provided")
    explanation = ", ".join(words) + "."
    return DayAllowance(day.day, day.place, Money(left, currency), explanation, terms.term_set_id)
