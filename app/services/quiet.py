"""When a phone may ring: not in the night of the place where its owner is, unless it is urgent."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.services.schedules.sleepers import find_asleep


def not_before(
    session: Session, organisation_id: int, person_id: int | None, engagement_id: int | None
) -> datetime | None:
    """Return the morning to wait for, None where nobody is woken now."""
    if person_id is None:
        return None
    asleep = find_asleep(session, organisation_id, {person_id: engagement_id or 0})
    return asleep[0].morning if asleep else None
