"""Productions, seasons and venues: what they must say before anybody is called to them."""

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.local_time import check_zone
from app.models import Production, Season, Space, Venue


def settle_production(session: Session, production: Production) -> None:
    """Check a production."""
    del session
    production.code = production.code.strip().upper()
    if not production.code:
        raise Refused("Give a short code, for example GIS-2026.", field="code")
    _in_order(production)


def settle_season(session: Session, season: Season) -> None:
    """Check a season."""
    del session
    _in_order(season)


def _in_order(record: Production | Season) -> None:
    if record.starts_on and record.ends_on and record.ends_on < record.starts_on:
        raise Refused("The last day is before the first.", field="ends_on")


def settle_venue(session: Session, venue: Venue) -> None:
    """Check a venue; without a zone its calls cannot be published, with a wrong one neither."""
    del session
    venue.zone = (venue.zone or "").strip() or None
    if venue.zone is not None:
        check_zone(venue.zone, field="zone")


def settle_space(session: Session, space: Space) -> None:
    """Check a stage or studio."""
    del session
    if not space.name.strip():
        raise Refused("Name the stage or studio.", field="name")


def archive(session: Session, record: Production | Venue | Season) -> None:
    """Put a record away."""
    del session
    if record.archived_at is not None:
        raise Refused(f"{record} is archived already.")
    record.archived_at = now()


def restore(session: Session, record: Production | Venue | Season) -> None:
    """Bring a record back."""
    del session
    if record.archived_at is None:
        raise Refused(f"{record} is not archived.")
    record.archived_at = None
