"""Who looks after a production when somebody has to be rung up."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.sign_in import StaffStatus
from app.models import accounts
from app.models.organisations import StaffProfile
from app.models.schedules import ScheduleVersion
from app.services.messages import Addressee

MANAGER = "Manager"


def managers_of(session: Session, version: ScheduleVersion) -> list[Addressee]:
    """Return the managers, and whoever published the version: they know why it changed."""
    users, roles, held = accounts.USERS, accounts.ROLES, accounts.HELD
    managing = (
        select(held.c.user_id)
        .join(roles, roles.c.id == held.c.role_id)
        .where(roles.c.name == MANAGER)
    )
    rows = session.execute(
        select(users.c.email, StaffProfile.display_name)
        .join(StaffProfile, StaffProfile.user_id == users.c.id)
        .where(
            StaffProfile.status == StaffStatus.active,
            users.c.active.is_(True),
            users.c.id.in_(managing) | (users.c.id == _publisher(version)),
        )
        .order_by(users.c.id)
    )
    return [Addressee(row.email, row.display_name) for row in rows]


def _publisher(version: ScheduleVersion) -> int:
    kind, _, key = version.published_by.partition(":")
    return int(key) if kind == "staff" and key.isdecimal() else 0
