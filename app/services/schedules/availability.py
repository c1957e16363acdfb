"""Days on which somebody cannot work: entered by staff they hold, asked for they wait for an answer."""

from sqlalchemy.orm import Session

from app.domain.people import AvailabilityEvent, AvailabilityKind, AvailabilityStatus
from app.domain.periods import Period
from app.models.people import Availability


def enter(session: Session, absence: Availability) -> None:
    """Take days that staff enter: they are accepted with that."""
    revise(session, absence)
    absence.kind, absence.status = AvailabilityKind.unavailable, AvailabilityStatus.proposed
    absence.advance(AvailabilityEvent.accept)


def revise(session: Session, absence: Availability) -> None:
    """Accept changed days, in their order."""
    del session
    Period(absence.starts_on, absence.ends_on)


def decide(session: Session, absence: Availability, event: AvailabilityEvent) -> None:
    """Accept or refuse days that were asked for."""
    del session
    absence.advance(event)
