"""Addresses and numbers that a book brings, and what is said where two names share one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.domain.people import ContactKind
from app.models.people import ContactPoint
from app.services.imports import sets
from app.services.imports.desk import Desk, KnownPerson

Point = tuple[ContactKind, str]


@dataclass(slots=True)
class Holder:
    """Somebody who uses an address: a person, and the row of it if it is written already."""

    person: KnownPerson
    row_id: int | None = None
    note: str = ""


@dataclass(slots=True)
class ContactBook:
    """Who uses which address. E-mail confirms a name but never decides who somebody is."""

    holders: dict[Point, list[Holder]] = field(default_factory=lambda: defaultdict(list))
    points: dict[KnownPerson, list[Point]] = field(default_factory=lambda: defaultdict(list))
    new: list[tuple[Point, Holder]] = field(default_factory=list)
    touched: set[Point] = field(default_factory=set)

    def has(self, person: KnownPerson, point: Point) -> bool:
        """Tell whether a person uses an address already."""
        return point in self.points[person]

    def emails_of(self, person: KnownPerson) -> list[str]:
        """Return the e-mail addresses that a person uses."""
        return [value for kind, value in self.points[person] if kind is ContactKind.email]

    def give(self, person: KnownPerson, point: Point) -> bool:
        """Note that a person uses an address; tell whether that is new."""
        if self.has(person, point):
            return False
        holder = Holder(person)
        self.holders[point].append(holder)
        self.points[person].append(point)
        self.new.append((point, holder))
        self.touched.add(point)
        return True

    def others(self, person: KnownPerson, point: Point) -> list[str]:
        """Return the names of the others who use an address."""
        return sorted(
            {holder.person.name for holder in self.holders[point] if holder.person is not person}
        )

    def is_settled(self, person: KnownPerson, point: Point) -> bool:
        """Tell whether somebody has already looked at a shared address and cleared it."""
        mine = [holder for holder in self.holders[point] if holder.person is person]
        return point not in self.touched and not any(holder.note for holder in mine)


def load(desk: Desk, people: Iterable[KnownPerson]) -> ContactBook:
    """Return the addresses that are known before the book comes."""
    by_id = {person.id: person for person in people}
    book = ContactBook()
    point = ContactPoint.__table__.c
    columns = (point.id, point.person_id, point.kind, point.normalised, point.conflict_note)
    for row_id, person_id, kind, value, note in desk.session.execute(
        select(*columns).order_by(point.id)
    ):
        book.holders[kind, value].append(Holder(by_id[person_id], row_id, note))
        book.points[by_id[person_id]].append((kind, value))
    return book


def write(desk: Desk, book: ContactBook) -> None:
    """Write the new addresses; one that two names share is nobody's proof until it is checked."""
    shared = {point for point in book.touched if len(book.holders[point]) > 1}
    changes: dict[int, dict[str, Any]] = {}
    for point in shared:
        for holder in book.holders[point]:
            holder.note = conflict_note(book.others(holder.person, point))
            if holder.row_id is not None:
                changes[holder.row_id] = {"conflict_note": holder.note, "verified_at": None}
    sets.change(desk.session, ContactPoint, changes)
    preferred = {
        (holder.person, kind)
        for (kind, _), holders in book.holders.items()
        for holder in holders
        if holder.row_id is not None
    }
    rows = []
    for (kind, value), holder in book.new:
        rows.append(
            {
                "organisation_id": desk.organisation_id,
                "person_id": holder.person.id,
                "kind": kind,
                "value": value,
                "normalised": value,
                "is_preferred": (holder.person, kind) not in preferred,
                "conflict_note": holder.note,
            }
        )
        preferred.add((holder.person, kind))
    sets.add(desk.session, ContactPoint, rows)


def conflict_note(others: list[str]) -> str:
    """Return why a shared address is not trusted."""
    return f"Also used by {', '.join(others)}. Unverified until somebody checks whose it is."
