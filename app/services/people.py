"""People: entered once, found again under any spelling, put away instead of deleted."""

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contact_points import normalise_email, normalise_mobile
from app.domain.errors import Refused
from app.domain.names import name_key
from app.domain.people import ContactKind, RepresentationScope
from app.models import ArtistProfile, ContactPoint, Person, Representation
from app.services import contact_points, events


def add(session: Session, person: Person) -> None:
    """Take in a new person, unless somebody of that name is known and nothing tells them apart."""
    _settle_name(person)
    _refuse_namesake(session, person)
    if not person.is_agent:
        person.artist = ArtistProfile(organisation_id=person.organisation_id)
    events.tell(session, "person.created", person)


def _refuse_namesake(session: Session, person: Person) -> None:
    known = _namesake(session, person)
    if known is not None and not person.legal_name:
        raise Refused(
            f"{known.name} is known already. If this is somebody else, give the legal name that "
            "tells them apart.",
            field="name",
        )


def revise(session: Session, person: Person) -> None:
    """Accept a changed name, and find the person by it from now on."""
    _settle_name(person)
    if inspect(person).attrs.name_key.history.has_changes():
        _refuse_namesake(session, person)


def archive(session: Session, person: Person) -> None:
    """Put a person away. Everything that hangs on them stays."""
    if person.archived_at is not None:
        raise Refused(f"{person.name} is archived already.")
    person.archived_at = now()
    events.tell(session, "person.archived", person)


def restore(session: Session, person: Person) -> None:
    """Bring a person back."""
    del session
    if person.archived_at is None:
        raise Refused(f"{person.name} is not archived.")
    person.archived_at = None


def _settle_name(person: Person) -> None:
    person.name = " ".join(person.name.split())
    person.name_key = name_key(person.name)
    if not person.name_key:
        raise Refused("Write the name with letters.", field="name")


def _namesake(session: Session, person: Person) -> Person | None:
    with session.no_autoflush:
        return session.scalars(
            select(Person).where(Person.name_key == person.name_key, Person.id != (person.id or 0))
        ).first()


def settle_contact(session: Session, contact: ContactPoint) -> None:
    """Write an address or number as we compare it; say so where another name uses it too."""
    before = contact.normalised
    if contact.kind is ContactKind.email:
        contact.normalised = normalise_email(contact.value, field="value")
    else:
        contact.normalised = normalise_mobile(contact.value, field="value")
    contact.value = contact.value.strip()
    if contact.normalised != before:
        contact.verified_at = None
        contact_points.change(session, contact)
    contact.conflict_note = _conflict(session, contact)


def _conflict(session: Session, contact: ContactPoint) -> str:
    # Couples and agents share addresses; a shared one signs nobody in until staff have looked.
    person_id = contact.person.id if contact.person is not None else contact.person_id
    with session.no_autoflush:
        other = session.scalars(
            select(Person)
            .join(ContactPoint)
            .where(ContactPoint.normalised == contact.normalised, Person.id != person_id)
        ).first()
    return "" if other is None else f"{other.name} uses this address too."


def clear_conflict(session: Session, contact: ContactPoint) -> None:
    """Trust an address that two people share, because a member of staff has asked them."""
    del session
    if not contact.conflict_note:
        raise Refused("Nothing speaks against this address.")
    contact.conflict_note = ""


def settle_representation(session: Session, link: Representation) -> None:
    """Check what an agent may do for an artist."""
    del session
    unknown = set(link.scopes) - {scope.value for scope in RepresentationScope}
    if not link.scopes:
        raise Refused("Choose at least one thing the agent may do.", field="scopes")
    if unknown:
        raise Refused(f"There is no right called {min(unknown)}.", field="scopes")
    if not link.agent.is_agent:
        raise Refused(f"{link.agent.name} is not marked as an agent.", field="agent")
    if link.ends_on is not None and link.ends_on < link.starts_on:
        raise Refused("The last day is before the first.", field="ends_on")
