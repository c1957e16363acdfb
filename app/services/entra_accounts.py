"""Which account here somebody has whom Entra ID vouches for: by their number there, else by an address."""

from sqlalchemy import BigInteger, Text, column, func, select
from sqlalchemy.orm import Session

from app.domain.sign_in import StaffEvent, StaffStatus
from app.models import StaffProfile
from app.services.staff_accounts import StaffAccount


def account_of(session: Session, oid: str, address: str) -> StaffAccount | None:
    """Return the open account of somebody; asked of the gate, before anybody is known.

    An address counts only for an account that belongs to no number yet: whoever inherits the
    address of a colleague who left does not inherit the account.
    """
    table = func.gate_staff_by_entra(oid, address).table_valued(
        column("user_id", BigInteger),
        column("organisation_id", BigInteger),
        column("organisation_name", Text),
        column("display_name", Text),
    )
    row = session.execute(select(table)).first()
    return None if row is None else StaffAccount(*row)


def bind(session: Session, user_id: int, oid: str) -> None:
    """Keep the number with the account, and take an invitation up."""
    profile = session.scalars(select(StaffProfile).where(StaffProfile.user_id == user_id)).one()
    if profile.entra_oid is None:
        profile.entra_oid = oid
    if profile.status is StaffStatus.invited:
        profile.advance(StaffEvent.accept)
