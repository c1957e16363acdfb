"""Accounts of staff: inviting somebody to work here, and the code with which they set a password.

The letter of an invitation holds no secret: it leads to the page that sends a code to the same
address. The code does the same for whoever has forgotten the password.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Text, column, func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contact_points import normalise_mobile
from app.domain.sign_in import StaffEvent, StaffStatus
from app.models import Message, StaffProfile
from app.services import events, messages
from app.services.messages import Addressee


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """Whose account an address is, and whom they work for."""

    user_id: int
    organisation_id: int
    organisation_name: str
    display_name: str


def account_of(session: Session, address: str) -> StaffAccount | None:
    """Return the open account behind an address; asked of the gate, before anybody is known."""
    table = func.gate_staff_account(address).table_valued(
        column("user_id", BigInteger),
        column("organisation_id", BigInteger),
        column("organisation_name", Text),
        column("display_name", Text),
    )
    row = session.execute(select(table)).first()
    return None if row is None else StaffAccount(*row)


def invite(session: Session, profile: StaffProfile, *, address: str, by: str) -> Message:
    """Write to somebody that they work here from now on; once for each invitation and day."""
    if profile.status is not StaffStatus.invited:
        profile.advance(StaffEvent.invite_again)
        profile.ended_at = None
    session.flush()
    return messages.tell(
        session,
        organisation_id=profile.organisation_id,
        event="staff_invitation",
        key=f"staff-invitation-{profile.id}-{now():%Y-%m-%d}",
        to=Addressee(address, profile.display_name),
        by=by,
    )


def reach(profile: StaffProfile, phone: str) -> None:
    """Write down at which number somebody gets texts, in E.164; empty is nowhere."""
    profile.phone = normalise_mobile(phone, field="phone") if phone.strip() else ""


def accept(session: Session, user_id: int) -> None:
    """Take up the work: whoever was invited has set a password."""
    profile = session.scalars(select(StaffProfile).where(StaffProfile.user_id == user_id)).one()
    if profile.status is StaffStatus.invited:
        profile.advance(StaffEvent.accept)
        events.tell(session, "staff.joined", profile)
