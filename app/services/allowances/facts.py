"""What per diems are worked out from: published calls, terms in force, meals provided, what was computed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.allowances import AllowanceKind, Meal
from app.domain.contracts import ContractStatus, EntitlementKind, TermSource
from app.domain.money import Money
from app.domain.payables import PayableStatus
from app.domain.per_diems import PerDiemTerms
from app.domain.periods import Period
from app.domain.schedules import CallStatus, CallType
from app.domain.tour_days import DayCall
from app.models.allowances import ProvidedMeal
from app.models.contracts import Amendment, Contract, ContractVersion
from app.models.engagements import Engagement, TermSet
from app.models.expenses import AllowanceLine
from app.models.payables import Payable
from app.models.productions import Venue
from app.services.contracts.in_force import papers_on
from app.services.schedules.facts import shown_facts

SIGNED = (ContractStatus.executed, ContractStatus.completed, ContractStatus.external)
Days = Mapping[date, Mapping[str, Decimal]]


def published_days(session: Session, production_id: int) -> dict[int, list[DayCall]]:
    """Return what the newest version says everybody is called to, by engagement."""
    shown = shown_facts(session, [production_id])
    places = _places(session, {facts["venue_id"] for facts in shown.values()})
    found: dict[int, list[DayCall]] = defaultdict(list)
    for facts in shown.values():
        if facts["status"] == CallStatus.cancelled:
            continue
        call = _call(facts, places)
        for engagement_id in facts["called"]:
            found[engagement_id].append(call)
    return found


def _call(facts: Mapping[str, Any], places: Mapping[int, tuple[str, str]]) -> DayCall:
    place, zone = places.get(facts["venue_id"], ("", facts.get("zone") or ""))
    begins = facts.get("starts_at")
    return DayCall(
        day=date.fromisoformat(facts["day_of"]),
        type=CallType(facts["type"]),
        place=place,
        zone=zone,
        starts_at=datetime.fromisoformat(begins) if begins else None,
    )


def _places(session: Session, ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    venues = session.scalars(select(Venue).where(Venue.id.in_([i for i in ids if i is not None])))
    return {venue.id: (venue.city or venue.name, venue.zone or "") for venue in venues}


class Terms:
    """The terms of engagements in force on each day, with the paper they were signed in."""

    def __init__(self, session: Session, engagements: Sequence[Engagement]) -> None:
        ids = [engagement.id for engagement in engagements]
        self._sets: dict[int, list[TermSet]] = defaultdict(list)
        found = session.scalars(select(TermSet).where(TermSet.engagement_id.in_(ids)))
        for each in found:
            self._sets[each.engagement_id].append(each)
        self._papers = _papers(session, ids)
        signed = select(Contract.engagement_id, Contract.number).where(
            Contract.engagement_id.in_(ids), Contract.status.in_(SIGNED)
        )
        self._signed: dict[int, str] = {row[0]: row[1] for row in session.execute(signed)}

    def is_signed(self, engagement: Engagement) -> bool:
        """Tell whether a contract of this engagement is in force."""
        return engagement.id in self._signed or engagement.id in self._sets

    def per_diem(self, engagement: Engagement, day: date) -> PerDiemTerms | None:
        """Return what is agreed for a day away; None where nothing is."""
        given, source, key = self._entitlements(engagement, day)
        for each in given:
            if each["kind"] == EntitlementKind.per_diem:
                return _terms(each, source, key)
        return None

    def _entitlements(
        self, engagement: Engagement, day: date
    ) -> tuple[list[Mapping[str, Any]], str, int | None]:
        sets = papers_on(self._sets.get(engagement.id, []), day)
        if not sets:
            rows: list[Mapping[str, Any]] = [
                {"kind": e.kind, "amount": e.amount, "cap": e.cap, "currency": e.currency}
                for e in engagement.entitlements
            ]
            return rows, f"contract {self._signed.get(engagement.id, '')}".strip(), None
        given: list[Mapping[str, Any]] = []
        source, key = "", None
        # A later paper lies over an earlier one, whole or in what it changes.
        for each in sets:
            if "entitlements" in each.terms:
                given, key = each.terms["entitlements"], each.id
                source = self._papers.get((each.source, each.source_id), "contract")
        return given, source, key


def _terms(given: Mapping[str, Any], source: str, key: int | None) -> PerDiemTerms:
    amount = Decimal(str(given["amount"])) if given.get("amount") is not None else None
    cap = Decimal(str(given["cap"])) if given.get("cap") is not None else None
    currency = str(given["currency"])
    return PerDiemTerms(
        source=source,
        rate=Money(amount, currency) if amount is not None else None,
        cap=Money(cap, currency) if cap is not None else None,
        term_set_id=key,
    )


def _papers(session: Session, ids: Sequence[int]) -> dict[tuple[TermSource, int], str]:
    versions = session.execute(
        select(ContractVersion.id, ContractVersion.number, Contract.number)
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(Contract.engagement_id.in_(ids))
    )
    named = {
        (TermSource.contract_version, key): f"contract {contract}, version {number}"
        for key, number, contract in versions
    }
    amendments = session.execute(
        select(Amendment.id, Amendment.number, Contract.number)
        .join(Contract, Contract.id == Amendment.contract_id)
        .where(Contract.engagement_id.in_(ids))
    )
    for key, number, contract in amendments:
        named[TermSource.amendment, key] = f"amendment {number} of contract {contract}"
    return named


def meals_of(
    session: Session, production_id: int, period: Period
) -> dict[int | None, dict[date, set[Meal]]]:
    """Return the meals provided on each day, by engagement; those of everybody under None."""
    rows = session.scalars(
        select(ProvidedMeal).where(
            ProvidedMeal.production_id == production_id,
            ProvidedMeal.starts_on <= period.ends_on,
            ProvidedMeal.ends_on >= period.starts_on,
        )
    )
    found: dict[int | None, dict[date, set[Meal]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        given = {meal for meal in Meal if getattr(row, meal.value)}
        for day in Period(row.starts_on, row.ends_on).days():
            found[row.engagement_id][day] |= given
    return found


def computed(session: Session, engagement_ids: Sequence[int]) -> dict[int, Days]:
    """Return what every day was computed to so far, by engagement; what was voided counts for nothing."""
    rows = session.execute(
        select(
            AllowanceLine.engagement_id,
            AllowanceLine.day,
            AllowanceLine.currency,
            func.sum(AllowanceLine.amount),
        )
        .outerjoin(Payable, Payable.id == AllowanceLine.payable_id)
        .where(
            AllowanceLine.engagement_id.in_(engagement_ids),
            AllowanceLine.kind == AllowanceKind.per_diem,
            or_(AllowanceLine.payable_id.is_(None), Payable.status != PayableStatus.voided),
        )
        .group_by(AllowanceLine.engagement_id, AllowanceLine.day, AllowanceLine.currency)
    )
    found: dict[int, dict[date, dict[str, Decimal]]] = defaultdict(lambda: defaultdict(dict))
    for engagement_id, day, currency, total in rows:
        if total:
            found[engagement_id][day][currency] = total
    return {key: dict(days) for key, days in found.items()}


def carried(session: Session, engagement_ids: Sequence[int]) -> dict[int, dict[str, Decimal]]:
    """Return what is written down and in no payment yet: after a correction, what people owe."""
    rows = session.execute(
        select(AllowanceLine.engagement_id, AllowanceLine.currency, func.sum(AllowanceLine.amount))
        .where(AllowanceLine.engagement_id.in_(engagement_ids), AllowanceLine.payable_id.is_(None))
        .group_by(AllowanceLine.engagement_id, AllowanceLine.currency)
    )
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for engagement_id, currency, total in rows:
        found[engagement_id][currency] = total
    return found


def other_engagements(
    session: Session, engagements: Sequence[Engagement]
) -> dict[int, list[Engagement]]:
    """Return the other engagements of the same people, by person."""
    people = {engagement.person_id for engagement in engagements}
    rows = session.scalars(select(Engagement).where(Engagement.person_id.in_(people)))
    found: dict[int, list[Engagement]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(row)
    return found
