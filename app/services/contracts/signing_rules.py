"""How a company signs: who does it for the company, and when a signer is reminded unless the sender says otherwise."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.sign_in import StaffStatus
from app.models.organisations import Organisation, StaffProfile


def possible_signatories(session: Session) -> Sequence[StaffProfile]:
    """Return who works for the company now, by name."""
    asked = select(StaffProfile).where(StaffProfile.status == StaffStatus.active)
    return session.scalars(asked.order_by(StaffProfile.display_name)).all()


def set_rules(
    session: Session, organisation: Organisation, *, signatory_user_id: int, ladder: Sequence[int]
) -> None:
    """Settle who signs and when is reminded. What is out for signature keeps its own."""
    known = {each.user_id for each in possible_signatories(session)}
    if signatory_user_id not in known:
        raise Refused("Choose somebody who works here.", field="signatory")
    organisation.signatory_user_id = signatory_user_id
    organisation.reminder_days = list(ladder)
