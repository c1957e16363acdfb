"""Who stands on which side of a claim: the one who decides, and those whose money it is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.claim_decisions import ClaimParties, Decider, check_decider
from app.domain.errors import Refused
from app.domain.people import RepresentationScope
from app.domain.sign_in import StaffStatus
from app.models.base import Base
from app.models.expenses import ExpenseClaim
from app.models.organisations import StaffProfile
from app.models.people import Representation

DECIDING_ROLES = ("Finance", "Approver")


def decider_of(session: Session, user_id: int) -> Decider:
    """Return who presses the button, as a person too where they are hired here."""
    person_id = session.scalar(
        select(StaffProfile.person_id).where(StaffProfile.user_id == user_id)
    )
    return Decider(user_id, person_id)


def parties_of(session: Session, claim: ExpenseClaim) -> ClaimParties:
    """Return the claimant, who is paid, and who may claim or claimed in the claimant's place."""
    engagement = claim.engagement
    today = now().date()
    acting = session.scalars(
        select(Representation).where(Representation.artist_id == engagement.person_id)
    )
    delegates = {r.agent_id for r in acting if r.allows(RepresentationScope.claim, today)}
    kind, _, key = claim.claimed_by.partition(":")
    if kind == "agent" and key.isdigit():
        delegates.add(int(key))
    payee = engagement.payee
    return ClaimParties(
        engagement.person_id, None if payee is None else payee.person_id, frozenset(delegates)
    )


def others_who_decide(session: Session, user_id: int) -> list[str]:
    """Return the names of two others who may decide, for somebody who may not."""
    tables = Base.metadata.tables
    roles, held = tables["ab_role"], tables["ab_user_role"]
    return list(
        session.scalars(
            select(StaffProfile.display_name)
            .join(held, held.c.user_id == StaffProfile.user_id)
            .join(roles, roles.c.id == held.c.role_id)
            .where(
                roles.c.name.in_(DECIDING_ROLES),
                StaffProfile.user_id != user_id,
                StaffProfile.status == StaffStatus.active,
            )
            .distinct()
            .order_by(StaffProfile.display_name)
            .limit(2)
        )
    )


def why_not(session: Session, claim: ExpenseClaim, user_id: int) -> str:
    """Return why somebody may not decide a claim, in a sentence; empty where they may."""
    try:
        check_decider(
            decider_of(session, user_id),
            parties_of(session, claim),
            others_who_decide(session, user_id),
        )
    except Refused as refusal:
        return refusal.reason
    return ""
