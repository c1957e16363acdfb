"""What the artists' sheet is about to write, and the writing of it."""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from app.domain.people import EngagementBasis, RepresentationScope
from app.models.base import uuid7
from app.models.people import ArtistProfile, Person, PersonVariant, Representation
from app.services import events
from app.services.imports import contacts, sets
from app.services.imports.contacts import ContactBook
from app.services.imports.desk import Desk, KnownPerson

FACTS: Final = ("discipline", "tax_residence", "usual_basis")
_NOTHING_KNOWN: Final = {
    "discipline": "", "tax_residence": "", "usual_basis": EngagementBasis.undecided,
}  # fmt: skip


@dataclass(slots=True)
class Writing:
    """What the artists' sheet is about to write."""

    contacts: ContactBook
    profiles: dict[int, dict[str, Any]]
    """Person id -> the profile that is there."""
    pairs: set[tuple[int, int]]
    """(agent id, artist id) of the representations that are there."""
    variants: set[str]
    new_people: list[tuple[KnownPerson, dict[str, Any]]] = field(default_factory=list)
    new_agents: list[int] = field(default_factory=list)
    profile_changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_profiles: list[tuple[KnownPerson, dict[str, Any]]] = field(default_factory=list)
    new_pairs: list[tuple[KnownPerson, KnownPerson]] = field(default_factory=list)


def open_writing(desk: Desk) -> Writing:
    """Return what is there before the sheet is brought in."""
    profile, pair = ArtistProfile.__table__.c, Representation.__table__.c
    people = {known.id: known for found in desk.people.values() for known in found}
    return Writing(
        contacts=contacts.load(desk, people.values()),
        profiles={
            row.person_id: row._asdict()
            for row in desk.session.execute(
                select(profile.id, profile.person_id, *(profile[fact] for fact in FACTS))
            )
        },
        pairs={
            (row.agent_id, row.artist_id)
            for row in desk.session.execute(select(pair.agent_id, pair.artist_id))
        },
        variants=set(desk.session.scalars(select(PersonVariant.__table__.c.name_key))),
    )


def write(desk: Desk, writing: Writing) -> None:
    """Write people, their profiles, their addresses and who stands for them."""
    _write_people(desk, writing)
    owner = {"organisation_id": desk.organisation_id}
    profiles = [
        {**owner, "person_id": person.id, **_NOTHING_KNOWN, **facts}
        for person, facts in writing.new_profiles
    ]
    sets.add(desk.session, ArtistProfile, profiles)
    sets.change(desk.session, ArtistProfile, writing.profile_changes)
    contacts.write(desk, writing.contacts)
    view = [RepresentationScope.view.value]
    pairs = {(agent.id, artist.id) for agent, artist in writing.new_pairs} - writing.pairs
    representations = [
        {**owner, "agent_id": agent, "artist_id": artist, "scopes": view, "starts_on": desk.today}
        for agent, artist in sorted(pairs)
    ]
    sets.add(desk.session, Representation, representations)


def _write_people(desk: Desk, writing: Writing) -> None:
    owner = {"organisation_id": desk.organisation_id}
    rows = [
        {
            **owner,
            "public_id": uuid7(),
            "is_agent": person.is_agent,
            "name_key": person.keys[0],
            **columns,
        }
        for person, columns in writing.new_people
    ]
    ids = sets.add(desk.session, Person, rows)
    created = [row["public_id"] for row in rows]
    events.tell_many(desk.session, "person.created", desk.organisation_id, created)
    for (person, _), person_id in zip(writing.new_people, ids, strict=True):
        person.id = person_id
    variants = [
        {**owner, "person_id": person.id, "name_key": key, "written": person.name}
        for person, _ in writing.new_people
        for key in person.keys[1:]
        if key not in writing.variants
    ]
    sets.add(desk.session, PersonVariant, variants)
    agents: dict[int, dict[str, Any]] = {found: {"is_agent": True} for found in writing.new_agents}
    sets.change(desk.session, Person, agents)
