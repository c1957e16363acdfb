"""Companies, artists and agents."""

from datetime import date

import factory

from app.db.clock import now
from app.domain.people import ContactKind
from app.models import ContactPoint, Organisation, Person, Representation
from tests.factories.base import Record


class OrganisationFactory(Record):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"BIG Live {n}")
    slug = factory.Sequence(lambda n: f"big-live-{n}")
    legal_name = factory.LazyAttribute(lambda o: f"{o.name} Ltd")
    registration_number = "12 345 678 901"
    address = "1 Stanley Street, South Brisbane QLD 4101"
    contact_name = "Imogen Tāmihana"
    contact_phone = "+61 7 3000 0000"
    zone = "Australia/Brisbane"


class PersonFactory(Record):
    class Meta:
        model = Person

    organisation_id = factory.LazyFunction(lambda: OrganisationFactory().id)
    name = factory.Sequence(lambda n: f"Łucja Wiśniewska {n}")
    name_key = factory.Sequence(lambda n: f"wisniewska lucja {n}")


class ContactPointFactory(Record):
    class Meta:
        model = ContactPoint

    organisation_id = factory.SelfAttribute("person.organisation_id")
    person = factory.SubFactory(PersonFactory)
    kind = ContactKind.email
    value = factory.Sequence(lambda n: f"artist-{n}@example.org")
    normalised = factory.SelfAttribute("value")
    verified_at = factory.LazyFunction(now)


class RepresentationFactory(Record):
    class Meta:
        model = Representation

    organisation_id = factory.SelfAttribute("artist.organisation_id")
    artist = factory.SubFactory(PersonFactory)
    agent = factory.SubFactory(
        PersonFactory, organisation_id=factory.SelfAttribute("..artist.organisation_id")
    )
    scopes = ("view",)
    starts_on = date(2020, 1, 1)
