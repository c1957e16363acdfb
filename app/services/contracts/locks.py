"""Take a contract for oneself until the transaction ends, so that double clicks and two tabs queue up."""

from sqlalchemy.orm import Session

from app.models.contracts import Contract


def locked(session: Session, contract: Contract) -> Contract:
    """Return the contract as it stands now, locked; who comes second sees what the first did."""
    session.flush()
    session.refresh(contract, with_for_update={"of": Contract})
    session.expire(contract, ["versions", "questions"])
    return contract
