"""Telling Finance that a new version of a schedule changes per diems that were confirmed before."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.domain.money import Money
from app.domain.sign_in import StaffStatus
from app.models import accounts
from app.models.allowances import AllowanceRun
from app.models.organisations import Organisation, StaffProfile
from app.models.productions import Production
from app.services import messages
from app.services.allowances.planning import RunPlan, plan_run
from app.services.schedules.plan import newest

FINANCE: Final = "Finance"


def tell_of_changes(session: Session, at: datetime) -> int:
    """Tell Finance of each production whose newest version changes what was confirmed; return how many."""
    told = 0
    for production_id, first, last, version_id in session.execute(_confirmed()):
        version = newest(session, production_id)
        if version is None or version.id == version_id:
            continue
        production = session.get_one(Production, production_id)
        house = session.get_one(Organisation, production.organisation_id)
        plan = plan_run(
            session, production, first, last, at.astimezone(ZoneInfo(house.zone)).date()
        )
        if plan.changed:
            _tell(session, plan)
            told += 1
    return told


def _confirmed() -> Select[int, date, date, int]:
    return select(
        AllowanceRun.production_id,
        func.min(AllowanceRun.starts_on),
        func.max(AllowanceRun.ends_on),
        func.max(AllowanceRun.schedule_version_id),
    ).group_by(AllowanceRun.production_id)


def _tell(session: Session, plan: RunPlan) -> None:
    production = plan.production
    for to in _finance(session, production.organisation_id):
        messages.tell(
            session,
            organisation_id=production.organisation_id,
            event="per_diems_changed_staff",
            key=f"per-diems-{production.id}-version-{plan.version.id}",
            to=to,
            production=production,
            version=plan.version,
            plan=plan,
            added=[_signed(total) for total in plan.added.values()],
        )


def _signed(money: Money) -> str:
    return f"+{money}" if money.amount > 0 else str(money)


def _finance(session: Session, organisation_id: int) -> list[messages.Addressee]:
    users, roles, held = accounts.USERS, accounts.ROLES, accounts.HELD
    rows = session.execute(
        select(users.c.email, StaffProfile.display_name)
        .join(StaffProfile, StaffProfile.user_id == users.c.id)
        .join(held, held.c.user_id == users.c.id)
        .join(roles, roles.c.id == held.c.role_id)
        .where(
            StaffProfile.organisation_id == organisation_id,
            StaffProfile.status == StaffStatus.active,
            users.c.active.is_(True),
            roles.c.name == FINANCE,
        )
        .order_by(users.c.id)
    )
    return [messages.Addressee(row.email, row.display_name) for row in rows]
