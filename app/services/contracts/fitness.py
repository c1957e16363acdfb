"""Whether a contract still fits its engagement: it stands, and its terms are what the paper says."""

from typing import Final

from sqlalchemy.orm import Session

from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.people import EngagementStatus
from app.models.contracts import Contract
from app.models.engagements import Engagement
from app.services.contracts.terms import changes, terms_of

ENDED: Final = frozenset({EngagementStatus.released, EngagementStatus.cancelled})


def check_engagement(engagement: Engagement) -> None:
    """Refuse to go on with the contract of an engagement that is over or put away."""
    if engagement.status in ENDED:
        raise Refused(
            f"This engagement is {engagement.status}. Make a new one first.", field="engagement"
        )
    if engagement.archived_at is not None:
        raise Refused(f"{engagement.number} is archived. Restore it first.", field="engagement")


def check_can_be_signed(contract: Contract) -> None:
    """Refuse a signature on the contract of an engagement that is over or put away."""
    engagement = contract.engagement
    if engagement.status in ENDED or engagement.archived_at is not None:
        raise Refused("This engagement was called off, so there is nothing to sign any more.")


def check_terms(session: Session, contract: Contract) -> None:
    """Refuse a paper whose terms are not the engagement's any more, naming what differs."""
    version = contract.current
    now = terms_of(session, contract.engagement, contract.company_signatory_id)
    differ = [change.label for change in changes(version.terms, now)]
    if differ:
        raise Refused(
            f"Changed since version {version.number} was written: {', '.join(differ)}. "
            f"{_way_out(contract.status)}"
        )


def _way_out(status: ContractStatus) -> str:
    if status is ContractStatus.ready:
        return "Return it for changes, take the facts in, and have it reviewed again."
    return "Write a new version."
