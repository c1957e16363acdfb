"""What a per diem run would write: each person's days with their reasons, and what differs from before."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.countries import country_of_zone
from app.domain.errors import Refused
from app.domain.money import Money, add_up
from app.domain.people import EngagementStatus
from app.domain.per_diem_rates import Layer, rate_in_force, shares_in_force
from app.domain.per_diems import (
    Basis,
    Difference,
    PlaceRate,
    Worked,
    differences,
    work_out_per_diems,
)
from app.domain.periods import Period
from app.domain.tour_days import DayCall, TourDay, days_away
from app.models.allowances import AllowanceRun
from app.models.engagements import Engagement
from app.models.organisations import Organisation
from app.models.people import Person
from app.models.productions import Production
from app.models.schedules import ScheduleVersion
from app.services.allowances import facts, rates
from app.services.schedules.plan import newest

PAID = (EngagementStatus.confirmed, EngagementStatus.completed)
LONGEST = 400
"""Days of one run: more is a mistyped year."""


@dataclass(slots=True)
class PersonPlan:
    """What a run would write for one engagement."""

    engagement: Engagement
    worked: Worked
    changes: list[Difference]
    carried: dict[str, Decimal] = field(default_factory=dict)
    """What was written before and is in no payment yet."""

    @property
    def to_pay(self) -> dict[str, Money]:
        """Return what is to be paid in each currency; below zero is taken off the next payment."""
        sums = [change.amount for change in self.changes]
        sums += [Money(total, currency) for currency, total in self.carried.items()]
        return add_up(sums)


@dataclass(slots=True)
class RunPlan:
    """A per diem run as it would be confirmed now."""

    production: Production
    period: Period
    version: ScheduleVersion
    number: int
    people: list[PersonPlan] = field(default_factory=list)
    left_out: list[tuple[Engagement, str]] = field(default_factory=list)

    @property
    def changed(self) -> list[PersonPlan]:
        """Return those for whom something is written."""
        return [person for person in self.people if person.changes]

    @property
    def totals(self) -> dict[str, Money]:
        """Return what the days of all come to, by currency."""
        return add_up(line.amount for person in self.people for line in person.worked.lines)

    @property
    def added(self) -> dict[str, Money]:
        """Return what is added to what was computed before, by currency."""
        return add_up(change.amount for person in self.people for change in person.changes)

    @property
    def digest(self) -> str:
        """Name what is about to be confirmed, so that nothing else is and nothing twice."""
        said = [
            [person.engagement.id, c.day.isoformat(), str(c.amount), str(c.worth), c.explanation]
            for person in self.people
            for c in person.changes
        ]
        head = [self.production.id, self.number, self.version.id]
        days = [self.period.starts_on.isoformat(), str(self.period.ends_on)]
        text = json.dumps([head, days, said], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def plan_run(
    session: Session, production: Production, first: date, last: date, today: date
) -> RunPlan:
    """Return what a run for the days from ``first`` to ``last`` would write, by what is published now."""
    if last < first:
        raise Refused("The last day is before the first. Swap them or choose others.", field="last")
    if (last - first).days > LONGEST:
        raise Refused("That is more than a year. Choose fewer days.", field="last")
    version = newest(session, production.id)
    if version is None:
        raise Refused("Nothing is published yet. Per diems follow the published schedule.")
    plan = RunPlan(production, Period(first, last), version, _next_number(session, production))
    engaged = _engaged(session, production)
    _Working(session, plan, engaged, today).work()
    return plan


class _Working:
    """One working out: everything is read once, then each engagement in turn."""

    def __init__(
        self, session: Session, plan: RunPlan, engaged: Sequence[Engagement], today: date
    ) -> None:
        self.plan, self.engaged, self.today = plan, engaged, today
        self.terms = facts.Terms(session, engaged)
        self.calls = facts.published_days(session, plan.production.id)
        self.meals = facts.meals_of(session, plan.production.id, plan.period)
        self.others = facts.other_engagements(session, engaged)
        every = [e.id for others in self.others.values() for e in others]
        self.before = facts.computed(session, every)
        self.carried = facts.carried(session, every)
        house = session.get_one(Organisation, plan.production.organisation_id)
        self.layers: list[Layer] = rates.layers(session, house)

    def work(self) -> None:
        """Fill the plan."""
        for engagement in self.engaged:
            why = self._why_not(engagement)
            if why is None:
                self.plan.people.append(self._person(engagement))
            elif self._days(engagement):
                self.plan.left_out.append((engagement, why))

    def _why_not(self, engagement: Engagement) -> str | None:
        if engagement.status is EngagementStatus.cancelled:
            return None if engagement.id in self.before else "Cancelled"
        if engagement.status not in PAID:
            return f"Only {engagement.status.value}. Confirm the engagement first"
        if not self.terms.is_signed(engagement):
            return "No contract is in force. Have it signed first"
        days = [day.day for day in self._days(engagement)]
        gives = any(self.terms.per_diem(engagement, day) is not None for day in days)
        if not gives and engagement.id not in self.before:
            return "The contract gives no per diem"
        return None

    def _days(self, engagement: Engagement) -> list[TourDay]:
        own = Period(engagement.starts_on, engagement.ends_on)
        found = days_away(self._calls(engagement), engagement.home_base).days
        return [day for day in found if day.day in self.plan.period and day.day in own]

    def _calls(self, engagement: Engagement) -> list[DayCall]:
        return self.calls.get(engagement.id, [])

    def _person(self, engagement: Engagement) -> PersonPlan:
        period = self.plan.period
        before = self.before.get(engagement.id, {})
        worked = Worked()
        if engagement.status is EngagementStatus.cancelled:
            # What was called off pays nothing from today on; the days before stand as they are.
            before = {day: sums for day, sums in before.items() if day >= self.today}
        else:
            worked = work_out_per_diems(self._days(engagement), self._basis(engagement))
            away = days_away(self._calls(engagement), engagement.home_base)
            worked.notes += [(p, words) for p, words in away.unclear if p.overlaps(period)]
        changes = differences(before, worked.lines, period)
        self._remember(engagement, worked)
        return PersonPlan(engagement, worked, changes, self.carried.get(engagement.id, {}))

    def _basis(self, engagement: Engagement) -> Basis:
        meals = {day: set(given) for day, given in self.meals.get(None, {}).items()}
        for day, given in self.meals.get(engagement.id, {}).items():
            meals[day] = meals.get(day, set()) | given
        return Basis(
            terms=lambda day: self.terms.per_diem(engagement, day),
            rate=self._rate,
            shares=lambda day: shares_in_force(self.layers, day),
            meals=meals,
            taken=self._taken(engagement),
        )

    def _rate(self, day: TourDay) -> PlaceRate | None:
        found = rate_in_force(self.layers, day.place, country_of_zone(day.zone), day.day)
        if found is None:
            return None
        whose = "the company's rate" if found.is_own else "the example rate"
        return PlaceRate(found.amount, f"{whose} for {found.where}")

    def _taken(self, engagement: Engagement) -> dict[date, str]:
        others = (o for o in self.others[engagement.person_id] if o.id != engagement.id)
        return {day: other.number for other in others for day in self.before.get(other.id, {})}

    def _remember(self, engagement: Engagement, worked: Worked) -> None:
        """Let the same person's next engagement of this run know the days that are paid."""
        known = dict(self.before.get(engagement.id, {}))
        for line in worked.lines:
            known[line.day] = {line.amount.currency: line.amount.amount}
        if known:
            self.before[engagement.id] = known


def _engaged(session: Session, production: Production) -> list[Engagement]:
    rows = session.scalars(
        select(Engagement)
        .join(Engagement.person)
        .where(Engagement.production_id == production.id, Engagement.archived_at.is_(None))
        .options(
            joinedload(Engagement.person),
            joinedload(Engagement.payee),
            selectinload(Engagement.entitlements),
        )
        .order_by(Person.folded, Engagement.id)
    )
    return list(rows)


def _next_number(session: Session, production: Production) -> int:
    runs = select(func.max(AllowanceRun.number)).where(AllowanceRun.production_id == production.id)
    return (session.scalar(runs) or 0) + 1
