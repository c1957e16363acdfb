"""Take an amendment for oneself: its contract's row is locked first, so that all queue at one door."""

from sqlalchemy.orm import Session

from app.models.contracts import Amendment
from app.services.contracts import locks


def locked(session: Session, amendment: Amendment) -> Amendment:
    """Return the amendment as it stands now; who comes second sees what the first did."""
    locks.locked(session, amendment.contract)
    session.refresh(amendment, with_for_update={"of": Amendment})
    return amendment
