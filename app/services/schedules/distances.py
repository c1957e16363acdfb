"""Distances between venues, kept once for both directions."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.models.schedules import VenueDistance

MOST = 24 * 60
"""Minutes of a day: what is farther away is a journey, entered as a call."""


def settle(session: Session, distance: VenueDistance) -> None:
    """Accept a distance between two venues that are not the same and not known the other way round."""
    with session.no_autoflush:
        one, other = distance.from_venue, distance.to_venue
        if one is other:
            raise Refused("From and to are the same venue. Choose another.", field="to_venue")
        if not 0 < distance.minutes <= MOST:
            raise Refused(
                "Between 1 and 1,440 minutes. A longer journey is a call of its own.",
                field="minutes",
            )
        known = session.scalar(
            select(VenueDistance.minutes).where(
                VenueDistance.from_venue_id == other.id, VenueDistance.to_venue_id == one.id
            )
        )
        if known is not None:
            raise Refused(
                f"{other} to {one} is known: {known} minutes, and holds for both ways. Change that one.",
                field="to_venue",
            )
