"""What lies open with a member of staff: to be seen before their employment ends, and found after it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, Text, cast, select
from sqlalchemy.orm import Session

from app.domain.contracts import AmendmentStatus, ContractStatus
from app.domain.sign_in import StaffStatus
from app.domain.waiting import counted
from app.models.approvals import ApprovalDelegate
from app.models.contracts import Amendment, Contract
from app.models.organisations import Organisation, StaffProfile
from app.services.expenses import deputies

TO_SIGN: Final = (
    ContractStatus.sent,
    ContractStatus.part_signed,
    ContractStatus.signed_by_artist,
)
AMENDED_TO_SIGN: Final = (AmendmentStatus.sent, AmendmentStatus.signed_by_artist)
WAY_OUT: Final = (
    " They work here no more: take it back, choose who signs instead, and send it again."
)
"""What is done with a paper that names somebody who left."""
SHOWN: Final = 8
"""How many papers are named; the list has all."""
ALONE: Final = {
    "Administrator": "gives roles, lets company accounts into use",
    "Contracts": "draws up and sends contracts",
    "Schedule": "plans and publishes calls",
    "Finance": "decides claims and pays",
    "Approver": "gives the second approval",
}
"""What nobody does any more where the last holder of a role leaves."""


REVIEWERS: Final = ("Administrator", "Contracts", "Approver", "Manager")
"""Who may find a contract good that somebody else has written."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """One thing that is open with somebody, what to do about it, and which records it is about."""

    what: str
    advice: str
    kind: str = ""
    records: tuple[tuple[int, str], ...] = ()
    """Key and name of the first few."""
    more: int = 0
    """How many are not named."""


def open_with(session: Session, profile: StaffProfile) -> list[OpenWork]:
    """Return everything that waits for this person and for nobody else."""
    found = [*_to_sign(session, profile), *_standing(session, profile)]
    return [*found, *_alone(session, profile)]


def has_left(session: Session, user_id: int | None) -> bool:
    """Tell whether somebody worked here and does not any more."""
    asked = select(StaffProfile.id).where(
        StaffProfile.user_id == user_id, StaffProfile.status == StaffStatus.ended
    )
    return session.scalar(asked) is not None


def end_deputies(session: Session, profile: StaffProfile) -> int:
    """End what was handed to somebody who leaves, or by them; return how many that were."""
    today = deputies.today_of(session, profile.organisation_id)
    concerned = session.scalars(_delegations(profile).where(ApprovalDelegate.ends_on >= today))
    ended = list(concerned)
    for one in ended:
        deputies.end(session, one)
    return len(ended)


def _to_sign(session: Session, profile: StaffProfile) -> list[OpenWork]:
    """Return the papers that are out and name them as the company's signatory."""
    contracts = session.execute(
        select(Contract.id, Contract.number)
        .where(
            Contract.company_signatory_id == profile.user_id,
            Contract.status.in_(TO_SIGN),
            Contract.archived_at.is_(None),
        )
        .order_by(Contract.id)
    ).all()
    amendments = session.execute(
        select(Amendment.id, Contract.number + " amendment " + cast(Amendment.number, Text))
        .join(Amendment.contract)
        .where(
            Amendment.company_signatory_id == profile.user_id,
            Amendment.status.in_(AMENDED_TO_SIGN),
        )
        .order_by(Amendment.id)
    ).all()
    return [
        OpenWork(
            f"{counted(len(rows), one, several)} their signature for the company",
            "They sign first; or take it back, choose who signs, and send it again.",
            kind,
            tuple((row[0], row[1]) for row in rows[:SHOWN]),
            max(len(rows) - SHOWN, 0),
        )
        for kind, rows, one, several in (
            ("contract", contracts, "contract needs", "contracts need"),
            ("amendment", amendments, "amendment needs", "amendments need"),
        )
        if rows
    ]


def _standing(session: Session, profile: StaffProfile) -> list[OpenWork]:
    house = session.get_one(Organisation, profile.organisation_id)
    found = []
    if house.signatory_user_id == profile.user_id:
        said = "New contracts name them as the one who signs for the company"
        found.append(OpenWork(said, "Choose somebody else under Signing rules."))
    today = deputies.today_of(session, profile.organisation_id)
    for one in session.scalars(_delegations(profile).where(ApprovalDelegate.ends_on >= today)):
        absent = deputies.name_of(session, one.user_id)
        acting = deputies.name_of(session, one.delegate_user_id)
        found.append(
            OpenWork(
                f"{acting} decides claims in place of {absent}",
                "It ends with the employment. Have somebody else named under Delegations.",
            )
        )
    return found


def _alone(session: Session, profile: StaffProfile) -> list[OpenWork]:
    """Return the roles that nobody else holds."""
    if profile.status is not StaffStatus.active:
        return []
    found = [
        OpenWork(f"Nobody else is {role}, who {deed}", "Give the role to somebody first.")
        for role, deed in ALONE.items()
        if deputies.holders_of(session, role) == {profile.user_id}
    ]
    reviewers = deputies.holders_of(session, *REVIEWERS)
    if profile.user_id in reviewers and len(reviewers) == 2:
        other = deputies.name_of(session, min(reviewers - {profile.user_id}))
        said = f"Only {other} is left to review contracts, and nobody reviews their own"
        found.append(OpenWork(said, "Give the role Manager or Contracts to somebody first."))
    return found


def _delegations(profile: StaffProfile) -> Select[ApprovalDelegate]:
    return select(ApprovalDelegate).where(
        ApprovalDelegate.ended_at.is_(None),
        (ApprovalDelegate.user_id == profile.user_id)
        | (ApprovalDelegate.delegate_user_id == profile.user_id),
    )
