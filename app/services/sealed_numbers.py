"""Sealed numbers of people and what is known for their travel: changed on purpose, shown with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Invalid, Refused
from app.domain.sealed_numbers import check_reason, ending_of, read_number
from app.models.audit import AuditEntry
from app.models.people import ArtistProfile, PayeeProfile, Person
from app.services import audit
from app.services.field_encryption import conceal, read_silently, reveal

TRAVEL: Final = ("home_base", "dietary", "seat_preference", "loyalty_numbers", "emergency_contact")
LONGEST: Final = 500
Holder = ArtistProfile | PayeeProfile


@dataclass(frozen=True, slots=True)
class Sealed:
    """One kind of sealed number: the field it stands in, and what it is called."""

    field: str
    name: str


PASSPORT: Final = Sealed("passport", "passport number")
TAX_NUMBER: Final = Sealed("tax_number", "tax number")


def ending(holder: Holder, sealed: Sealed) -> str:
    """Return how a sealed number ends; empty where none is known."""
    return ending_of(read_silently(holder, sealed.field))


def show(session: Session, holder: Holder, sealed: Sealed, *, reason: str) -> str:
    """Return the whole number, once; who looked and why is written into the history."""
    return reveal(session, holder, sealed.field, reason=check_reason(reason))


def replace(session: Session, holder: Holder, sealed: Sealed, typed: str) -> None:
    """Put another number in the place of the one that is kept; the same one changes nothing."""
    number = read_number(typed, sealed.field, sealed.name)
    session.refresh(holder, with_for_update={"of": type(holder)})
    if number != read_silently(holder, sealed.field):
        conceal(session, holder, sealed.field, number)
    session.flush()


def remove(session: Session, holder: Holder, sealed: Sealed) -> None:
    """Forget a number that is not needed any more."""
    setattr(holder, sealed.field, None)
    session.flush()


def profile_of(session: Session, person: Person) -> ArtistProfile:
    """Return what is known of a person as an artist, held for a change."""
    found = session.scalars(
        select(ArtistProfile)
        .where(ArtistProfile.person_id == person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise Refused(f"{person.name} is no artist: there is nothing to keep for travel.")
    return found


def change_travel(
    session: Session, person: Person, typed: Mapping[str, str], *, seen: str
) -> ArtistProfile:
    """Change what is known for somebody's travel, unless another changed it meanwhile."""
    profile = profile_of(session, person)
    if seen != stamp_of(profile):
        raise Refused(
            "Somebody changed this while you were writing. Nothing of yours is saved: look again."
        )
    long = [name for name in TRAVEL if len(typed.get(name, "")) > LONGEST]
    if long:
        raise Invalid(dict.fromkeys(long, f"Use at most {LONGEST} characters."))
    for name in TRAVEL:
        setattr(profile, name, typed.get(name, "").strip())
    if typed.get(PASSPORT.field, "").strip():
        replace_kept(session, profile, typed[PASSPORT.field])
    session.flush()
    return profile


def replace_kept(session: Session, profile: ArtistProfile, typed: str) -> None:
    """Put another passport number beside changes that are not written yet."""
    number = read_number(typed, PASSPORT.field, PASSPORT.name)
    if number != read_silently(profile, PASSPORT.field):
        conceal(session, profile, PASSPORT.field, number)


def stamp_of(holder: Holder) -> str:
    """Return what tells one state of a record from the next."""
    return holder.updated_at.isoformat()


def looks(session: Session, holder: Holder) -> list[Any]:
    """Return what happened to the record, newest first, with every look at a sealed number."""
    entries: list[AuditEntry] = audit.history(session, holder.__tablename__, holder.id, limit=20)
    return entries
