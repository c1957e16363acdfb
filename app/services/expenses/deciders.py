"""Who stands on which side of a claim: the one who decides, and those whose money it is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.approval_limits import Approver
from app.domain.claim_decisions import ClaimParties, Decider, check_decider, check_deputy
from app.domain.errors import Refused
from app.domain.people import RepresentationScope
from app.models.expenses import ExpenseClaim
from app.models.organisations import StaffProfile
from app.models.people import Representation
from app.services.expenses import deputies


def decider_of(session: Session, user_id: int) -> Decider:
    """Return who presses the button, as a person too where they are hired here."""
    person_id = session.scalar(
        select(StaffProfile.person_id).where(StaffProfile.user_id == user_id)
    )
    return Decider(user_id, person_id)


def parties_of(session: Session, claim: ExpenseClaim) -> ClaimParties:
    """Return the claimant, who is paid, and who may claim, claimed or decides in their place."""
    engagement = claim.engagement
    today = deputies.today_of(session, claim.organisation_id)
    acting = session.scalars(
        select(Representation).where(Representation.artist_id == engagement.person_id)
    )
    delegates = {r.agent_id for r in acting if r.allows(RepresentationScope.claim, today)}
    kind, _, key = claim.claimed_by.partition(":")
    if kind == "agent" and key.isdigit():
        delegates.add(int(key))
    payee = engagement.payee
    payee_id = None if payee is None else payee.person_id
    paid = [person for person in (engagement.person_id, payee_id) if person is not None]
    named = deputies.deputies_of(session, paid, today)
    return ClaimParties(engagement.person_id, payee_id, frozenset(delegates), frozenset(named))


def approver_of(session: Session, claim: ExpenseClaim, user_id: int, name: str) -> Approver:
    """Return who decides a claim, and in whose place; refuse who may not.

    Whoever an approver named may do no more than that approver: not decide what pays them either.
    """
    others = others_who_decide(session, user_id)
    parties = parties_of(session, claim)
    check_decider(decider_of(session, user_id), parties, others)
    check_deputy(user_id, parties, others)
    absent = deputies.in_whose_place(session, user_id, claim.organisation_id)
    if absent is None:
        return Approver(user_id, name)
    absent_name = deputies.name_of(session, absent)
    if _pays(session, absent, parties):
        raise Refused(
            f"This claim pays {absent_name}, in whose place you decide, so you cannot decide it."
        )
    return Approver(user_id, name, absent, absent_name)


def others_who_decide(session: Session, user_id: int) -> list[str]:
    """Return the names of two others who may decide, for somebody who may not."""
    able = deputies.approver_ids(session) - {user_id}
    return list(
        session.scalars(
            select(StaffProfile.display_name)
            .where(StaffProfile.user_id.in_(able))
            .distinct()
            .order_by(StaffProfile.display_name)
            .limit(2)
        )
    )


def why_not(session: Session, claim: ExpenseClaim, user_id: int) -> str:
    """Return why somebody may not decide a claim, in a sentence; empty where they may."""
    try:
        approver_of(session, claim, user_id, "")
    except Refused as refusal:
        return refusal.reason
    return ""


def _pays(session: Session, user_id: int, parties: ClaimParties) -> bool:
    person_id = decider_of(session, user_id).person_id
    return person_id is not None and person_id in {
        parties.claimant_id,
        parties.payee_id,
        *parties.delegate_ids,
    }
