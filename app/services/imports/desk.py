"""What lies on the desk while a book is brought in: who and what is known by now, under which key."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.import_columns import Topic
from app.domain.import_report import BookReport
from app.domain.people import EngagementBasis


@dataclass(slots=True, eq=False)
class KnownPerson:
    """A person of this company's, or one that the book is about to add."""

    name: str
    keys: tuple[str, ...]
    id: int = 0
    """0 until the row is written."""
    is_agent: bool = False
    basis: EngagementBasis = EngagementBasis.undecided
    agent: "KnownPerson | None" = None


@dataclass(slots=True, eq=False)
class KnownVenue:
    """A venue and the zone its calls take."""

    name: str
    id: int = 0
    zone: str | None = None


@dataclass(slots=True)
class Desk:
    """The book's organisation, the day, and everything that rows may refer to."""

    session: Session
    organisation_id: int
    country: str
    currency: str
    today: date
    now: datetime
    report: BookReport
    people: dict[str, list[KnownPerson]] = field(default_factory=dict)
    venues: dict[str, KnownVenue] = field(default_factory=dict)
    productions: dict[str, int] = field(default_factory=dict)
    refused: dict[tuple[Topic, str], int] = field(default_factory=dict)
    """What a refused row would have brought -> the number of that row."""

    def know(self, person: KnownPerson) -> None:
        """Let rows find a person under every spelling."""
        for key in person.keys:
            found = self.people.setdefault(key, [])
            if person not in found:
                found.append(person)
