"""Who is engaged for which production, in which role, for what: the fees and what is beside them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.cast import CORPS, CREATIVES, GUESTS, PRINCIPALS
from app.cli.demo.people import People
from app.cli.demo.tour import SHOWS, Show
from app.db.clock import now
from app.domain.contract_terms import split_instalments
from app.domain.contracts import EntitlementKind, FeeTrigger
from app.domain.local_time import zone_place
from app.domain.money import Money
from app.domain.people import Casting, EngagementBasis, EngagementEvent
from app.models import (
    Engagement,
    Entitlement,
    FeeLine,
    Organisation,
    PayeeProfile,
    Person,
    Production,
    RoleAssignment,
)
from app.services.engagements import open_engagement

Hired = dict[str, list[Engagement]]
"""Production code -> engagements."""

FEES = {"lead": Decimal("18400.00"), "senior": Decimal("14900.00"), "corps": Decimal("12600.00")}


def hire(
    session: Session,
    organisation: Organisation,
    productions: dict[str, Production],
    people: People,
    chance: Random,
) -> Hired:
    """Engage the company for its productions."""
    payees = dict(session.execute(select(PayeeProfile.person_id, PayeeProfile)).all())
    hired: Hired = {}
    for show in SHOWS:
        production = productions[show.code]
        hired[show.code] = [
            _engage(
                session,
                organisation,
                production,
                people[name],
                payees,
                (role, casting, fee),
                chance,
            )
            for name, role, casting, fee in _cast(show)
        ]
    return hired


def _cast(show: Show) -> Sequence[tuple[str, str, Casting, Decimal]]:
    leads = [artist.name for artist in GUESTS] if show.season == "this" else []
    leads += [artist.name for artist in PRINCIPALS]
    named = list(zip(leads, show.roles, strict=False))
    taken = {name for name, _ in named}
    rows = [(name, role, Casting.principal, FEES["lead"]) for name, role in named]
    covers = [a.name for a in PRINCIPALS if a.name not in taken]
    rows += [
        (name, role, Casting.cover, FEES["senior"])
        for name, role in zip(covers, show.roles, strict=False)
    ]
    size = {"COP": 8, "GIS": 34, "NUT": 18, "CAR": 16}[show.code]
    rows += [(a.name, "Corps de ballet", Casting.principal, FEES["corps"]) for a in CORPS[:size]]
    rows += [(a.name, a.discipline, Casting.principal, FEES["senior"]) for a in CREATIVES]
    return rows


def _engage(
    session: Session,
    organisation: Organisation,
    production: Production,
    person: Person,
    payees: dict[int, PayeeProfile],
    terms: tuple[str, Casting, Decimal],
    chance: Random,
) -> Engagement:
    role, casting, fee = terms
    fee += Decimal(100) * chance.randint(0, 30)
    payee = payees.get(person.id)
    first = production.starts_on or date.min
    last = production.ends_on or date.max
    engagement = Engagement(
        organisation_id=organisation.id,
        person=person,
        production=production,
        basis=payee.basis if payee else EngagementBasis.undecided,
        payee=payee,
        starts_on=first,
        ends_on=last,
        fee=fee,
        currency=production.currency,
        payment_terms="In instalments",
        home_base=_home(person),
        roles=[RoleAssignment(organisation_id=organisation.id, role=role, casting=casting)],
    )
    open_engagement(session, engagement)
    _pay_in_parts(engagement, first, last)
    _give_beside(engagement)
    session.add(engagement)
    session.flush()
    engagement.advance(EngagementEvent.offer)
    return engagement


def _home(person: Person) -> str:
    """Return where somebody lives: guests in their own city, the company in Brisbane."""
    zone = person.artist.home_zone if person.artist else ""
    return zone_place(zone) if zone else "Brisbane"


def _pay_in_parts(engagement: Engagement, first: date, last: date) -> None:
    count = 2 if last < now().date() else 4
    step = (last - first) / (count - 1)
    parts = split_instalments(Money(engagement.fee, engagement.currency), count)
    for place, part in enumerate(parts, 1):
        engagement.fee_lines.append(
            FeeLine(
                organisation_id=engagement.organisation_id,
                position=place,
                label=f"Instalment {place} of {count}",
                amount=part.amount,
                currency=part.currency,
                trigger=FeeTrigger.on_date,
                due_on=first + timedelta(days=step.days * (place - 1)),
            )
        )


def _give_beside(engagement: Engagement) -> None:
    for kind, amount, cap, rule in (
        (EntitlementKind.per_diem, Decimal("96.00"), None, "a day on tour"),
        (EntitlementKind.taxi, None, Decimal("45.00"), "a ride, after the last tram"),
        (EntitlementKind.travel_class, None, None, "Economy; premium economy over six hours"),
    ):
        engagement.entitlements.append(
            Entitlement(
                organisation_id=engagement.organisation_id,
                kind=kind,
                amount=amount,
                cap=cap,
                currency=engagement.currency,
                rule=rule,
            )
        )
