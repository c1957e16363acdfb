"""What changed since the artist last looked at a contract, read from the contract's own facts."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import AmendmentStatus
from app.domain.messages import ThreadSide
from app.domain.periods import format_date
from app.models.contracts import Amendment, Contract
from app.services.contracts.locks import locked

ENDED = {
    AmendmentStatus.voided: "was taken back",
    AmendmentStatus.expired: "was not signed in time",
    AmendmentStatus.declined: "was declined",
}


def news_of(contract: Contract) -> list[str]:
    """Return what is new since the last look, in sentences; nothing at the first."""
    since = contract.looked_at
    if since is None:
        return []
    return [
        *_versions(contract),
        *_executed(contract, since),
        *_answers(contract, since),
        *(line for one in contract.amendments for line in _amended(one, since)),
    ]


def note_look(session: Session, contract: Contract) -> None:
    """Remember that the artist has seen the contract as it stands."""
    if not contract.versions:
        return
    locked(session, contract)
    contract.looked_at = now()
    contract.looked_version = contract.current.number


def _versions(contract: Contract) -> list[str]:
    seen, newest = contract.looked_version, contract.versions[-1].number if contract.versions else 0
    if seen is None or newest <= seen:
        return []
    return [f"Version {newest} was sent; you last saw version {seen}."]


def _executed(contract: Contract, since: datetime) -> list[str]:
    is_new = contract.executed_at is not None and contract.executed_at > since
    return ["Everybody has signed: the contract is complete."] if is_new else []


def _answers(contract: Contract, since: datetime) -> list[str]:
    new = [q for q in contract.questions if q.side is ThreadSide.staff and q.created_at > since]
    return ["Your question was answered, below."] if new else []


def _amended(one: Amendment, since: datetime) -> list[str]:
    if one.executed_at is not None:
        if one.executed_at <= since:
            return []
        return [
            f"Amendment {one.number} is complete; it holds from {format_date(one.effective_from)} on."
        ]
    if one.status in ENDED and one.updated_at > since:
        return [f"Amendment {one.number} {ENDED[one.status]}; the terms stay as they were."]
    if one.status is AmendmentStatus.sent and one.sent_at is not None and one.sent_at > since:
        return [f"Amendment {one.number} was sent to you. It waits for your signature."]
    return []
