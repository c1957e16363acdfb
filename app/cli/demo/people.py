"""The artists of the demo company, their agents, and how they are reached and paid."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.cli.demo.cast import (
    AGENTS,
    CORPS,
    CREATIVES,
    GUESTS,
    PRINCIPALS,
    QUARTET,
    Artist,
    address_of,
)
from app.db.clock import now
from app.domain.names import name_key
from app.domain.people import ContactKind, EngagementBasis, PersonKind
from app.models import (
    ArtistProfile,
    ContactPoint,
    Organisation,
    PayeeProfile,
    Person,
    Representation,
)
from app.services.people import settle_contact

People = dict[str, Person]
RIGHTS = {"Hélène Marchetti": ("view", "claim"), "Jonas Lindgren": ("view", "sign")}
"""What each agent may do."""


def gather(session: Session, organisation: Organisation, today: date) -> People:
    """Enter everybody, by name."""
    people: People = {}
    for name in AGENTS:
        people[name] = _person(session, organisation, name, is_agent=True)
    for artist in (*GUESTS, *PRINCIPALS, *CREATIVES, *CORPS):
        people[artist.name] = _artist(session, organisation, artist)
    people[QUARTET] = _person(session, organisation, QUARTET, kind=PersonKind.ensemble)
    session.flush()
    for artist in GUESTS:
        if artist.agent:
            _represent(session, organisation, people[artist.agent], people[artist.name], today)
    session.flush()
    return people


def _person(
    session: Session,
    organisation: Organisation,
    name: str,
    *,
    is_agent: bool = False,
    kind: PersonKind = PersonKind.individual,
) -> Person:
    person = Person(
        organisation_id=organisation.id,
        name=name,
        name_key=name_key(name),
        preferred_name=name.split(maxsplit=1)[0] if kind is PersonKind.individual else "",
        is_agent=is_agent,
        kind=kind,
    )
    session.add(person)
    session.flush()
    contact = ContactPoint(
        organisation_id=organisation.id,
        person=person,
        kind=ContactKind.email,
        value=address_of(name),
        is_preferred=True,
    )
    settle_contact(session, contact)
    contact.verified_at = now() - timedelta(days=40)
    session.add(contact)
    return person


def _artist(session: Session, organisation: Organisation, artist: Artist) -> Person:
    person = _person(session, organisation, artist.name)
    abroad = artist.residence != "AU"
    basis = EngagementBasis.foreign_resident if abroad else EngagementBasis.contractor
    session.add(
        ArtistProfile(
            organisation_id=organisation.id,
            person_id=person.id,
            discipline=artist.discipline,
            tax_residence=artist.residence,
            usual_basis=basis,
            home_base=artist.base,
            home_zone=artist.zone,
        )
    )
    payee = PayeeProfile(
        organisation_id=organisation.id, person_id=person.id, name=artist.name, basis=basis
    )
    session.add(payee)
    return person


def _represent(
    session: Session, organisation: Organisation, agent: Person, artist: Person, today: date
) -> None:
    session.add(
        Representation(
            organisation_id=organisation.id,
            agent_id=agent.id,
            artist_id=artist.id,
            scopes=list(RIGHTS[agent.name]),
            starts_on=today - timedelta(days=400),
        )
    )
