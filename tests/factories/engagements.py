"""Productions and engagements with everything a contract needs."""

from datetime import date, timedelta
from decimal import Decimal

import factory

from app.db.clock import now
from app.domain.contracts import EntitlementKind, FeeKind, FeeTrigger
from app.domain.people import EngagementBasis
from app.models import Engagement, Entitlement, FeeLine, PayeeProfile, Production, RoleAssignment
from tests.factories.base import Record
from tests.factories.people import PersonFactory

FIRST, LAST = date(now().year + 1, 2, 1), date(now().year + 1, 4, 18)
"""Of next spring, so that nothing of it is over on whatever day the tests run."""


class ProductionFactory(Record):
    class Meta:
        model = Production

    organisation_id = factory.LazyFunction(lambda: PersonFactory().organisation_id)
    code = factory.Sequence(lambda n: f"CAR{n}")
    title = "Carmen"
    starts_on = FIRST
    ends_on = LAST


class PayeeFactory(Record):
    class Meta:
        model = PayeeProfile

    person = factory.SubFactory(PersonFactory)
    organisation_id = factory.SelfAttribute("person.organisation_id")
    name = factory.SelfAttribute("person.name")


class EngagementFactory(Record):
    """A contractor with one role, two instalments and a per diem."""

    class Meta:
        model = Engagement

    person = factory.SubFactory(PersonFactory)
    organisation_id = factory.SelfAttribute("person.organisation_id")
    production = factory.SubFactory(
        ProductionFactory, organisation_id=factory.SelfAttribute("..organisation_id")
    )
    payee = factory.SubFactory(PayeeFactory, person=factory.SelfAttribute("..person"))
    number = factory.Sequence(lambda n: f"ENG-{n:04}")
    basis = EngagementBasis.contractor
    starts_on = FIRST
    ends_on = LAST
    fee = Decimal(21600)
    currency = "AUD"
    home_base = "Paris"
    payment_terms = "within 14 days of the due date"

    @factory.post_generation
    def parts(self, create: bool, extracted: bool | None) -> None:
        """Add what an engagement consists of; ``parts=False`` leaves it bare."""
        if not create or extracted is False:
            return
        own = {"organisation_id": self.organisation_id}
        self.roles.append(RoleAssignment(role="Frasquita", **own))
        for place, due in ((1, FIRST + timedelta(days=11)), (2, LAST + timedelta(days=5))):
            self.fee_lines.append(
                FeeLine(
                    position=place, kind=FeeKind.instalment, amount=Decimal(10800), currency="AUD",
                    trigger=FeeTrigger.on_date, due_on=due, **own,
                )
            )  # fmt: skip
        self.entitlements.append(
            Entitlement(
                kind=EntitlementKind.per_diem, amount=Decimal(96), currency="AUD",
                rule="a day on tour", **own,
            )
        )  # fmt: skip
